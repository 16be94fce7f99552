/** One Socket.IO namespace over one WebSocket: typed calls that always end, and the state of the line as a signal. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { io, type Socket } from "socket.io-client";
import type { Answer, Command, CommandsOf, ErrorCode, WireError } from "./commands.ts";

/**
 * connecting: the first time; online: the server has accepted; reconnecting: it was, or will be tried again soon;
 * offline: the device says that it has no network; refused: the server will not have this credential (see `refusal`).
 */
export type LinkState = "connecting" | "online" | "reconnecting" | "offline" | "refused";

export interface LinkOptions {
  /** Where the server is, without a path: "https://desk.example". */
  url: string;
  namespace: "/visitor" | "/agent";
  /** Asked before each connecting; may take its time (a token of the site's). */
  auth: () => object | Promise<object>;
}

const CALL_S = 20;
const CONNECT_MS = 15_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;
// a refusal for now, not for good: tried again when it says, or after a while
const PASSING: readonly ErrorCode[] = ["unavailable", "rate_limited", "capacity", "timeout"];

type Handler = (...payload: unknown[]) => void;

export class Link<C extends CommandsOf<C>, E extends object> {
  readonly #state = signal<LinkState>("connecting");
  readonly #refusal = signal<WireError | null>(null);
  readonly #socket: Socket;
  readonly #undo: (() => void)[] = [];
  #again: ReturnType<typeof setTimeout> | undefined;
  #wanted = false;
  #wasOnline = false;

  constructor(options: LinkOptions) {
    this.#socket = io(options.url + options.namespace, {
      transports: ["websocket"],
      autoConnect: false,
      forceNew: true,
      timeout: CONNECT_MS,
      reconnectionDelay: FIRST_DELAY_MS,
      reconnectionDelayMax: LONGEST_DELAY_MS,
      randomizationFactor: 0.5,
      auth: (give) => void Promise.resolve(options.auth()).then(give, () => give({})),
    });
    this.#socket.on("connect", () => {
      this.#wasOnline = true;
      this.#refusal.value = null;
      this.#state.value = "online";
    });
    this.#socket.on("disconnect", (reason) => this.#lost(reason));
    this.#socket.on("connect_error", (error) => this.#failed(error));
    this.#listenToDevice();
  }

  get state(): ReadonlySignal<LinkState> {
    return this.#state;
  }

  /** Why the server does not take us, while the state is `refused`. */
  get refusal(): ReadonlySignal<WireError | null> {
    return this.#refusal;
  }

  /** Connect, and stay connected until `close`. */
  open(): void {
    this.#wanted = true;
    this.#refusal.value = null;
    this.#state.value = deviceIsOffline() ? "offline" : this.#wasOnline ? "reconnecting" : "connecting";
    this.#socket.connect();
  }

  /** Connect anew with a fresh `auth`, also when connected. */
  reopen(): void {
    this.#socket.disconnect();
    this.open();
  }

  close(): void {
    this.#wanted = false;
    clearTimeout(this.#again);
    this.#socket.disconnect();
  }

  /** Close for good, and let go of the window's events. */
  dispose(): void {
    this.close();
    for (const undo of this.#undo.splice(0)) undo();
    this.#socket.off();
  }

  /** Hear an event; the returned function ends that. */
  on<Name extends keyof E & string>(name: Name, handler: (payload: E[Name]) => void): () => void {
    const heard = handler as unknown as Handler;
    this.#socket.on(name as string, heard);
    return () => void this.#socket.off(name as string, heard);
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
    if (!this.#socket.connected) return failure("offline");
    let answer: unknown;
    try {
      answer = await this.#socket.timeout(timeoutS * 1000).emitWithAck(name, payload);
    } catch {
      return failure("timeout");
    }
    if (typeof answer === "object" && answer !== null && "ok" in answer) return answer as never;
    return failure("broken");
  }

  #lost(reason: string): void {
    if (!this.#wanted) return;
    if (reason === "io server disconnect") {
      // sent away on purpose, and not called back by the library: the session has ended, or another window took over
      this.#refuse({ code: "unauthorized", message: "" });
      return;
    }
    this.#state.value = deviceIsOffline() ? "offline" : "reconnecting";
  }

  #failed(error: Error & { data?: unknown }): void {
    if (!this.#wanted) return;
    const said = errorOf(error.data);
    if (!said || PASSING.includes(said.code)) {
      this.#state.value = deviceIsOffline() ? "offline" : this.#wasOnline ? "reconnecting" : "connecting";
      // the library comes back by itself when the network failed, not when the server refused
      if (said) this.#comeBack(said.retry_after_s ?? 2);
      return;
    }
    this.#refuse(said);
  }

  #refuse(error: WireError): void {
    this.#refusal.value = error;
    this.#state.value = "refused";
  }

  #comeBack(afterS: number): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#wanted && this.#socket.connect(), afterS * 1000 * (1 + Math.random()));
  }

  #listenToDevice(): void {
    if (typeof window === "undefined") return;
    const hurry = () => {
      if (!this.#wanted || this.#socket.connected || this.#state.value === "refused") return;
      // begins the waiting times anew, and with them at once
      this.reopen();
    };
    const shown = () => document.visibilityState === "visible" && hurry();
    const offline = () => {
      if (this.#wanted && this.#state.value !== "refused") this.#state.value = "offline";
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
function errorOf(data: unknown): WireError | null {
  if (typeof data !== "object" || data === null) return null;
  const said = "code" in data ? data : (data as { error?: unknown }).error;
  return typeof said === "object" && said !== null && "code" in said ? (said as WireError) : null;
}

function deviceIsOffline(): boolean {
  return typeof navigator !== "undefined" && navigator.onLine === false;
}
