/** The draft: what is written and not yet sent, kept across reloads; and that the visitor types. */

import { computed, effect, signal } from "@preact/signals";
import type { Attachment } from "../../wire/types.ts";
import type { Visit } from "./visit.ts";
import { t } from "./words.ts";

export const TEXT_LIMIT = 10_000;
export const FILES_LIMIT = 10;
const KEEP_MS = 100;
const TYPING_AGAIN_MS = 4_000;

/** A file on its way to the desk, or there and waiting to be sent. */
export interface Upload {
  key: string;
  name: string;
  type: string;
  size_bytes: number;
  /** From 0 to 1. */
  share: number;
  /** Of a picture: what it looks like. */
  preview?: string;
  /** Once it is there. */
  attachment?: Attachment;
  error?: string;
  cancel?: () => void;
}

interface Draft {
  text: string;
  files: readonly Attachment[];
}

export class Writing {
  readonly text = signal("");
  readonly files = signal<readonly Upload[]>([]);
  /** Why what is written cannot go, in a sentence. */
  readonly problem = signal("");
  readonly tooLong = computed(() => Math.max(this.text.value.trim().length - TEXT_LIMIT, 0));
  readonly uploading = computed(() => this.files.value.some((one) => !one.attachment && !one.error));
  readonly ready = computed(
    () =>
      !this.tooLong.value &&
      !this.uploading.value &&
      (this.text.value.trim() !== "" || this.files.value.some((one) => one.attachment)),
  );
  readonly #visit: Visit;
  readonly #key: string;
  #typedAt = 0;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #undo = () => {};

  constructor(visit: Visit) {
    this.#visit = visit;
    this.#key = `${visit.options.publicKey}/draft`;
    void this.#restore();
  }

  type(text: string): void {
    this.text.value = text;
    this.problem.value = "";
    if (!text.trim()) this.typing(false);
    else if (Date.now() - this.#typedAt > TYPING_AGAIN_MS) this.typing(true);
  }

  typing(on: boolean): void {
    if (!on && !this.#typedAt) return;
    this.#typedAt = on ? Date.now() : 0;
    const conversation_id = this.#visit.open.value?.id;
    if (conversation_id) void this.#visit.link.call("typing", { conversation_id, on });
  }

  /** Send what is written; false where it stays. */
  send(): boolean {
    if (!this.ready.value) return false;
    const attachments = this.files.value.flatMap(({ attachment }) => attachment ?? []);
    const said = this.#visit.say({ text: this.text.value.trim(), ...(attachments.length ? { attachments } : {}) });
    if (!said) {
      this.problem.value = t("write.too_many");
      return false;
    }
    this.#typedAt = 0;
    for (const { preview } of this.files.value) if (preview) URL.revokeObjectURL(preview);
    this.text.value = "";
    this.files.value = [];
    return true;
  }

  leave(): void {
    clearTimeout(this.#keeping);
    this.#undo();
  }

  async #restore(): Promise<void> {
    const { kept } = this.#visit.options;
    const draft = await kept.get<Draft>(this.#key);
    if (draft && !this.text.value && !this.files.value.length) {
      this.text.value = draft.text;
      this.files.value = draft.files.map((attachment) => ({ ...attachment, key: attachment.id, share: 1, attachment }));
    }
    let latest: Draft | undefined = draft;
    const put = () => void kept.set(this.#key, latest);
    const undo = effect(() => {
      const text = this.text.value;
      const files = this.files.value.flatMap(({ attachment }) => attachment ?? []);
      clearTimeout(this.#keeping);
      latest = text || files.length ? { text, files } : undefined;
      this.#keeping = setTimeout(put, KEEP_MS);
    });
    addEventListener("pagehide", put);
    this.#undo = () => {
      undo();
      removeEventListener("pagehide", put);
    };
  }
}
