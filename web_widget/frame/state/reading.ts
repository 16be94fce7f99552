/** Whether the visitor sees the conversation, and the desk's knowing of it: read, delivered, unread. */

import { computed, effect, signal } from "@preact/signals";
import { unreadAfter } from "../../wire/thread.ts";
import type { Visit } from "./visit.ts";

const READ_MS = 250;

export class Reading {
  /** The frame is open before the visitor. */
  readonly shown = signal(false);
  /** The end of the thread is in sight. */
  readonly atEnd = signal(true);
  readonly #inFront = signal(document.visibilityState === "visible");
  readonly sees = computed(() => this.shown.value && this.#inFront.value);
  readonly unread;
  readonly #undo: (() => void)[];

  constructor(visit: Visit) {
    this.unread = computed(() => {
      const thread = visit.thread.value;
      if (!thread) return 0;
      const { unread, read } = thread.conversation;
      return unread && Math.max(unreadAfter(thread.messages, read.visitor), thread.older ? unread : 0);
    });
    const look = () => {
      this.#inFront.value = document.visibilityState === "visible";
    };
    document.addEventListener("visibilitychange", look);
    let due: ReturnType<typeof setTimeout> | undefined;
    let told = "";
    const tell = effect(() => {
      const conversation = visit.conversation.value;
      if (!conversation || visit.link.state.value !== "online") return;
      const { id, last_seq, read } = conversation;
      const seq = this.sees.value && this.atEnd.value && this.unread.value ? last_seq : read.visitor;
      const what = `${id} ${seq} ${last_seq}`;
      // what is only delivered matters to a person, who sees it beside their message
      if (what === told || (seq <= read.visitor && conversation.status !== "person")) return;
      clearTimeout(due);
      due = setTimeout(() => {
        told = what;
        void visit.link.call("read", { conversation_id: id, seq, delivered_seq: last_seq });
      }, READ_MS);
    });
    this.#undo = [tell, () => clearTimeout(due), () => document.removeEventListener("visibilitychange", look)];
  }

  leave(): void {
    for (const undo of this.#undo) undo();
  }
}
