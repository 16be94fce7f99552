/**
 * What is on its way out: own messages from the key press to the acknowledgement. One send in flight per conversation,
 * in the order of writing; a retry carries the same client_id, so that the server knows it again; what is unsent
 * survives a reload.
 */

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Acknowledged, Answer, ErrorCode, WireError } from "./commands.ts";
import type { Kept } from "./kept.ts";

export interface Unsent<P> {
  client_id: string;
  /** Which line it stands in: a conversation's id, or whatever the sender calls one not yet begun. */
  line: string;
  payload: P;
  /** Milliseconds since 1970. */
  made_at: number;
  /** waiting: for its turn or for the connection; failed: will not be tried again unless asked. */
  state: "waiting" | "sending" | "failed";
  error?: WireError;
}

export interface SendingOptions<P> {
  kept: Kept;
  /** Begins the keys under which unsent messages are kept: another visitor's or agent's must not be found. */
  prefix: string;
  send(unsent: Unsent<P>): Promise<Answer<Acknowledged>>;
  /** Called with each acknowledgement, before the message leaves `unsent`. */
  sent(unsent: Unsent<P>, ack: Acknowledged): void;
  newId?: () => string;
  now?: () => number;
}

/** More than these unsent at once are refused: `send` answers null. */
export const UNSENT_LIMIT = 100;
/** Trying in vain for this long with a connection makes a message failed, in plain sight. */
export const GIVE_UP_MS = 60_000;
/** What an earlier page left unsent for longer than this goes only when its writer says so. */
export const STALE_MS = 24 * 3_600_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;
const TRIED_AGAIN: readonly ErrorCode[] = ["offline", "timeout", "unavailable", "rate_limited", "capacity", "broken"];

export class Sending<P> {
  readonly #unsent = signal<readonly Unsent<P>[]>([]);
  readonly #options: SendingOptions<P>;
  readonly #busy = new Set<string>();
  readonly #tries = new Map<string, { since: number; waitMs: number }>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #online = false;

  constructor(options: SendingOptions<P>) {
    this.#options = options;
  }

  /** Everything not yet acknowledged, in the order of writing. */
  get unsent(): ReadonlySignal<readonly Unsent<P>[]> {
    return this.#unsent;
  }

