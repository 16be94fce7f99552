// Every sentence of the console, by key: texts/<locale>/<area>.json, keys prefixed by their area ("desk.reply").
// English comes with the page and stands in where another language lacks a key; the others are loaded when chosen.
import { signal } from "@preact/signals";
import { type Catalogue, type Params, say } from "./say.ts";

const english = merged(
  import.meta.glob<Catalogue>("../texts/en/*.json", { eager: true, import: "default" }) as Record<string, Catalogue>,
);
const others = import.meta.glob<Catalogue>(["../texts/*/*.json", "!../texts/en/*.json"], { import: "default" });

const catalogue = signal<Catalogue>(english);

/** The language of sentences, numbers and dates. */
export const locale = signal("en");

/** The sentence of a key. A key that no catalogue has shows as itself. */
export function t(key: string, params: Params = {}): string {
  const text = catalogue.value[key] ?? english[key];
  return text === undefined ? key : say(text, params, locale.value);
}

export function has(key: string): boolean {
  return key in catalogue.value || key in english;
}

/** Speak another language from now on; English where it is not there. */
export async function speak(wanted: string): Promise<void> {
  const language = wanted.split("-")[0] ?? "en";
  const parts = Object.entries(others).filter(([path]) => path.startsWith(`../texts/${language}/`));
  if (parts.length > 0) {
    const loaded = await Promise.all(parts.map(async ([path, load]) => [path, await load()] as const));
    catalogue.value = { ...english, ...merged(Object.fromEntries(loaded)) };
  } else {
    catalogue.value = english;
  }
  locale.value = parts.length > 0 || language === "en" ? wanted : "en";
  document.documentElement.lang = parts.length > 0 ? language : "en";
  document.documentElement.dir = ["ar", "fa", "he", "ur"].includes(document.documentElement.lang) ? "rtl" : "ltr";
}

function merged(parts: Record<string, Catalogue>): Catalogue {
  return Object.assign({}, ...Object.values(parts)) as Catalogue;
}
