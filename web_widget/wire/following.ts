/** One conversation kept equal to the server's: events go in, and whatever was missed is asked for, one question at a time. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Acknowledged, Answer, PageOf } from "./commands.ts";
import { apply, begin, catchUp, type Happened, hear, isBehind, prepend, type Thread } from "./thread.ts";
import type { ConversationBase, Message, QueuePlace } from "./types.ts";

/** How what was missed and what is older is asked for: `changes.after` and `messages.before` of a link. */
export interface Asking<C, M> {
  changes(conversationId: string, rev: number): Promise<Answer<PageOf<C, M>>>;
  before(conversationId: string, seq: number): Promise<Answer<{ messages: readonly M[]; more: boolean }>>;
}

const AGAIN_MS = 2_000;

export class Following<C extends ConversationBase, M extends Message> {
  readonly #thread;
  readonly #asking: Asking<C, M>;
  #asked = false;
  #fetchingOlder = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  constructor(page: PageOf<C, M>, asking: Asking<C, M>) {
    this.#thread = signal<Thread<C, M>>(begin(page));
    this.#asking = asking;
  }

  get thread(): ReadonlySignal<Thread<C, M>> {
    return this.#thread;
  }

  get id(): string {
    return this.#thread.value.conversation.id;
  }

  /** An event of this conversation. */
  happened(happened: Happened<C, M>): void {
    this.#set(apply(this.#thread.value, happened));
  }

  /** A digest, or a list, named the conversation's rev. */
  heard(rev: number): void {
    this.#set(hear(this.#thread.value, rev));
  }

  /** A page given after this rev (by a welcome, an opening, a watch), or a fresh one where rev is null. */
  given(page: PageOf<C, M>, askedRev: number | null): void {
    this.#set(askedRev === null ? begin(page) : catchUp(this.#thread.value, page, askedRev));
  }

  /** Numbers that have no rev: the place in the queue. */
  queue(place: QueuePlace): void {
    const thread = this.#thread.value;
    const { position, wait_s } = place;
    this.#thread.value = { ...thread, conversation: { ...thread.conversation, queue: { position, wait_s } } };
  }

  /**
   * An own message was acknowledged: it is the next of this thread, or something before it was missed and both are asked
   * for. `sent`: the message as it was sent.
   */
  acknowledged(ack: Acknowledged, sent: Omit<M, "id" | "conversation_id" | "seq" | "rev" | "created_at">): void {
    this.happened({ type: "message", message: { ...sent, ...ack.message } as unknown as M });
  }

  /** Fetch the messages before the oldest; false where that failed. One fetch at a time. */
  async fetchOlder(): Promise<boolean> {
    const { messages, older } = this.#thread.value;
    const seq = messages.find((message) => message.seq !== null)?.seq;
    if (!older || !seq || this.#fetchingOlder) return true;
    this.#fetchingOlder = true;
    const answer = await this.#asking.before(this.id, seq);
    this.#fetchingOlder = false;
    if (answer.ok && !this.#ended) this.#set(prepend(this.#thread.value, answer));
    return answer.ok;
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#again);
  }

  #set(thread: Thread<C, M>): void {
    this.#thread.value = thread;
    if (isBehind(thread)) void this.#fetch();
  }

  async #fetch(): Promise<void> {
    if (this.#asked || this.#ended) return;
    clearTimeout(this.#again);
    this.#asked = true;
    const rev = this.#thread.value.rev;
    const answer = await this.#asking.changes(this.id, rev);
    this.#asked = false;
    if (this.#ended) return;
    if (answer.ok) this.#set(catchUp(this.#thread.value, answer, rev));
    // without a connection the next welcome brings it; else ask again soon
    else this.#again = setTimeout(() => isBehind(this.#thread.value) && void this.#fetch(), AGAIN_MS);
  }
}
