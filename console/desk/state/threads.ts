// The conversations that are open here: watched at the server, kept equal, a few of them held ready.
import { type ReadonlySignal, signal } from "@preact/signals";
import { Following } from "../../../web_widget/wire/following.ts";
import type { AgentConversation, AgentMessage } from "../../../web_widget/wire/types.ts";
import type { AgentLink } from "./line.ts";

export type Held = Following<AgentConversation, AgentMessage>;

export type Opening =
  | { state: "coming" }
  | { state: "here"; following: Held }
  | { state: "failed"; code: string; message: string };

/** So many stay watched at once; the one longest not looked at goes. */
const READY_MOST = 8;
const FOR_NOW = ["timeout", "unavailable", "rate_limited"];

export class Threads {
  readonly #link: AgentLink;
  readonly #open = new Map<string, ReturnType<typeof signal<Opening>>>();

  constructor(link: AgentLink) {
    this.#link = link;
  }

  /** The conversation, on its way or here; from now on watched. */
  open(id: string): ReadonlySignal<Opening> {
    const found = this.#open.get(id);
    if (found) {
      // the newest last: the first one goes when there are too many
      this.#open.delete(id);
      this.#open.set(id, found);
      if (found.peek()?.state === "failed") void this.#watch(id);
      return found as ReadonlySignal<Opening>;
    }
    const made = signal<Opening>({ state: "coming" });
    this.#open.set(id, made);
    void this.#watch(id);
    this.#tidy();
    return made;
  }

  held(id: string): Held | undefined {
    const opening = this.#open.get(id)?.peek();
    return opening?.state === "here" ? opening.following : undefined;
  }

  /** After a new connection nothing is watched any more: watch again, and ask for what was missed. */
  again(): void {
    for (const id of this.#open.keys()) void this.#watch(id);
  }

  heard(revs: Record<string, number>): void {
    for (const [id, rev] of Object.entries(revs)) this.held(id)?.heard(rev);
  }

  close(): void {
    for (const one of this.#open.values()) {
      const opening = one.peek();
      if (opening?.state === "here") opening.following.end();
    }
    this.#open.clear();
  }

  async #watch(id: string): Promise<void> {
    const place = this.#open.get(id);
    if (!place) return;
    const held = this.held(id);
    const rev = held?.thread.peek().rev;
    const answer = await this.#link.call("conversation.watch", {
      conversation_id: id,
      ...(rev === undefined ? {} : { rev }),
    });
    if (this.#open.get(id) !== place) return;
    if (answer.ok) {
      if (held) held.given(answer, rev ?? null);
      else place.value = { state: "here", following: new Following(answer, this.#asking()) };
    } else if (answer.error.code === "offline") {
      // the next connection asks again
    } else if (FOR_NOW.includes(answer.error.code)) {
      setTimeout(() => void this.#watch(id), (answer.error.retry_after_s ?? 2) * 1_000);
    } else {
      if (held) held.end();
      place.value = { state: "failed", code: answer.error.code, message: answer.error.message };
    }
  }

  #asking() {
    const link = this.#link;
    return {
      changes: (conversation_id: string, rev: number) => link.call("changes.after", { conversation_id, rev }),
      before: (conversation_id: string, seq: number) =>
        link.call("messages.before", { conversation_id, seq, limit: 100 }),
    };
  }

  #tidy(): void {
    for (const [id, one] of this.#open) {
      if (this.#open.size <= READY_MOST) return;
      const opening = one.peek();
      if (opening?.state === "here") opening.following.end();
      this.#open.delete(id);
      void this.#link.call("conversation.unwatch", { conversation_id: id });
    }
  }
}
