/** The widget's sentences, one catalogue at a time, an inbox's own words before the catalogue's. */

import { signal } from "@preact/signals";

type Catalogue = Record<string, string>;

const catalogues = import.meta.glob<Catalogue>("../../texts/*.json", { import: "default" });
const RIGHT_TO_LEFT = ["ar", "fa", "he", "ur"];

const words = signal<Catalogue>({});
const own = signal<Catalogue>({});

/** A BCP 47 tag: of sentences, numbers and dates. */
export const locale = signal("en");
/** Whether there is a catalogue yet; before that, nothing can be said. */
export const spoken = signal(false);

let wanted = "";

/** The language that was chosen, also while its sentences are still on their way. */
export function chosen(): string {
  return wanted || locale.peek();
}

/** The sentence of a key, `{names}` filled from params. */
export function t(key: string, params: Record<string, string | number> = {}): string {
  const text = own.value[key] ?? words.value[key] ?? "";
  return text.replace(/\{(\w+)\}/g, (_, name: string) => `${params[name] ?? ""}`);
}

/** Speak the first of these languages that there is a catalogue for, English else; false where it did not come. */
export async function speak(tags: readonly (string | undefined)[]): Promise<boolean> {
  const tag = tags.find((one) => path(language(one)) in catalogues) ?? "en";
  if (tag === wanted) return true;
  wanted = tag;
  const loaded = await catalogues[path(language(tag))]?.().catch(() => null);
  // another was chosen meanwhile
  if (tag !== wanted) return true;
  if (!loaded) {
    wanted = "";
    return false;
  }
  words.value = loaded;
  locale.value = tag.replace("_", "-");
  const page = document.documentElement;
  page.lang = language(tag);
  page.dir = RIGHT_TO_LEFT.includes(page.lang) ? "rtl" : "ltr";
  document.title = t("frame.title");
  spoken.value = true;
  return true;
}

/** "pt" of "pt-BR". */
export function language(tag = ""): string {
  return tag.split(/[-_]/)[0]?.toLowerCase() ?? "";
}

export function sayInstead(overrides: Catalogue): void {
  own.value = overrides;
}

function path(language: string): string {
  return `../../texts/${language}.json`;
}
