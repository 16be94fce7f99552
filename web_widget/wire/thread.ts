/**
 * A conversation as its reader has it, by rev: pure values. Whatever the order of events, repeats, acknowledgements and
 * refetches, once `isBehind` is false the thread equals what a fresh reader would be given.
 */

import type { PageOf } from "./commands.ts";
import type { ConversationBase, Message } from "./types.ts";

export interface Thread<C extends ConversationBase, M extends Message> {
  readonly conversation: C;
  /** In their order, with no gap from the oldest held to the newest. */
  readonly messages: readonly M[];
  /** What this reader has seen. */
  readonly rev: number;
  /** The highest rev heard of; above `rev` something was missed. */
  readonly heard: number;
  /** There are older messages than those held. */
  readonly older: boolean;
}

export type Happened<C, M> =
  | { type: "message"; message: M }
  | { type: "conversation"; conversation: C }
  | { type: "read"; by: "visitor" | "us"; seq: number; rev: number; delivered_seq?: number };

/** A thread from a whole page: the conversation with its newest messages. */
export function begin<C extends ConversationBase, M extends Message>(page: PageOf<C, M>): Thread<C, M> {
  return {
    conversation: page.conversation,
    messages: [...page.messages].sort(inOrder),
    rev: page.rev,
    heard: page.rev,
    older: page.more,
  };
}

/** Whether something was missed, so that `changes.after` this thread's rev has to be asked for. */
export function isBehind(thread: Thread<ConversationBase, Message>): boolean {
  return thread.rev < thread.heard;
}

/** The thread after an event. One that is not the next rev only tells that something was missed. */
export function apply<C extends ConversationBase, M extends Message>(
  thread: Thread<C, M>,
  happened: Happened<C, M>,
): Thread<C, M> {
  const rev = revOf(happened);
  if (rev <= thread.rev) return thread;
  if (rev !== thread.rev + 1) return hear(thread, rev);
  return { ...changed(thread, happened), rev, heard: Math.max(thread.heard, rev) };
}

/** The thread after a `sync` digest named its rev; a lower one is old news. */
export function hear<C extends ConversationBase, M extends Message>(thread: Thread<C, M>, rev: number): Thread<C, M> {
  return rev > thread.heard ? { ...thread, heard: rev } : thread;
}

/**
 * The thread after the answer to `changes.after` (or to an opening with a rev): what changed since the rev asked for.
 * Where the page's own rev lies below that, the server began anew and so does the thread.
 */
export function catchUp<C extends ConversationBase, M extends Message>(
  thread: Thread<C, M>,
  page: PageOf<C, M>,
  askedRev: number,
): Thread<C, M> {
  if (page.rev < askedRev || page.conversation.id !== thread.conversation.id) return begin(page);
  if (askedRev > thread.rev) return thread;
  const rev = Math.max(thread.rev, page.rev);
  const heard = Math.max(thread.heard, rev, page.more ? page.conversation.rev : 0);
  const newer = page.conversation.rev >= thread.conversation.rev;
  const conversation = newer ? page.conversation : thread.conversation;
  return { ...thread, conversation, messages: merge(thread, page.messages), rev, heard };
}

/** The thread with the answer to `messages.before` its oldest. */
export function prepend<C extends ConversationBase, M extends Message>(
  thread: Thread<C, M>,
  page: { messages: readonly M[]; more: boolean },
): Thread<C, M> {
  const first = page.messages[0];
  const oldest = thread.messages[0];
  // an answer that came twice or late tells nothing of what lies before the oldest now held
  const further = !first || !oldest || order(first) < order(oldest);
  return {
    ...thread,
    messages: merge({ messages: thread.messages, older: false }, page.messages),
    older: further ? page.more : thread.older,
  };
}

/** The own messages that are not yet among the thread's: those whose client_id no message has. */
export function stillPending<P extends { client_id: string }>(
  pending: readonly P[],
  messages: readonly Message[],
): readonly P[] {
  if (!pending.length) return pending;
  const there = new Set(messages.map((message) => message.client_id));
  return pending.filter((one) => !there.has(one.client_id));
}

/** How many messages of the other side come after a seq; events of the house do not count. */
export function unreadAfter(messages: readonly Message[], seq: number): number {
  return messages.filter((one) => (one.seq ?? 0) > seq && one.author.kind !== "visitor" && one.kind !== "event").length;
}

function changed<C extends ConversationBase, M extends Message>(
  thread: Thread<C, M>,
  happened: Happened<C, M>,
): Thread<C, M> {
  const rev = revOf(happened);
  switch (happened.type) {
    case "message":
      return {
        ...thread,
        conversation: { ...withMessage(thread.conversation, happened.message), rev },
        messages: merge(thread, [happened.message]),
      };
    case "conversation":
      return { ...thread, conversation: { ...thread.conversation, ...happened.conversation, rev } };
    case "read":
      return { ...thread, conversation: { ...withRead(thread, happened), rev } };
  }
}

function withMessage<C extends ConversationBase>(conversation: C, message: Message): C {
  const { seq, author, kind } = message;
  // what the conversation was told of with its last change it has counted already
  if (seq === null || seq <= conversation.last_seq) return conversation;
  const counts = author.kind !== "visitor" && kind !== "event" && !isAgents(message);
  const read =
    author.kind === "agent" ? { ...conversation.read, us: Math.max(conversation.read.us, seq) } : conversation.read;
  return { ...conversation, last_seq: seq, unread: conversation.unread + (counts ? 1 : 0), read };
}

function withRead<C extends ConversationBase, M extends Message>(
  thread: Thread<C, M>,
  happened: { by: "visitor" | "us"; seq: number; delivered_seq?: number },
): C {
  const { conversation } = thread;
  const read = { ...conversation.read, [happened.by]: Math.max(conversation.read[happened.by], happened.seq) };
  if (happened.delivered_seq !== undefined) read.delivered = happened.delivered_seq;
  const moved = read.visitor > conversation.read.visitor && !thread.messages.some(isAgents);
  const unread = moved
    ? Math.min(unreadAfter(thread.messages, read.visitor), conversation.unread)
    : conversation.unread;
  return { ...conversation, read, unread };
}

/** Messages by id, the higher rev of each; what lies before the oldest held comes with `messages.before`. */
function merge<M extends Message>(
  thread: { messages: readonly M[]; older: boolean },
  more: readonly M[],
): readonly M[] {
  const oldest = thread.messages[0];
  const from = thread.older && oldest ? order(oldest) : Number.NEGATIVE_INFINITY;
  const byId = new Map(thread.messages.map((message) => [message.id, message]));
  let last = thread.messages.at(-1);
  let sorted = true;
  for (const message of more) {
    const held = byId.get(message.id);
    if (held ? held.rev > message.rev : order(message) < from) continue;
    if (!held) {
      sorted &&= !last || order(last) < order(message);
      last = message;
    }
    byId.set(message.id, message);
  }
  const all = [...byId.values()];
  return sorted ? all : all.sort(inOrder);
}

/** Agents order by made_rev, where private notes have their place; visitors by seq. */
function order(message: Message): number {
  return (message as { made_rev?: number }).made_rev ?? message.seq ?? Number.POSITIVE_INFINITY;
}

function inOrder(one: Message, other: Message): number {
  return order(one) - order(other);
}

function isAgents(message: Message): boolean {
  return "made_rev" in message;
}

function revOf<C extends ConversationBase, M extends Message>(happened: Happened<C, M>): number {
  if (happened.type === "read") return happened.rev;
  return happened.type === "message" ? happened.message.rev : happened.conversation.rev;
}
