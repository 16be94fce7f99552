/** A line to the desk that stays: typed calls that always end, and its state as a signal. */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Answer, Command, CommandsOf, ErrorCode, WireError } from "./commands.ts";
import type { Dialled } from "./dial.ts";
import { Socket } from "./socket.ts";

/**
 * connecting: the first time; online: the server has accepted; reconnecting: it was, or will be tried again soon;
 * offline: the device says that it has no network; refused: the server will not have this credential (see `refusal`).
 */
export type LinkState = "connecting" | "online" | "reconnecting" | "offline" | "refused";

export interface LinkOptions {
  /** Where the server is, without a path: "https://desk.example". */
  url: string;
  namespace: "/visitor" | "/agent";
  /** What the first connecting goes on with, if it was begun before. */
  dialled?: Dialled | undefined;
  /** Asked before each connecting; may take its time (a token of the site's). */
  auth: () => object | Promise<object>;
}

const CALL_S = 20;
const CONNECT_MS = 15_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;
// a refusal for now, not for good: tried again when it says, or after a while
const PASSING: readonly ErrorCode[] = ["unavailable", "rate_limited", "capacity", "timeout"];

export class Link<C extends CommandsOf<C>, E extends object> {
  readonly #options: LinkOptions;
  readonly #state = signal<LinkState>("connecting");
  readonly #refusal = signal<WireError | null>(null);
  readonly #hearing = new Map<string, Set<(payload: never) => void>>();
  readonly #undo: (() => void)[] = [];
  #socket: Socket | null = null;
  #dialled: Dialled | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;
  #failures = 0;
  #attempt = 0;
  #wasOnline = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#dialled = options.dialled;
    this.#listenToDevice();
  }

  get state(): ReadonlySignal<LinkState> {
    return this.#state;
  }

  /** Why the server does not take us, while the state is `refused`. */
  get refusal(): ReadonlySignal<WireError | null> {
    return this.#refusal;
  }

  /** Connect, and stay connected until `close`. Does nothing where that is so already. */
  open(): void {
    if (!this.#wanted) this.reopen();
  }

  /** Connect anew with a fresh `auth`, also when connected. */
  reopen(): void {
    this.close();
    this.#wanted = true;
    this.#failures = 0;
    this.#refusal.value = null;
    this.#goes();
    void this.#connect();
  }

  close(): void {
    this.#wanted = false;
    this.#attempt++;
    clearTimeout(this.#again);
    this.#socket?.close();
    this.#socket = null;
  }

  /** Close for good, and let go of the window's events. */
  dispose(): void {
    this.close();
    for (const undo of this.#undo.splice(0)) undo();
    this.#hearing.clear();
  }

  /** Hear an event; the returned function ends that. */
  on<Name extends keyof E & string>(name: Name, handler: (payload: E[Name]) => void): () => void {
    const heard = this.#hearing.get(name) ?? new Set();
    this.#hearing.set(name, heard.add(handler));
    return () => void heard.delete(handler);
  }

  /**
   * Do a command; the acknowledgement, or an error as a value: the server's, `offline` at once where there is no
   * connection, `timeout` after timeoutS seconds or when the connection went meanwhile. A command that timed out may
   * have been done. Nothing is buffered.
   */
  async call<Name extends keyof C & string>(
    name: Name,
    payload: C[Name] extends Command<infer In> ? In : never,
    timeoutS: number = CALL_S,
  ): Promise<Answer<C[Name] extends Command<object, infer Out> ? Out : never>> {
    if (!this.#socket?.connected) return failure("offline");
    const answer = await this.#socket.ask(name, payload, timeoutS * 1000);
    if (answer === undefined) return failure("timeout");
    if (typeof answer === "object" && answer !== null && "ok" in answer) return answer as never;
    return failure("broken");
  }

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    clearTimeout(this.#again);
    let auth: object = {};
    try {
      auth = await this.#options.auth();
    } catch {
      // without a credential the server says what it misses
    }
    // closed, or begun anew, while the credential was waited for
    if (attempt !== this.#attempt) return;
    const dialled = this.#dialled;
    this.#dialled = undefined;
    this.#socket = new Socket({
      ...this.#options,
      auth,
      dialled,
      patienceMs: CONNECT_MS,
      accepted: () => {
        this.#failures = 0;
        this.#wasOnline = true;
        this.#state.value = "online";
      },
      refused: (said) => this.#refused(errorOf(said)),
      ended: (sentAway) => {
        // sent away on purpose: the session has ended, or there are too many windows
        if (sentAway) this.#refuse({ code: "unauthorized", message: "" });
        else this.#comeBack();
      },
      event: (name, payload) => {
        for (const heard of [...(this.#hearing.get(name) ?? [])]) heard(payload as never);
      },
    });
  }

  #refused(error: WireError | null): void {
    if (error && !PASSING.includes(error.code)) this.#refuse(error);
    else this.#comeBack(error?.retry_after_s);
  }

  #refuse(error: WireError): void {
    this.#refusal.value = error;
    this.#state.value = "refused";
  }

  /** Wait, longer after each failure, never as long as anybody else, and connect. */
  #comeBack(leastS = 0): void {
    this.#goes();
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#failures++, LONGEST_DELAY_MS);
    this.#again = setTimeout(() => void this.#connect(), Math.max(leastS * 1000, delayMs) * (0.5 + Math.random()));
  }

  #goes(): void {
    this.#state.value = deviceIsOffline() ? "offline" : this.#wasOnline ? "reconnecting" : "connecting";
  }

  #listenToDevice(): void {
    if (typeof window === "undefined") return;
    const hurry = () => {
      if (this.#wanted && this.#state.value !== "refused" && !this.#socket?.connected) this.reopen();
    };
    const shown = () => document.visibilityState === "visible" && hurry();
    const offline = () => {
      if (!this.#wanted || this.#state.value === "refused") return;
      // the browser knows before the line does
      this.#socket?.close();
      this.#comeBack();
    };
    window.addEventListener("online", hurry);
    window.addEventListener("offline", offline);
    document.addEventListener("visibilitychange", shown);
    this.#undo.push(
      () => window.removeEventListener("online", hurry),
      () => window.removeEventListener("offline", offline),
      () => document.removeEventListener("visibilitychange", shown),
    );
  }
}

export function failure(code: ErrorCode, message = ""): { ok: false; error: WireError } {
  return { ok: false, error: { code, message } };
}

/** What a refused connection carries, if it is an error object of the protocol. */
function errorOf(said: unknown): WireError | null {
  if (typeof said !== "object" || said === null) return null;
  const error = "code" in said ? said : (said as { data?: unknown }).data;
  return typeof error === "object" && error !== null && "code" in error ? (error as WireError) : null;
}

function deviceIsOffline(): boolean {
  return typeof navigator !== "undefined" && navigator.onLine === false;
}
