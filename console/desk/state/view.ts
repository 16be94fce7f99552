// What of the desk is shown: which list, which conversation, which pane; the address says the first two.
import { computed, signal } from "@preact/signals";
import { at, go } from "../../app/router.ts";

/** "now" shows who waits and what is mine; else a list's key. */
export const chosenList = computed(() => at.value.query.get("list") ?? "now");
export const chosenId = computed(() => (at.value.parts[0] === "desk" ? (at.value.parts[1] ?? null) : null));
/** The ids that are shown, in their order: Alt+J and Alt+K walk them. */
export const shownIds = signal<readonly string[]>([]);
/** The person's pane, where there is no room for it beside the conversation. */
export const personOpen = signal(false);
export const dialog = signal<Dialog | null>(null);

export type Dialog =
  | { kind: "resolve" | "transfer" | "snooze" | "labels" | "assign"; id: string }
  | { kind: "end_shift" | "help" | "palette" | "canned" }
  | { kind: "view"; id: string | null }
  | { kind: "correct"; messageId: string; conversationId: string }
  | { kind: "withdraw"; messageId: string };

export function pathTo(id: string | null, list: string = chosenList.peek()): string {
  const query = list === "now" ? "" : `?list=${encodeURIComponent(list)}`;
  return `desk${id ? `/${encodeURIComponent(id)}` : ""}${query}`;
}

export function show(id: string | null): void {
  personOpen.value = false;
  go(pathTo(id));
}

export function showList(key: string): void {
  go(pathTo(chosenId.peek(), key));
}

/** The next or the one before in the list that is shown. */
export function walk(step: 1 | -1): void {
  const ids = shownIds.peek();
  if (ids.length === 0) return;
  const now = ids.indexOf(chosenId.peek() ?? "");
  const to = now < 0 ? (step > 0 ? 0 : ids.length - 1) : Math.min(Math.max(now + step, 0), ids.length - 1);
  show(ids[to] ?? null);
}
