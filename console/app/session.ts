// Who is logged in, and what they may do.
import { computed, signal } from "@preact/signals";
import { forget, keep, kept, onElsewhere } from "./credential.ts";
import { del, get, isRefusal, post, whenUnauthorized } from "./http.ts";

export type Status = "online" | "away" | "offline";

export interface Agent {
  id: string;
  email: string;
  name: string;
  role: "agent" | "supervisor" | "admin";
  avatar_url: string | null;
  seats: number;
  skills: string[];
  tier: number;
  status: Status;
  team_ids: string[];
  rights: string[];
}

/** `unknown` until the kept token was tried; `unreachable` where nobody answered. */
export const session = signal<"unknown" | "in" | "out" | "unreachable">("unknown");
export const me = signal<Agent | null>(null);
/** Why the log-in page is shown again, as a key of texts. */
export const outBecause = signal<string | null>(null);

const held = computed(() => new Set(me.value?.rights ?? []));

/** Whether a right is held: one of those named, or none is asked. */
export function may(...rights: string[]): boolean {
  return rights.length === 0 || rights.some((one) => held.value.has(one));
}

/** Take up the session that this browser keeps. */
export async function resume(): Promise<void> {
  if (kept() === null) {
    session.value = "out";
    return;
  }
  try {
    me.value = (await get<{ agent: Agent }>("/sessions/current")).agent;
    session.value = "in";
  } catch (error) {
    if (isRefusal(error, "unauthorized")) over();
    else session.value = "unreachable";
  }
}

export async function logIn(email: string, password: string, onDevice: boolean): Promise<void> {
  const made = await post<{ token: string; agent: Agent }>("/sessions", { email, password });
  enter(made.token, made.agent, onDevice);
}

/** Go on with a session that a set-up, an invitation or a new password has made. */
export function enter(token: string, agent: Agent, onDevice = false): void {
  keep(token, onDevice);
  outBecause.value = null;
  me.value = agent;
  session.value = "in";
}

export async function logOut(): Promise<void> {
  try {
    await del("/sessions/current");
  } finally {
    leave(null);
  }
}

/** The session is over, here or at the server. */
export function over(): void {
  leave("app.session_over");
}

function leave(because: string | null): void {
  forget();
  me.value = null;
  outBecause.value = because;
  session.value = "out";
}

whenUnauthorized(over);
onElsewhere(() => {
  if (kept() === null && session.value === "in") leave(null);
  else if (session.value === "out") void resume();
});
