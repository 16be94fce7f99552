// The lists of the desk: what each holds, fetched by pages and kept true by events.
import { signal } from "@preact/signals";
import type { AgentConversation } from "../../../web_widget/wire/types.ts";
import { get, isRefusal, sentence } from "../../app/http.ts";
import { belongs, type Filter, type View } from "./order.ts";
import type { Rows } from "./rows.ts";

const PAGE = 200;
/** Of a list that is fetched whole, such as the queue. */
const PAGES_MOST = 25;

export interface SavedView {
  id: string;
  name: string;
  filter: Filter & { view?: View };
}

export interface ListState {
  view: View;
  filter: Filter;
  /** A saved view's id; null for one of the desk's own lists. */
  saved: string | null;
  ids: ReadonlySet<string>;
  /** More pages are at the server. */
  cursor: string | null;
  busy: boolean;
  loaded: boolean;
  error: string | null;
}

interface Page {
  conversations: readonly AgentConversation[];
  cursor: string | null;
}

type Me = () => { id: string; team_ids: readonly string[] };

export class Lists {
  readonly views = signal<readonly SavedView[]>([]);
  readonly #states = signal<ReadonlyMap<string, ListState>>(new Map());
  readonly #turns = new Map<string, number>();
  readonly #rows: Rows;
  readonly #me: Me;

  constructor(rows: Rows, me: Me) {
    this.#rows = rows;
    this.#me = me;
  }

  /** A list by its key: one of the desk's own, or a saved view's id. */
  get(key: string): ListState | undefined {
    return this.#states.value.get(key);
  }

  /** Fetch a list that was not yet; the desk's own small ones whole, others a page. */
  ask(key: string): void {
    if (!this.#states.peek().has(key)) void this.fetch(key);
  }

  /** Fetch anew all that was fetched, as after a lost connection; what is shown stays until then. */
  refresh(): void {
    for (const key of this.#states.peek().keys()) void this.fetch(key);
    void this.fetchViews();
  }

  async fetch(key: string): Promise<void> {
    const turn = (this.#turns.get(key) ?? 0) + 1;
    this.#turns.set(key, turn);
    const before = this.#states.peek().get(key) ?? this.#fresh(key);
    this.#set(key, { ...before, busy: true, error: null });
    const ids = new Set<string>();
    let cursor: string | null = null;
    try {
      for (let page = 0; page < (wholly(key) ? PAGES_MOST : 1); page++) {
        const found: Page = await this.#page(before, cursor);
        if (this.#turns.get(key) !== turn) return;
        this.#rows.put(found.conversations);
        for (const one of found.conversations) ids.add(one.id);
        cursor = found.cursor;
        if (!cursor) break;
      }
      this.#set(key, { ...before, ids, cursor, busy: false, loaded: true, error: null });
    } catch (error) {
      if (this.#turns.get(key) === turn) this.#set(key, { ...before, busy: false, error: sentence(error) });
    }
  }

  async more(key: string): Promise<void> {
    const before = this.#states.peek().get(key);
    if (!before?.cursor || before.busy) return;
    const turn = this.#turns.get(key);
    this.#set(key, { ...before, busy: true });
    try {
      const found = await this.#page(before, before.cursor);
      if (this.#turns.get(key) !== turn) return;
      this.#rows.put(found.conversations);
      const ids = new Set([...(this.get(key)?.ids ?? before.ids), ...found.conversations.map((one) => one.id)]);
      this.#set(key, { ...before, ids, cursor: found.cursor, busy: false });
    } catch (error) {
      if (this.#turns.get(key) === turn) this.#set(key, { ...before, busy: false, error: sentence(error) });
    }
  }

  async fetchViews(): Promise<void> {
    try {
      this.views.value = (await get<{ views: SavedView[] }>("/views")).views;
    } catch (error) {
      // a server without saved views has none
      if (!isRefusal(error, "not_found")) return;
      this.views.value = [];
    }
  }

  /** A saved view was changed or deleted. */
  async viewsChanged(key: string): Promise<void> {
    const states = new Map(this.#states.peek());
    states.delete(key);
    this.#states.value = states;
    this.#turns.set(key, (this.#turns.get(key) ?? 0) + 1);
    await this.fetchViews();
  }

  /** A conversation is as told now: into the lists that it belongs to, out of the others. */
  place(id: string): void {
    const row = this.#rows.peek(id);
    if (!row) return;
    for (const [key, state] of this.#states.peek()) {
      if (!state.loaded) continue;
      const inside = belongs(row, state.view, state.filter, this.#me());
      if (inside === state.ids.has(id)) continue;
      const ids = new Set(state.ids);
      if (inside) ids.add(id);
      else ids.delete(id);
      this.#set(key, { ...state, ids });
    }
  }

  #fresh(key: string): ListState {
    const saved = this.views.peek().find((one) => one.id === key);
    const { view = "all", ...filter } = saved?.filter ?? {};
    const own = isOwn(key) ? key : view;
    return {
      view: own,
      filter,
      saved: saved?.id ?? null,
      ids: new Set(),
      cursor: null,
      busy: false,
      loaded: false,
      error: null,
    };
  }

  #page(list: ListState, cursor: string | null): Promise<Page> {
    const sort = { queue: null, mine: null, team: "waiting", all: "updated" }[list.view];
    const which = list.saved ? { view: list.saved } : { view: list.view, sort };
    return get<Page>("/conversations", { ...which, limit: PAGE, cursor });
  }

  #set(key: string, state: ListState): void {
    this.#states.value = new Map(this.#states.peek()).set(key, state);
  }
}

export function isOwn(key: string): key is View {
  return key === "queue" || key === "mine" || key === "team" || key === "all";
}

function wholly(key: string): boolean {
  return key === "queue" || key === "mine";
}
