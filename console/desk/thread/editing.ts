// An own message that is being corrected in the composer.
import { signal } from "@preact/signals";
import type { AgentMessage } from "../../../web_widget/wire/types.ts";

const message = signal<{ id: string; conversation_id: string; text: string } | null>(null);

export const editing = {
  now: message,
  begin(one: AgentMessage): void {
    message.value = { id: one.id, conversation_id: one.conversation_id, text: one.text };
  },
  change(text: string): void {
    if (message.value) message.value = { ...message.value, text };
  },
  end(): void {
    message.value = null;
  },
};
