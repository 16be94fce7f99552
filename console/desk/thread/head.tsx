import type { AgentConversation } from "../../../web_widget/wire/types.ts";
import { may, me } from "../../app/session.ts";
import { t } from "../../app/texts.ts";
import { Badge, Button, Icon, IconButton, Menu, type MenuItem, type Tone } from "../../app/ui/index.ts";
import { Waits } from "../list/row.tsx";
import { type Act, act, update } from "../state/acts.ts";
import { type Desk, desk } from "../state/desk.ts";
import { waitsSince } from "../state/order.ts";
import { type Dialog, dialog, personOpen, show } from "../state/view.ts";

const TONES: Record<string, Tone> = {
  bot: "accent",
  queued: "amber",
  assigned: "green",
  snoozed: "plain",
  resolved: "plain",
};

/** Who this is with, where it stands, and what can be done. */
export function Head({ conversation }: { conversation: AgentConversation }) {
  const here = desk.value;
  if (!here) return null;
  const name = conversation.contact.name || t("desk.visitor");
  const since = waitsSince(conversation);
  return (
    <header class="pane-head thread-head">
      <IconButton icon="back" label={t("desk.back")} class="to-list" onClick={() => show(null)} />
      <div class="thread-who">
        <h2 dir="auto">{name}</h2>
        <p>
          <span class="reference">{conversation.reference}</span>
          <Badge tone={TONES[conversation.status] ?? "plain"}>{standing(conversation)}</Badge>
          {since !== null && <Waits since={since} />}
        </p>
      </div>
      <div class="thread-acts">
        <MainActs here={here} conversation={conversation} />
        <Menu
          class="icon-button"
          label={t("desk.more_acts")}
          items={moreActs(here, conversation)}
          face={<Icon name="more" />}
        />
        <IconButton
          icon="person"
          class="to-person"
          label={t("desk.person")}
          aria-pressed={personOpen.value}
          onClick={() => {
            personOpen.value = !personOpen.value;
          }}
        />
      </div>
    </header>
  );
}

export function isMine(conversation: AgentConversation): boolean {
  return conversation.assignee !== null && conversation.assignee.id === me.value?.id;
}

export function standing(one: AgentConversation): string {
  if (one.status === "assigned") {
    return isMine(one)
      ? t("desk.standing_mine")
      : t("desk.standing_assigned", { agent: one.assignee?.name ?? t("desk.a_colleague") });
  }
  return t(`desk.status_${one.status}`);
}

function MainActs({ here, conversation }: { here: Desk; conversation: AgentConversation }) {
  if (conversation.status === "assigned" && isMine(conversation)) {
    return (
      <>
        <Button class="wide-only" icon="forward" onClick={() => open("transfer", conversation)}>
          {t("desk.transfer")}
        </Button>
        <Button kind="primary" icon="check" aria-keyshortcuts="e" onClick={() => open("resolve", conversation)}>
          {t("desk.resolve")}
        </Button>
      </>
    );
  }
  const take = takeAct(here, conversation);
  return (
    take && (
      <Button kind="primary" onClick={take.run}>
        {take.label}
      </Button>
    )
  );
}

/** How this conversation becomes mine, if it can. */
export function takeAct(here: Desk, one: AgentConversation): { label: string; run: () => void } | null {
  const offer = here.offers.live.value.find((each) => each.conversation.id === one.id);
  const doing = (name: Act["name"], more?: Record<string, unknown>) => () =>
    void act(here, one, { name, ...(more ? { more } : {}) });
  switch (one.status) {
    case "queued":
      return { label: t("desk.accept"), run: doing("conversation.accept", offer && { offer_id: offer.id }) };
    case "bot":
      return { label: t("desk.take_from_bot"), run: doing("conversation.take_over") };
    case "snoozed":
      return isMine(one) ? { label: t("desk.wake"), run: doing("conversation.wake") } : null;
    case "assigned":
      if (isMine(one) || !may("conversation.take_over_from_agent")) return null;
      return {
        label: t("desk.take_from", { agent: one.assignee?.name ?? t("desk.a_colleague") }),
        run: doing("conversation.take_over"),
      };
    default:
      return null;
  }
}

function open(kind: Extract<Dialog, { id: string }>["kind"], one: AgentConversation): void {
  dialog.value = { kind, id: one.id };
}

function moreActs(here: Desk, one: AgentConversation): MenuItem[] {
  const name = one.contact.name ?? t("desk.visitor");
  const doing = (act_: Act) => () => void act(here, one, act_);
  const decides = one.assignee === null || isMine(one) || may("conversation.act_for_agent");
  const live = one.status !== "resolved";
  const items: (MenuItem | false)[] = [
    one.status === "assigned" &&
      decides && { key: "transfer", label: t("desk.transfer_to"), onChoose: () => open("transfer", one) },
    one.status === "assigned" &&
      decides && {
        key: "release",
        label: t("desk.release"),
        onChoose: doing({
          name: "conversation.release",
          said: t("desk.released", { name }),
          undo: "conversation.accept",
        }),
      },
    (one.status === "assigned" || one.status === "queued") &&
      decides && {
        key: "hand_back",
        label: t("desk.hand_back"),
        icon: "bot" as const,
        onChoose: doing({
          name: "conversation.hand_back",
          said: t("desk.handed_back", { name }),
          undo: "conversation.take_over",
        }),
      },
    (one.status === "assigned" || one.status === "bot") &&
      decides && {
        key: "snooze",
        label: t("desk.snooze"),
        icon: "clock" as const,
        onChoose: () => open("snooze", one),
      },
    live &&
      may("conversation.assign") && {
        key: "assign",
        label: t("desk.assign"),
        icon: "person" as const,
        onChoose: () => open("assign", one),
      },
    live &&
      !isMine(one) &&
      decides && {
        key: "resolve",
        label: t("desk.resolve"),
        icon: "check" as const,
        onChoose: () => open("resolve", one),
      },
    { key: "labels", label: t("desk.labels"), icon: "list" as const, onChoose: () => open("labels", one) },
    {
      key: "priority",
      label: t(one.priority > 0 ? "desk.priority_normal" : "desk.priority_high"),
      icon: "warn" as const,
      onChoose: () => void update(here, one.id, { priority: one.priority > 0 ? 0 : 1 }),
    },
  ];
  return items.filter((item) => item !== false);
}
