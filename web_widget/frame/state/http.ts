/** Asking the desk over HTTP as this visitor. */

import type { Answer, WireError } from "../../wire/commands.ts";
import { failure } from "../../wire/link.ts";
import type { Visit } from "./visit.ts";

const ANSWER_MS = 20_000;

/** The answer's JSON, or the error that the desk gave; a body given is sent as JSON by POST. */
export async function ask<T>(visit: Visit, path: string, body?: object): Promise<Answer<T>> {
  const answer = await request(visit, path, body);
  if (!(answer instanceof Response)) return answer;
  return { ok: true, ...((await answer.json().catch(() => ({}))) as T) };
}

/** The answer itself where it is well. */
export async function request(
  visit: Visit,
  path: string,
  body?: object,
): Promise<Response | { ok: false; error: WireError }> {
  try {
    const answer = await fetch(`/api/v1${path}`, {
      method: body ? "POST" : "GET",
      headers: { Authorization: `Bearer ${visit.token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(ANSWER_MS),
      credentials: "omit",
    });
    return answer.ok ? answer : { ok: false, error: errorOf(await answer.json().catch(() => null)) };
  } catch {
    return failure(navigator.onLine ? "timeout" : "offline");
  }
}

/** The error object in an answer's body, wherever it stands. */
export function errorOf(body: unknown): WireError {
  const said = (body as { error?: WireError } | null)?.error ?? (body as WireError | null);
  return said?.code ? said : { code: "broken", message: "" };
}