  /** Take up what an earlier page left unsent. */
  async load(): Promise<void> {
    const found = await this.#options.kept.all<Unsent<P>>(this.#options.prefix);
    const here = new Set(this.#unsent.value.map((one) => one.client_id));
    const left = found.map(([, one]) => one).filter((one) => !here.has(one.client_id));
    left.sort((one, other) => one.made_at - other.made_at);
    const now = (this.#options.now ?? Date.now)();
    const before = left.map((one): Unsent<P> => {
      const stays = one.state === "failed" || now - one.made_at > STALE_MS;
      return { ...one, state: stays ? "failed" : "waiting" };
    });
    this.#unsent.value = [...before, ...this.#unsent.value];
    this.#pumpAll();
  }

  /** Put a message in line; null where too many wait already. */
  send(line: string, payload: P): Unsent<P> | null {
    if (this.#unsent.value.length >= UNSENT_LIMIT) return null;
    const unsent: Unsent<P> = {
      client_id: (this.#options.newId ?? randomId)(),
      line,
      payload,
      made_at: (this.#options.now ?? Date.now)(),
      state: "waiting",
    };
    this.#unsent.value = [...this.#unsent.value, unsent];
    this.#keep(unsent);
    void this.#pump(line);
    return unsent;
  }

  /** Whether there is a connection: without one all waits, with a new one all is tried at once. */
  online(on: boolean): void {
    this.#online = on;
    if (!on) return;
    this.#tries.clear();
    this.#pumpAll();
  }

  /** Try a failed message again, with the same client_id; one that conflicted gets a new one. */
  again(clientId: string): void {
    const one = this.#find(clientId);
    if (one?.state !== "failed") return;
    const { error, ...rest } = one;
    const fresh = error?.code === "conflict" ? (this.#options.newId ?? randomId)() : clientId;
    this.#tries.delete(clientId);
    this.#forget(clientId);
    const renewed: Unsent<P> = { ...rest, client_id: fresh, state: "waiting" };
    this.#replace(clientId, renewed);
    this.#keep(renewed);
    void this.#pump(one.line);
  }

  /** Give a message up; one that is on its way stays. The message, for its text. */
  discard(clientId: string): Unsent<P> | null {
    const one = this.#find(clientId);
    if (!one || one.state === "sending") return null;
    this.#drop(clientId);
    return one;
  }

  /** A message came back by another way (an event, a refetch): it is sent. */
  seen(clientIds: ReadonlySet<string | undefined>): void {
    for (const one of this.#unsent.value) {
      if (one.state !== "sending" && clientIds.has(one.client_id)) this.#drop(one.client_id);
    }
  }

  /** Move what waits in one line to another: a conversation that was not yet begun has its id now. */
  rename(line: string, to: string): void {
    if (line === to) return;
    this.#unsent.value = this.#unsent.value.map((one) => {
      if (one.line !== line || one.state === "sending") return one;
      const moved = { ...one, line: to };
      this.#keep(moved);
      return moved;
    });
    void this.#pump(to);
  }

  /** Forget everything, here and in the browser: somebody else begins. */
  async forget(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#tries.clear();
    this.#unsent.value = [];
    await this.#options.kept.forget(this.#options.prefix);
  }

  #pumpAll(): void {
    for (const line of new Set(this.#unsent.value.map((one) => one.line))) void this.#pump(line);
  }

  async #pump(line: string): Promise<void> {
    if (!this.#online || this.#busy.has(line)) return;
    const next = this.#unsent.value.find((one) => one.line === line && one.state === "waiting");
    if (!next) return;
    clearTimeout(this.#timers.get(line));
    this.#busy.add(line);
    this.#replace(next.client_id, { ...next, state: "sending" });
    const answer = await this.#options.send(next);
    this.#busy.delete(line);
    // forgotten meanwhile: whoever wrote it is not here any more
    if (!this.#find(next.client_id)) return void this.#pump(line);
    if (answer.ok) {
      this.#options.sent(next, answer);
      this.#drop(next.client_id);
      return void this.#pump(line);
    }
    this.#failed(next, answer.error);
  }

  #failed(unsent: Unsent<P>, error: WireError): void {
    const now = (this.#options.now ?? Date.now)();
    const tried = this.#tries.get(unsent.client_id) ?? { since: now, waitMs: FIRST_WAIT_MS };
    const again = TRIED_AGAIN.includes(error.code) && (!this.#online || now - tried.since < GIVE_UP_MS);
    if (!again) {
      const failed: Unsent<P> = { ...unsent, state: "failed", error };
      this.#tries.delete(unsent.client_id);
      this.#replace(unsent.client_id, failed);
      this.#keep(failed);
      return void this.#pump(unsent.line);
    }
    this.#tries.set(unsent.client_id, { ...tried, waitMs: Math.min(tried.waitMs * 2, LONGEST_WAIT_MS) });
    this.#replace(unsent.client_id, { ...unsent, state: "waiting" });
    const waitMs = Math.max((error.retry_after_s ?? 0) * 1000, tried.waitMs) * (0.75 + Math.random() / 2);
    this.#timers.set(
      unsent.line,
      setTimeout(() => void this.#pump(unsent.line), waitMs),
    );
  }

  #find(clientId: string): Unsent<P> | undefined {
    return this.#unsent.value.find((one) => one.client_id === clientId);
  }

  #replace(clientId: string, by: Unsent<P>): void {
    this.#unsent.value = this.#unsent.value.map((one) => (one.client_id === clientId ? by : one));
  }

  #drop(clientId: string): void {
    this.#tries.delete(clientId);
    this.#unsent.value = this.#unsent.value.filter((one) => one.client_id !== clientId);
    this.#forget(clientId);
  }

  #keep(unsent: Unsent<P>): void {
    void this.#options.kept.set(this.#options.prefix + unsent.client_id, unsent);
  }

  #forget(clientId: string): void {
    void this.#options.kept.set(this.#options.prefix + clientId, undefined);
  }
}

/** 128 random bits; crypto.randomUUID is not there on plain http. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
