// Correcting and withdrawing what was said.
import { t } from "../../app/texts.ts";
import { toast } from "../../app/ui/toast.tsx";
import { refused } from "../state/acts.ts";
import type { Desk } from "../state/desk.ts";
import { editing } from "./editing.ts";

export async function sendEdit(here: Desk, edited: { id: string; text: string }): Promise<void> {
  const text = edited.text.trim();
  if (!text) return;
  const answer = await here.link.call("message.edit", { message_id: edited.id, text });
  if (!answer.ok) return refused(here, answer.error);
  here.threads.held(answer.message.conversation_id)?.heard(answer.message.rev);
  editing.end();
}

export async function withdraw(here: Desk, id: string): Promise<void> {
  const answer = await here.link.call("message.withdraw", { message_id: id });
  if (!answer.ok) return refused(here, answer.error);
  here.threads.held(answer.message.conversation_id)?.heard(answer.message.rev);
  toast({ text: t("desk.withdrawn_done") });
}
