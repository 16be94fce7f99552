import { useState } from "preact/hooks";
import type { AgentConversation, AgentMessage } from "../../../web_widget/wire/types.ts";
import { has, t } from "../../app/texts.ts";
import { IconButton } from "../../app/ui/index.ts";
import { desk } from "../state/desk.ts";
import { type Brief, brief } from "../state/packet.ts";

interface PacketProps {
  conversation: AgentConversation;
  messages: readonly AgentMessage[];
}

/** What it is about, in three lines that are read in five seconds. */
export function Packet({ conversation, messages }: PacketProps) {
  const [open, setOpen] = useState(true);
  const found = brief(desk.value?.offers.packets.get(conversation.id), conversation, messages);
  if (!found || conversation.status === "resolved") return null;
  return (
    <section class="packet" aria-label={t("desk.packet")}>
      {open && <Lines found={found} conversation={conversation} />}
      {!open && <p class="packet-short">{found.wants || t("desk.wants_nothing")}</p>}
      <IconButton
        icon={open ? "up" : "down"}
        size="s"
        label={t(open ? "desk.packet_less" : "desk.packet_more")}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
    </section>
  );
}

export function Lines({ found, conversation }: { found: Brief; conversation: AgentConversation }) {
  const team = desk.value?.people.teamName(conversation.team_id);
  return (
    <dl>
      <dt>{t("desk.wants")}</dt>
      <dd dir="auto">{found.wants || t("desk.wants_nothing")}</dd>
      <dt>{t("desk.tried")}</dt>
      <dd dir="auto">{tried(found)}</dd>
      <dt>{t("desk.why_me")}</dt>
      <dd dir="auto">{[team, reason(found.reason)].filter(Boolean).join(", ") || t("desk.reason_unknown")}</dd>
    </dl>
  );
}

function tried(found: Brief): string {
  const parts = [
    found.articles.length > 0 &&
      t("desk.tried_articles", { count: found.articles.length, titles: found.articles.slice(-2).join("; ") }),
    found.chosen.length > 0 && t("desk.tried_chose", { titles: found.chosen.slice(-2).join("; ") }),
  ];
  return parts.filter(Boolean).join(", ") || t("desk.tried_nothing");
}

function reason(key: string | null): string {
  if (!key) return "";
  return has(`desk.reason_${key}`) ? t(`desk.reason_${key}`) : key;
}
