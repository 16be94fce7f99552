/** What the thread shows, from messages and what is pending: pure. */

import type { Unsent } from "../../wire/sending.ts";
import type { Message, TextNode } from "../../wire/types.ts";
import type { Own } from "./visit.ts";

export type Line =
  | { type: "day"; key: string; at: string }
  | { type: "new"; key: string }
  | { type: "event"; key: string; message: Message }
  | { type: "said"; key: string; message: Message; first: boolean; last: boolean }
  | { type: "own"; key: string; unsent: Unsent<Own> };

const GROUP_MS = 5 * 60_000;
const EXCERPT = 240;
const LONGEST_WHOLE = 340;

/** unreadFrom: the seq after which messages were new when the visitor came, or null. */
export function lines(
  messages: readonly Message[],
  pending: readonly Unsent<Own>[],
  unreadFrom: number | null,
): readonly Line[] {
  const shown: Line[] = [];
  let before: Message | undefined;
  let isNew = false;
  messages.forEach((message, place) => {
    const newDay = !before || day(before) !== day(message);
    if (newDay) shown.push({ type: "day", key: `day ${day(message)}`, at: message.created_at });
    const counts = unreadFrom !== null && (message.seq ?? 0) > unreadFrom && message.author.kind !== "visitor";
    if (counts && !isNew) shown.push({ type: "new", key: "new" });
    isNew ||= counts;
    const after = messages[place + 1];
    if (message.kind === "event") shown.push({ type: "event", key: message.id, message });
    else {
      const first = newDay || !before || !together(before, message);
      const last = !after || day(after) !== day(message) || !together(message, after);
      // a message keeps its key from the moment it was written
      shown.push({ type: "said", key: message.client_id ?? message.id, message, first, last });
    }
    before = message;
  });
  for (const unsent of pending) shown.push({ type: "own", key: unsent.client_id, unsent });
  return shown;
}

/** The beginning of a long text, to the end of a sentence or a word; null where it is short enough to be shown whole. */
export function excerpt(text: string): string | null {
  if (text.length <= LONGEST_WHOLE && text.split("\n").length <= 7) return null;
  const start = text.slice(0, EXCERPT).split("\n").slice(0, 4).join("\n");
  const sentences = /^[\s\S]*[.!?؟。](?=\s|$)/.exec(start)?.[0];
  if (sentences && sentences.length > EXCERPT / 3) return sentences.trim();
  return `${start.replace(/\s+\S*$/, "")}…`;
}

/** The words of a node and of all below it. */
export function plain({ text, alt, title, children }: TextNode): string {
  return text ?? alt ?? children?.map(plain).join("") ?? title ?? "";
}

/** Whether a tree of nodes says so much that its beginning is shown first. */
export function isLong(nodes: readonly TextNode[]): boolean {
  return nodes.reduce((length, node) => length + plain(node).length, 0) > EXCERPT;
}

/** Whether the bot's message is an answer that can be rated: not a greeting or another sentence of the house's own. */
export function isAnswer({ author, kind, content, erased_at }: Message): boolean {
  return author.kind === "bot" && kind === "text" && !content?.said && !erased_at;
}

/** The value picked among a message's choices, by what was said after it; null where none was. */
export function taken(message: Message, messages: readonly Message[], pending: readonly Unsent<Own>[]): string | null {
  const picked = [...messages.map((one) => one.content?.choice), ...pending.map((one) => one.payload.choice)];
  return picked.find((one) => one?.message_id === message.id)?.value ?? null;
}

function together(one: Message, other: Message): boolean {
  const apart = Date.parse(other.created_at) - Date.parse(one.created_at);
  const same = one.author.kind === other.author.kind && one.author.name === other.author.name;
  return same && one.kind !== "event" && other.kind !== "event" && apart < GROUP_MS;
}

const days = new WeakMap<Message, string>();

function day(message: Message): string {
  const known = days.get(message);
  if (known) return known;
  const made = new Date(message.created_at).toDateString();
  days.set(message, made);
  return made;
}
