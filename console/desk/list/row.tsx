import { memo } from "preact/compat";
import type { AgentConversation } from "../../../web_widget/wire/types.ts";
import { t } from "../../app/texts.ts";
import { moment, second, span, when } from "../../app/times.ts";
import { Icon, Link } from "../../app/ui/index.ts";
import { desk } from "../state/desk.ts";
import { urgency, waitsSince } from "../state/order.ts";
import { pathTo } from "../state/view.ts";

export const ROW_PX = 66;

interface RowProps {
  one: AgentConversation;
  list: string;
  chosen: boolean;
  /** It is not in this list any more, and goes when the list is let go. */
  gone: boolean;
}

/** One conversation in a list: who, since when they wait, what was said last. */
export const Row = memo(function Row({ one, list, chosen, gone }: RowProps) {
  const name = one.contact.name || t("desk.visitor_n", { reference: one.reference });
  const since = waitsSince(one);
  return (
    <Link
      to={pathTo(one.id, list)}
      class={`row ${gone ? "gone" : ""}`}
      aria-current={chosen ? "true" : undefined}
      data-conversation={one.id}
    >
      <span class="row-name">
        {one.status === "assigned" && one.unread > 0 && (
          <span class="row-unread">
            {one.unread}
            <span class="only-heard"> {t("desk.unread", { count: one.unread })}</span>
          </span>
        )}
        <bdi>{name}</bdi>
      </span>
      {since === null ? <Quiet one={one} /> : <Waits since={since} />}
      <Said one={one} />
    </Link>
  );
});

/** The clock of who waits; amber and red say so in a word. */
export function Waits({ since }: { since: number }) {
  const waited = second.value - since;
  const how = urgency(waited);
  return (
    <span class={`waits ${how}`}>
      <span class="only-heard">{t("desk.waits")} </span>
      {span(waited)}
      {how !== "calm" && <b> {t(`desk.waits_${how}`)}</b>}
    </span>
  );
}

function Quiet({ one }: { one: AgentConversation }) {
  const at = one.last_message?.at ?? one.updated_at;
  const icon = { bot: "bot", snoozed: "clock", resolved: "check", queued: null, assigned: null }[one.status] as
    | "bot"
    | "clock"
    | "check"
    | null;
  return (
    <span class="row-when">
      {icon && <Icon name={icon} size={14} />}
      <span class="only-heard">{t(`desk.status_${one.status}`)} </span>
      {when(at, moment.value)}
    </span>
  );
}

function Said({ one }: { one: AgentConversation }) {
  const typing = (desk.value?.typing.value.get(one.id) ?? 0) > 0;
  if (typing) return <span class="row-said types">{t("desk.types")}</span>;
  const last = one.last_message;
  const by = last?.author.kind === "bot" ? t("desk.by_bot") : last?.author.kind === "agent" ? t("desk.by_us") : "";
  return (
    <span class="row-said">
      {by && <i>{by} </i>}
      <bdi>{last?.excerpt || (last ? t("desk.a_file") : t("desk.nothing_said"))}</bdi>
    </span>
  );
}
