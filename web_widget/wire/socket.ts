/**
 * One connection of one Socket.IO namespace: the part of the protocol that the desk speaks (Engine.IO 4, Socket.IO 5,
 * JSON over a WebSocket, acknowledgements), without what it does not (long polling, upgrades, binary, multiplexing).
 * Whoever wants to be connected again makes a new one. See docs/decisions/ for why this is not socket.io-client.
 *
 * https://github.com/socketio/engine.io-protocol, https://github.com/socketio/socket.io-protocol
 */

import { type Dialled, dial } from "./dial.ts";

export interface SocketOptions {
  /** Where the server is, without a path: "https://desk.example". */
  url: string;
  namespace: string;
  auth: object;
  /** A connection that was begun before; without it one is begun now. */
  dialled?: Dialled | undefined;
  /** Milliseconds until a connection that has not been accepted is given up. */
  patienceMs: number;
  /** The server has accepted. */
  accepted(): void;
  /** The server will not have us, and says why; `ended` does not follow. */
  refused(said: unknown): void;
  /** It is over, once. sentAway: the server closed the namespace on purpose. Not called after `close`. */
  ended(sentAway: boolean): void;
  event(name: string, payload: unknown): void;
}

type Answered = (answer: unknown) => void;

const PACKET = /^4([0-4])(?:(\/[^,]*),)?(\d*)([\s\S]*)$/;
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = ["0", "1", "2", "3", "4"];

export class Socket {
  readonly #options: SocketOptions;
  readonly #web: WebSocket;
  readonly #answers = new Map<number, Answered>();
  #asked = 0;
  #accepted = false;
  #over = false;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #silenceMs: number;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#silenceMs = options.patienceMs;
    const { web, heard } = options.dialled ?? dial(options.url);
    this.#web = web;
    const hear = (data: unknown) => typeof data === "string" && this.#heard(data);
    web.onmessage = ({ data }) => hear(data);
    web.onclose = () => this.#end(false);
    this.#listen();
    heard.forEach(hear);
    // it failed while nobody listened: told as any end, once whoever made this can hear it
    if (web.readyState > WebSocket.OPEN) queueMicrotask(() => this.#end(false));
  }

  get connected(): boolean {
    return this.#accepted && !this.#over;
  }

  /** Emit with an acknowledgement; undefined where none came in time or before the end. */
  ask(name: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    return new Promise((answer) => {
      const id = this.#asked++;
      const late = setTimeout(() => this.#answers.get(id)?.(undefined), timeoutMs);
      this.#answers.set(id, (given) => {
        clearTimeout(late);
        this.#answers.delete(id);
        answer(given);
      });
      this.#send(EVENT, [name, payload], id);
    });
  }

  /** Leave. Nothing is heard any more. */
  close(): void {
    if (this.connected) this.#send(DISCONNECT);
    this.#shut();
  }

  #heard(data: string): void {
    this.#listen();
    const [kind] = data;
    if (kind === "0") {
      const { pingInterval = 25_000, pingTimeout = 20_000 } = (parsed(data.slice(1)) ?? {}) as Record<string, number>;
      this.#silenceMs = pingInterval + pingTimeout;
      this.#send(CONNECT, this.#options.auth);
    } else if (kind === "1") this.#end(false);
    else if (kind === "2") this.#web.send(`3${data.slice(1)}`);
    else if (kind === "4") this.#packet(data);
  }

  #packet(data: string): void {
    const [, type, namespace, id, body = ""] = PACKET.exec(data) ?? [];
    if (namespace !== this.#options.namespace) return;
    const content = body ? parsed(body) : undefined;
    if (type === CONNECT) {
      this.#accepted = true;
      this.#options.accepted();
    } else if (type === CONNECT_ERROR) {
      this.#shut();
      this.#options.refused(content);
    } else if (type === DISCONNECT) this.#end(true);
    else if (type === EVENT && Array.isArray(content)) this.#options.event(String(content[0]), content[1]);
    else if (type === ACK && Array.isArray(content)) this.#answers.get(Number(id))?.(content[0]);
  }

  #send(type: string | undefined, content?: unknown, id: number | "" = ""): void {
    const body = content === undefined ? "" : JSON.stringify(content);
    if (this.#web.readyState === WebSocket.OPEN) this.#web.send(`4${type}${this.#options.namespace},${id}${body}`);
  }

  /** The server speaks at least every so often; when it does not, the line is dead, whatever the browser believes. */
  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#end(false), this.#silenceMs);
  }

  #end(sentAway: boolean): void {
    if (this.#over) return;
    this.#shut();
    this.#options.ended(sentAway);
  }

  #shut(): void {
    this.#over = true;
    clearTimeout(this.#silence);
    this.#web.onmessage = this.#web.onclose = null;
    this.#web.close();
    for (const answer of [...this.#answers.values()]) answer(undefined);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
