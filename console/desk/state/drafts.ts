// What an agent has begun to write in each conversation; survives a reload. In localStorage: what is written while a
// page goes away has to be there at once.
import { type Signal, signal } from "@preact/signals";
import type { Attachment } from "../../../web_widget/wire/types.ts";

export interface Draft {
  text: string;
  note: string;
  mode: "reply" | "note";
  /** Files uploaded and not yet sent. */
  files: readonly Attachment[];
}

export const EMPTY: Draft = { text: "", note: "", mode: "reply", files: [] };
const WAIT_MS = 250;

export class Drafts {
  readonly #prefix: string;
  readonly #drafts = new Map<string, Signal<Draft>>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(prefix: string) {
    this.#prefix = prefix;
    addEventListener("pagehide", () => this.flush());
  }

  of(id: string): Signal<Draft> {
    const found = this.#drafts.get(id);
    if (found) return found;
    const made = signal<Draft>(read(this.#prefix + id));
    this.#drafts.set(id, made);
    return made;
  }

  change(id: string, change: Partial<Draft>): void {
    const draft = this.of(id);
    draft.value = { ...draft.peek(), ...change };
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => this.#write(id), WAIT_MS),
    );
  }

  flush(): void {
    for (const id of [...this.#timers.keys()]) this.#write(id);
  }

  #write(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    const draft = this.#drafts.get(id)?.peek();
    if (!draft) return;
    const empty = !draft.text && !draft.note && draft.files.length === 0;
    try {
      if (empty) localStorage.removeItem(this.#prefix + id);
      else localStorage.setItem(this.#prefix + id, JSON.stringify(draft));
    } catch {
      // a full store: the draft lives as long as the page
    }
  }
}

function read(key: string): Draft {
  try {
    const found = JSON.parse(localStorage.getItem(key) ?? "null") as Partial<Draft> | null;
    return found && typeof found === "object" ? { ...EMPTY, ...found } : EMPTY;
  } catch {
    return EMPTY;
  }
}
