// What an agent has begun to write in each conversation; survives a reload.
import { type Signal, signal } from "@preact/signals";
import type { Kept } from "../../../web_widget/wire/kept.ts";
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
  readonly #kept: Kept;
  readonly #prefix: string;
  readonly #drafts = new Map<string, Signal<Draft>>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(kept: Kept, prefix: string) {
    this.#kept = kept;
    this.#prefix = prefix;
    addEventListener("pagehide", () => this.flush());
  }

  of(id: string): Signal<Draft> {
    const found = this.#drafts.get(id);
    if (found) return found;
    const made = signal<Draft>(EMPTY);
    this.#drafts.set(id, made);
    void this.#kept.get<Draft>(this.#prefix + id).then((before) => {
      // what was typed meanwhile stays
      if (before && made.peek() === EMPTY) made.value = before;
    });
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
    void this.#kept.set(this.#prefix + id, empty ? undefined : draft);
  }
}
