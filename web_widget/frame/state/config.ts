/** What the admin chose for this inbox: `GET /api/v1/widget/{public_key}`. */

import type { StartForm } from "../../wire/commands.ts";

export interface Config {
  inbox: { public_key: string; name: string };
  company: string;
  look: { accent?: string | null; side?: string; logo_url?: string | null; greeting?: string | null };
  locale: string;
  locales: readonly string[];
  start_form?: StartForm | null;
  help?: { on?: boolean };
  survey?: boolean | { on?: boolean };
  words: Record<string, string>;
  files: { limit_bytes: number; types: readonly string[] };
  bot?: { name?: string | null } | null;
}

const LOAD_MS = 10_000;

/** Until the desk has told, and where it cannot tell. */
export const PLAIN: Config = {
  inbox: { public_key: "", name: "" },
  company: "",
  look: {},
  locale: "",
  locales: [],
  words: {},
  files: { limit_bytes: 25_000_000, types: [] },
};

/** What was told already, completed; null where that is nothing of the kind. */
export function configured(told: unknown): Config | null {
  return typeof told === "object" && told !== null && "inbox" in told
    ? { ...PLAIN, ...(told as Partial<Config>) }
    : null;
}

/** What the desk tells; `PLAIN` where it does not in time. locale: whose words to give. */
export async function load(publicKey: string, locale: string): Promise<Config> {
  try {
    const address = `/api/v1/widget/${encodeURIComponent(publicKey)}?locale=${encodeURIComponent(locale)}`;
    const answer = await fetch(address, { signal: AbortSignal.timeout(LOAD_MS), credentials: "omit" });
    if (!answer.ok) return PLAIN;
    return { ...PLAIN, ...((await answer.json()) as Partial<Config>) };
  } catch {
    return PLAIN;
  }
}
