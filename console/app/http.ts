// Requests to /api/v1: JSON in and out, refusals as the protocol's error object, every wait bounded.
import { randomId } from "../../web_widget/wire/sending.ts";
import { kept } from "./credential.ts";
import { t } from "./texts.ts";

const API = "/api/v1";
const TIMEOUT_MS = 15_000;

export type Code =
  | "invalid"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "illegal_transition"
  | "capacity"
  | "too_large"
  | "unsupported"
  | "window_closed"
  | "rate_limited"
  | "unavailable"
  | "offline"
  | "timeout";

/** What the server said no with; `offline` and `timeout` where it said nothing. `message` may be shown. */
export class Refusal extends Error {
  readonly code: Code;
  readonly field: string | undefined;
  readonly retryAfterS: number | undefined;
  readonly status: number;
  readonly conversation: unknown;

  constructor(
    told: { code: Code; message: string; field?: string; retry_after_s?: number; conversation?: unknown },
    status = 0,
  ) {
    super(told.message);
    this.name = "Refusal";
    this.code = told.code;
    this.field = told.field;
    this.retryAfterS = told.retry_after_s;
    this.status = status;
    this.conversation = told.conversation;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Options {
  query?: Query;
  /** JSON to send; FormData goes as it is. */
  body?: unknown;
  /** The ETag of what is edited: changed meanwhile, the server refuses with `conflict`, field `if_match`. */
  ifMatch?: string | null;
  /** The same key again is done once. A POST without one gets a fresh one. */
  key?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
}

export interface Tagged<T> {
  value: T;
  etag: string | null;
}

let onUnauthorized: () => void = () => {};

/** Who is told when the session turns out to be over. */
export function whenUnauthorized(told: () => void): void {
  onUnauthorized = told;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> =>
  ask<T>("GET", path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) }).then((one) => one.value);
export const getTagged = <T>(path: string, query?: Query): Promise<Tagged<T>> =>
  ask<T>("GET", path, query ? { query } : {});
export const post = <T>(path: string, body?: unknown, options: Options = {}): Promise<T> =>
  ask<T>("POST", path, { body, key: randomId(), ...options }).then((one) => one.value);
export const patch = <T>(path: string, body: unknown, ifMatch?: string | null): Promise<Tagged<T>> =>
  ask<T>("PATCH", path, { body, ...(ifMatch ? { ifMatch } : {}) });
export const put = <T>(path: string, body: unknown, ifMatch?: string | null): Promise<Tagged<T>> =>
  ask<T>("PUT", path, { body, ...(ifMatch ? { ifMatch } : {}) });
export const del = (path: string, ifMatch?: string | null): Promise<void> =>
  ask<void>("DELETE", path, ifMatch ? { ifMatch } : {}).then(() => undefined);

/** One request. Throws Refusal, or the AbortSignal's own error when the caller gave it up. */
export async function ask<T>(method: string, path: string, options: Options = {}): Promise<Tagged<T>> {
  const patience = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, patience]) : patience;
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(address(path, options.query), {
      method,
      headers: headers(options),
      body: packed(options.body),
      credentials: "omit",
      cache: "no-store",
      signal,
    });
    answer = response.status === 204 ? undefined : await read(response);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw silence(patience.aborted);
  }
  if (response.ok) return { value: answer as T, etag: response.headers.get("ETag") };
  if (response.status === 401 && kept() !== null) onUnauthorized();
  throw refused(answer, response.status);
}

/** Send a file, with its progress from 0 to 1. */
export function upload<T>(
  path: string,
  form: FormData,
  progress: (share: number) => void = () => {},
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path));
    request.responseType = "json";
    request.timeout = 300_000;
    const token = kept();
    if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as T);
      else reject(refused(request.response, request.status));
    };
    request.onerror = () => reject(silence(false));
    request.ontimeout = () => reject(silence(true));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** What may be shown of anything that went wrong. */
export function sentence(error: unknown): string {
  return error instanceof Refusal ? error.message : t("app.unexpected");
}

export function isRefusal(error: unknown, code: Code): error is Refusal {
  return error instanceof Refusal && error.code === code;
}

function address(path: string, query: Query = {}): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") found.set(name, String(value));
  }
  const search = found.toString();
  return `${API}${path}${search ? `?${search}` : ""}`;
}

function headers(options: Options): Record<string, string> {
  const made: Record<string, string> = { Accept: "application/json" };
  const token = kept();
  if (token) made.Authorization = `Bearer ${token}`;
  if (options.body !== undefined && !(options.body instanceof FormData)) made["Content-Type"] = "application/json";
  if (options.ifMatch) made["If-Match"] = options.ifMatch;
  if (options.key) made["Idempotency-Key"] = options.key;
  return made;
}

function packed(body: unknown): BodyInit | null {
  if (body === undefined) return null;
  return body instanceof FormData ? body : JSON.stringify(body);
}

async function read(response: Response): Promise<unknown> {
  return response.headers.get("Content-Type")?.includes("json") ? response.json() : response.text();
}

function silence(tooLong: boolean): Refusal {
  return new Refusal({ code: tooLong ? "timeout" : "offline", message: t(tooLong ? "app.timeout" : "app.offline") });
}

function refused(answer: unknown, status: number): Refusal {
  const told = (answer as { error?: { code: Code; message: string } } | null)?.error;
  if (told && typeof told.message === "string") return new Refusal(told, status);
  const code: Code = status === 404 ? "not_found" : status === 501 ? "unsupported" : "unavailable";
  return new Refusal({ code, message: t(status === 404 ? "app.not_there" : "app.unexpected") }, status);
}
