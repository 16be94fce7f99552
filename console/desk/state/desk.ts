// The desk of the agent who is logged in: its line, its lists, what is open, what rings, what is unsent.
import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { Acknowledged, AgentWelcome, Answer } from "../../../web_widget/wire/commands.ts";
import { keep } from "../../../web_widget/wire/kept.ts";
import { Sending, type Unsent } from "../../../web_widget/wire/sending.ts";
import type { AgentConversation, AgentMessage, Attachment } from "../../../web_widget/wire/types.ts";
import { get, isRefusal } from "../../app/http.ts";
import { type Agent, me, over, type Status } from "../../app/session.ts";
import { Drafts } from "./drafts.ts";
import { agentLink } from "./line.ts";
import { Lists } from "./lists.ts";
import { Offers } from "./offers.ts";
import { People } from "./people.ts";
import { Rows } from "./rows.ts";
import { Threads } from "./threads.ts";

export interface Outgoing {
  text: string;
  files: readonly Attachment[];
  private: boolean;
  /** At which it was written; a reply that meets another one is refused, unless the chat is still ours. */
  epoch: number;
}

const TYPING_MS = 6_000;
const REFUSED_MS = 5_000;

export class Desk {
  readonly link = agentLink();
  readonly rows = new Rows();
  readonly people = new People();
  readonly offers = new Offers();
  readonly lists: Lists;
  readonly threads: Threads;
  readonly sending: Sending<Outgoing>;
  readonly drafts: Drafts;
  /** Conversations whose visitors are typing, until when. */
  readonly typing = signal<ReadonlyMap<string, number>>(new Map());
  /** Who waits, as the server counts it; null until it has said so. */
  readonly waiting = signal<{ waiting: number; longest_wait_s: number } | null>(null);
  readonly status = signal<Status>(me.peek()?.status ?? "offline");
  /** Whether a welcome has come: before, nothing is known of offers. */
  readonly welcomed = signal(false);
  readonly #undo: (() => void)[] = [];
  readonly #asked = new Set<string>();

  constructor(agent: Agent) {
    const kept = keep("frontdesk.desk");
    this.lists = new Lists(this.rows, () => me.peek() ?? agent);
    this.threads = new Threads(this.link);
    this.drafts = new Drafts(`frontdesk.draft.${agent.id}.`);
    this.sending = new Sending<Outgoing>({
      kept,
      prefix: `unsent:${agent.id}:`,
      send: (unsent) => this.#send(unsent),
      sent: (unsent, ack) => this.#sent(unsent, ack),
    });
  }

  get state(): ReadonlySignal<string> {
    return this.link.state;
  }

