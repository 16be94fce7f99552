// Addresses under /console/: the first part names a screen, the rest is that screen's own.
import { computed, signal } from "@preact/signals";

export const BASE = "/console/";

const place = signal(here());
let leaving: () => boolean = () => true;

/** Where the console is: `parts` below /console/, decoded; `hash` without its sign. */
export const at = computed(() => place.value);

addEventListener("popstate", () => {
  place.value = here();
});

/** Go to a path below /console/, such as `desk/cnv_1?view=all`. False where the present screen held back. */
export function go(path: string, { replace = false }: { replace?: boolean } = {}): boolean {
  if (!replace && !leaving()) return false;
  history[replace ? "replaceState" : "pushState"](null, "", href(path));
  place.value = here();
  return true;
}

export function href(path: string): string {
  return BASE + path.replace(/^\/+/, "");
}

/** Ask before going away: the screen's unsaved work. Returns how to stop asking. */
export function beforeLeaving(mayLeave: () => boolean): () => void {
  leaving = mayLeave;
  const warn = (event: BeforeUnloadEvent) => {
    if (!mayLeave()) event.preventDefault();
  };
  addEventListener("beforeunload", warn);
  return () => {
    if (leaving === mayLeave) leaving = () => true;
    removeEventListener("beforeunload", warn);
  };
}

export interface Place {
  parts: string[];
  query: URLSearchParams;
  hash: string;
}

function here(): Place {
  const below = location.pathname.startsWith(BASE) ? location.pathname.slice(BASE.length) : "";
  return {
    parts: below.split("/").filter(Boolean).map(decoded),
    query: new URLSearchParams(location.search),
    hash: location.hash.slice(1),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
