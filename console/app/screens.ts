// A file `console/<area>/<name>.screen.tsx` is the screen at /console/<name>/..., loaded when first gone to.
// Its default export is the component; it gets what stands behind its name in the address.
import type { ComponentType } from "preact";

export interface ScreenProps {
  /** Parts of the address behind the screen's name: /console/knowledge/art_1 -> ["art_1"]. */
  rest: string[];
  query: URLSearchParams;
  /** What stands behind the #, such as the token of a link. */
  hash: string;
}

export type Screen = ComponentType<ScreenProps>;

const files = import.meta.glob<{ default: Screen }>("../*/*.screen.tsx");
const byName = new Map(
  Object.entries(files).map(([path, load]) => [/([\w-]+)\.screen\.tsx$/.exec(path)?.[1] ?? path, load]),
);
const loaded = new Map<string, Screen>();

/** Screens that need no session: links lead there. */
export const OPEN = new Set(["setup", "invitation", "password"]);

export const exists = (name: string): boolean => byName.has(name);
export const ready = (name: string): Screen | undefined => loaded.get(name);

/** Bring a screen. Throws where its part of the console cannot be fetched. */
export async function bring(name: string): Promise<Screen | undefined> {
  const load = byName.get(name);
  if (!load) return undefined;
  const screen = (await load()).default;
  loaded.set(name, screen);
  return screen;
}

export interface NavItem {
  key: "desk" | "knowledge" | "bot" | "figures" | "settings";
  /** Where it leads; the first screen that is there. */
  to: string;
  /** Screens that belong to it. */
  screens: string[];
  /** Any one of these rights opens it; none: everybody. */
  rights: string[];
}

export const NAV: NavItem[] = [
  { key: "desk", to: "desk", screens: ["desk", "search"], rights: [] },
  {
    key: "knowledge",
    to: "knowledge",
    screens: ["knowledge", "articles", "intents", "corrections", "overlaps"],
    rights: ["knowledge.manage"],
  },
  { key: "bot", to: "bot", screens: ["bot", "models", "unknown"], rights: ["bots.manage", "models.manage"] },
  { key: "figures", to: "figures", screens: ["figures"], rights: ["reports.read"] },
  {
    key: "settings",
    to: "company",
    screens: ["start", "company", "inboxes", "people", "teams", "mail", "words", "canned", "settings", "account"],
    rights: ["workspace.manage", "inboxes.manage", "agents.manage", "teams.manage"],
  },
];