  open(): void {
    const { link } = this;
    this.#undo.push(
      link.on("welcome", (welcome) => this.#welcome(welcome)),
      link.on("message.created", (message) => this.#message(message)),
      link.on("message.updated", (message) => this.#message(message)),
      link.on("conversation.updated", (one) => this.#conversation(one)),
      link.on("read.updated", (read) => {
        this.threads.held(read.conversation_id)?.happened({ type: "read", ...read });
        if (read.by === "us") this.rows.read(read.conversation_id, read.seq);
      }),
      link.on(
        "typing",
        ({ conversation_id, author, on }) => author.kind === "visitor" && this.#types(conversation_id, on),
      ),
      link.on("sync", (revs) => this.#sync(revs)),
      link.on("offer.created", (offer) => {
        this.rows.put([offer.conversation]);
        this.offers.made(offer);
      }),
      link.on("offer.withdrawn", ({ offer_id }) => void this.offers.over(offer_id)),
      link.on("presence.updated", (one) => {
        this.people.changed(one);
        if (one.agent_id === me.peek()?.id) this.status.value = one.status;
      }),
      link.on("desk.updated", (numbers) => {
        this.waiting.value = numbers;
      }),
      effect(() => {
        const state = link.state.value;
        this.sending.online(state === "online" && this.welcomed.peek());
        if (state === "refused") void this.#refused();
      }),
    );
    void this.sending.load();
    void this.people.fetch();
    void this.lists.fetchViews();
    link.open();
  }

  close(): void {
    this.drafts.flush();
    for (const undo of this.#undo.splice(0)) undo();
    this.sending.online(false);
    this.threads.close();
    this.offers.close();
    this.link.dispose();
  }

  /** Put a conversation's newest state where it belongs. */
  take(conversation: AgentConversation): void {
    this.rows.put([conversation]);
    this.lists.place(conversation.id);
  }

  #welcome(welcome: AgentWelcome): void {
    this.status.value = welcome.agent.status;
    this.people.here(welcome.presence);
    this.rows.put(welcome.offers.map((one) => one.conversation));
    this.offers.all(welcome.offers);
    const again = this.welcomed.peek();
    this.welcomed.value = true;
    this.sending.online(true);
    // lists are pages: fetched again, for what was missed
    if (again) {
      this.lists.refresh();
      void this.people.fetch();
    } else {
      this.lists.ask("queue");
      this.lists.ask("mine");
    }
    this.threads.again();
  }

  #message(message: AgentMessage): void {
    this.threads.held(message.conversation_id)?.happened({ type: "message", message });
    if (message.author.kind === "visitor") this.#types(message.conversation_id, false);
    if (message.client_id) this.sending.seen(new Set([message.client_id]));
    if (this.rows.peek(message.conversation_id)) {
      this.rows.said(message);
      this.lists.place(message.conversation_id);
    } else {
      void this.#ask(message.conversation_id);
    }
  }

  #conversation(conversation: AgentConversation): void {
    this.threads.held(conversation.id)?.happened({ type: "conversation", conversation });
    this.take(conversation);
  }

  #sync(revs: Record<string, number>): void {
    this.threads.heard(revs);
    for (const [id, rev] of Object.entries(revs)) {
      const row = this.rows.peek(id);
      if (!row || row.rev < rev) void this.#ask(id);
    }
  }

  /** A conversation that is not known here, or an older state of it. */
  async #ask(id: string): Promise<void> {
    if (this.#asked.has(id)) return;
    this.#asked.add(id);
    try {
      this.take((await get<{ conversation: AgentConversation }>(`/conversations/${id}`)).conversation);
    } catch {
      // the next digest asks again
    } finally {
      this.#asked.delete(id);
    }
  }

  #types(id: string, on: boolean): void {
    const now = Date.now();
    const next = new Map([...this.typing.peek()].filter(([, until]) => until > now));
    if (on) next.set(id, now + TYPING_MS);
    else if (!next.delete(id)) return;
    this.typing.value = next;
    if (on) setTimeout(() => (this.typing.peek().get(id) ?? 0) <= Date.now() && this.#types(id, false), TYPING_MS + 50);
  }

  #send(unsent: Unsent<Outgoing>): Promise<Answer<Acknowledged>> {
    const { text, files, private: hidden, epoch } = unsent.payload;
    const now = this.threads.held(unsent.line)?.thread.peek().conversation ?? this.rows.peek(unsent.line);
    const ours = now?.assignee?.id === me.peek()?.id;
    return this.link.call("message.send", {
      conversation_id: unsent.line,
      client_id: unsent.client_id,
      text,
      ...(files.length ? { attachment_ids: files.map((one) => one.id) } : {}),
      ...(hidden ? { private: true } : { epoch: ours && now ? now.epoch : epoch }),
    });
  }

  #sent(unsent: Unsent<Outgoing>, ack: Acknowledged): void {
    const { text, files, private: hidden } = unsent.payload;
    const agent = me.peek();
    const sent = {
      client_id: unsent.client_id,
      author: { kind: "agent" as const, ...(agent ? { id: agent.id, name: agent.name } : {}) },
      kind: "text" as const,
      text,
      private: hidden,
      made_rev: ack.message.rev,
      ...(files.length ? { attachments: files } : {}),
      ...(hidden ? {} : { delivery: { state: "sent" } }),
    };
    this.threads.held(unsent.line)?.acknowledged(ack, sent);
    this.rows.said({ ...sent, ...ack.message });
    this.lists.place(unsent.line);
  }

  /** Sent away: ask whether the session still holds, and come back if it does. */
  async #refused(): Promise<void> {
    try {
      await get("/sessions/current");
    } catch (error) {
      if (isRefusal(error, "unauthorized")) return over();
    }
    setTimeout(() => this.link.state.peek() === "refused" && this.link.reopen(), REFUSED_MS);
  }
}

/** The desk that is open; null until its agent has come in. */
export const desk = signal<Desk | null>(null);

/** Open the desk of whoever is logged in; returns how to close it. */
export function openDesk(): () => void {
  const agent = me.peek();
  if (!agent) return () => {};
  const opened = new Desk(agent);
  desk.value = opened;
  opened.open();
  return () => {
    if (desk.peek() === opened) desk.value = null;
    opened.close();
  };
}
