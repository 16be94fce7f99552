// Who stands where in a list, and how a list that is being looked at keeps still. Pure.
import type { AgentConversation } from "../../../web_widget/wire/types.ts";

export type View = "queue" | "mine" | "team" | "all";

export interface Filter {
  /** One of the statuses, or `open` for all but resolved. */
  status?: string;
  /** An id, or `none`. */
  team_id?: string;
  /** An id, `me`, or `none`. */
  assignee_id?: string;
  label?: string;
  category?: string;
  inbox_id?: string;
  contact_id?: string;
  waiting?: boolean;
  sort?: string;
}

/** How long somebody may wait before it is said in amber, then in red. */
export const AMBER_MS = 2 * 60_000;
export const RED_MS = 5 * 60_000;

export type Urgency = "calm" | "amber" | "red";

export function urgency(waitedMs: number): Urgency {
  return waitedMs >= RED_MS ? "red" : waitedMs >= AMBER_MS ? "amber" : "calm";
}

/** Since when a visitor waits for a person; null while nobody does. */
export function waitsSince(one: AgentConversation): number | null {
  if (!one.waiting_since || (one.status !== "queued" && one.status !== "assigned")) return null;
  return one.status === "queued" || one.waiting_on === "us" ? Date.parse(one.waiting_since) : null;
}

export function belongs(
  one: AgentConversation,
  view: View,
  filter: Filter,
  agent: { id: string; team_ids: readonly string[] },
): boolean {
  return inView(one, view, agent) && passes(one, filter, agent.id);
}

/** Ids in their order: who waits longest first, then what moved last. */
export function ordered(rows: readonly AgentConversation[], view: View): string[] {
  const keyed = rows.map((one) => ({ one, since: waitsSince(one), moved: movedAt(one) }));
  keyed.sort((a, b) => {
    if (view === "queue" && a.one.priority !== b.one.priority) return b.one.priority - a.one.priority;
    if (a.since !== null || b.since !== null) {
      return (a.since ?? Number.POSITIVE_INFINITY) - (b.since ?? Number.POSITIVE_INFINITY) || tie(a.one, b.one);
    }
    return b.moved - a.moved || tie(a.one, b.one);
  });
  return keyed.map(({ one }) => one.id);
}

/** What to show of a list: while it is held (pointed at, focused) nothing moves, and what is new is only counted. */
export function settle(
  shown: readonly string[],
  fresh: readonly string[],
  held: boolean,
): { shown: readonly string[]; news: number } {
  if (!held) return { shown: same(shown, fresh) ? shown : fresh, news: 0 };
  const here = new Set(shown);
  return { shown, news: fresh.filter((id) => !here.has(id)).length };
}

function inView(one: AgentConversation, view: View, agent: { id: string; team_ids: readonly string[] }): boolean {
  switch (view) {
    case "queue":
      return one.status === "queued";
    case "mine":
      return one.assignee?.id === agent.id && one.status !== "resolved";
    case "team":
      return one.team_id !== null && agent.team_ids.includes(one.team_id) && one.status !== "resolved";
    case "all":
      return true;
  }
}

function passes(one: AgentConversation, filter: Filter, me: string): boolean {
  const waits = one.waiting_on === "us" && one.status !== "resolved";
  return (
    (!filter.status || (filter.status === "open" ? one.status !== "resolved" : one.status === filter.status)) &&
    isThis(one.team_id, filter.team_id) &&
    isThis(one.assignee?.id ?? null, filter.assignee_id === "me" ? me : filter.assignee_id) &&
    (!filter.label || one.labels.includes(filter.label)) &&
    (!filter.category || one.category === filter.category) &&
    (!filter.inbox_id || one.inbox_id === filter.inbox_id) &&
    (!filter.contact_id || one.contact.id === filter.contact_id) &&
    (filter.waiting === undefined || filter.waiting === waits)
  );
}

function isThis(id: string | null, wanted: string | undefined): boolean {
  return !wanted || (wanted === "none" ? id === null : id === wanted);
}

function movedAt(one: AgentConversation): number {
  return Date.parse(one.last_message?.at ?? one.updated_at) || 0;
}

function tie(a: AgentConversation, b: AgentConversation): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, place) => id === other[place]);
}
