// What an agent does to a conversation: done at the epoch that is seen, said afterwards, taken back where that is possible.
import { signal } from "@preact/signals";
import type { WireError } from "../../../web_widget/wire/commands.ts";
import type { AgentConversation } from "../../../web_widget/wire/types.ts";
import { me } from "../../app/session.ts";
import { t } from "../../app/texts.ts";
import { toast } from "../../app/ui/toast.tsx";
import type { Desk } from "./desk.ts";

/** Rises with everything that the agent does: lists take their new order at once. */
export const acted = signal(0);

export type Target = { agent_id: string } | { team_id: string } | { tier: number };

type Moving =
  | "conversation.accept"
  | "conversation.take_over"
  | "conversation.transfer"
  | "conversation.release"
  | "conversation.hand_back"
  | "conversation.snooze"
  | "conversation.wake"
  | "conversation.resolve"
  | "conversation.assign";

export interface Act {
  name: Moving;
  /** Besides conversation_id and epoch. */
  more?: Record<string, unknown>;
  /** Said when it is done; null: what is seen says it. */
  said?: string | null;
  undo?: Moving;
}

/** Do it; the conversation as it then is, or null where it was refused, which is told. */
export async function act(
  desk: Desk,
  conversation: AgentConversation,
  { name, more = {}, said, undo }: Act,
): Promise<AgentConversation | null> {
  const payload = { conversation_id: conversation.id, epoch: conversation.epoch, ...more };
  const answer = await desk.link.call(name, payload as never);
  acted.value++;
  if (!answer.ok) {
    refused(desk, answer.error);
    return null;
  }
  const now = (answer as unknown as { conversation: AgentConversation }).conversation;
  desk.take(now);
  if (said) {
    toast({
      text: said,
      ...(undo ? { undo: () => void act(desk, desk.rows.peek(now.id) ?? now, { name: undo }) } : {}),
    });
  }
  return now;
}

export async function update(
  desk: Desk,
  id: string,
  change: { category?: string; priority?: number; labels?: readonly string[] },
): Promise<boolean> {
  const answer = await desk.link.call("conversation.update", { conversation_id: id, ...change });
  if (answer.ok) desk.take(answer.conversation);
  else refused(desk, answer.error);
  return answer.ok;
}

export async function decline(desk: Desk, offerId: string): Promise<void> {
  const answer = await desk.link.call("conversation.decline", { offer_id: offerId });
  if (answer.ok || answer.error.code === "not_found" || answer.error.code === "conflict") desk.offers.over(offerId);
  else refused(desk, answer.error);
}

export async function setStatus(desk: Desk, status: "online" | "away" | "offline"): Promise<void> {
  const answer = await desk.link.call("status.set", { status });
  if (answer.ok) desk.status.value = answer.agent.status;
  else refused(desk, answer.error);
}

/** A command was refused: show what happened meanwhile, or why not. */
export function refused(desk: Desk, error: WireError): void {
  if (error.code === "conflict" && error.conversation) {
    const now = error.conversation as AgentConversation;
    desk.take(now);
    desk.threads.held(now.id)?.heard(now.rev);
    toast({ text: t("desk.changed_first", { happened: whatHappened(now) }), tone: "bad" });
    return;
  }
  toast({ text: told(error), tone: "bad" });
}

/** A sentence for an error of the line. */
export function told(error: WireError): string {
  switch (error.code) {
    case "offline":
      return t("desk.not_done_offline");
    case "timeout":
      return t("desk.not_done_timeout");
    case "broken":
      return t("app.unexpected");
    default:
      return error.message || t("app.unexpected");
  }
}

/** Who has a conversation now, as a sentence. */
export function whatHappened(one: AgentConversation): string {
  const name = one.contact.name ?? t("desk.visitor");
  switch (one.status) {
    case "assigned":
      return one.assignee?.id === me.peek()?.id
        ? t("desk.now_mine", { name })
        : t("desk.now_assigned", { name, agent: one.assignee?.name ?? t("desk.a_colleague") });
    case "queued":
      return t("desk.now_queued", { name });
    case "bot":
      return t("desk.now_bot", { name });
    case "snoozed":
      return t("desk.now_snoozed", { name });
    default:
      return t("desk.now_resolved", { name });
  }
}
