/** A visitor's visit: the line to the desk, the conversation before them, what is on its way out. The frame's one state. */

import { computed, effect, signal } from "@preact/signals";
import type {
  Acknowledged,
  Answer,
  VisitorCommands,
  VisitorEvents,
  VisitorSend,
  VisitorWelcome,
} from "../../wire/commands.ts";
import type { Dialled } from "../../wire/dial.ts";
import { Following } from "../../wire/following.ts";
import type { Kept } from "../../wire/kept.ts";
import { failure, Link } from "../../wire/link.ts";
import { Sending, type Unsent } from "../../wire/sending.ts";
import { type Happened, stillPending } from "../../wire/thread.ts";
import type { Attachment, Choice, Conversation, Message, Page } from "../../wire/types.ts";
import type { Config } from "./config.ts";
import type { Drawer } from "./drawer.ts";

/** An own message as it was written. */
export interface Own {
  text: string;
  attachments?: readonly Attachment[];
  choice?: { message_id: string; value: string };
  /** What the picked choice is called. */
  title?: string;
  startNew?: boolean;
}

export interface VisitOptions {
  publicKey: string;
  config: Config;
  kept: Kept;
  drawer: Drawer;
  locale(): string;
  jwt(): Promise<string | null>;
  page?: Page;
  /** The first connection, if it was begun before. */
  dialled?: Dialled | undefined;
}

export type Open = Following<Conversation, Message>;

const NEW = "new";
const SEND_S = 15;
const TYPING_MS = 6_000;
const ANSWER_MS = 12_000;

export class Visit {
  readonly config: Config;
  readonly link: Link<VisitorCommands, VisitorEvents>;
  readonly sending: Sending<Own>;
  readonly welcome = signal<VisitorWelcome | null>(null);
  readonly open = signal<Open | null>(null);
  /** Who types on the other side: a kind of author. */
  readonly typing = signal<string | null>(null);
  readonly thread = computed(() => this.open.value?.thread.value ?? null);
  readonly conversation = computed(() => this.thread.value?.conversation ?? null);
  readonly status = computed(() => this.conversation.value?.status ?? "bot");
  /** Own messages that are not among the conversation's yet. */
  readonly pending = computed(() =>
    stillPending(
      [...this.#arriving.value, ...this.sending.unsent.value].filter((one) => one.line === this.#line.value),
      this.thread.value?.messages ?? [],
    ),
  );
  /** The start form was filled in, or put aside. */
  readonly detailsGiven = signal(false);
  /** They were here before: there may be earlier conversations. */
  readonly returning = signal(false);
  /** The conversation that began here, by what the visitor did: nothing in it is news from before. */
  begun = "";
  readonly options: VisitOptions;
  page: Page | undefined;

  readonly #arriving = signal<readonly Unsent<Own>[]>([]);
  readonly #line = computed(() => this.open.value?.id ?? NEW);
  #askedRev: number | null = null;
  #starting = false;
  #opening = "";
  #typingEnds: ReturnType<typeof setTimeout> | undefined;
  readonly #undo: (() => void)[] = [];

  constructor(options: VisitOptions) {
    this.options = options;
    this.config = options.config;
    this.page = options.page;
    this.returning.value = this.token !== undefined;
    this.detailsGiven.value = options.drawer.get("details") !== undefined;
    const { dialled } = options;
    this.link = new Link({ url: location.origin, namespace: "/visitor", auth: () => this.#auth(), dialled });
    this.sending = new Sending<Own>({
      kept: options.kept,
      prefix: `${options.publicKey}/unsent/`,
      send: (unsent) => this.#send(unsent),
      sent: (unsent, ack) => this.#sent(unsent, ack),
    });
    this.#listen();
    void this.sending.load();
    this.link.open();
  }

  get token(): string | undefined {
    return this.options.drawer.get("token");
  }

  say(own: Own): boolean {
    if (this.#starting) own = { ...own, startNew: true };
    return this.sending.send(this.#line.value, own) !== null;
  }

  choose(message: Message, { value, title }: Choice): void {
    this.say({ text: "", title, choice: { message_id: message.id, value } });
  }

  /** Show a conversation of this visitor's; false where it cannot be had now. */
  async show(conversationId: string): Promise<boolean> {
    if (this.open.value?.id === conversationId) return true;
    if (this.#opening === conversationId) return false;
    this.#opening = conversationId;
    const answer = await this.link.call("conversation.open", { conversation_id: conversationId });
    this.#opening = "";
    if (answer.ok) this.#follow(new Following(answer, this.#asking()));
    else if (answer.error.code === "not_found") this.options.drawer.set("last", undefined);
    return answer.ok;
  }

  /** An empty page: what is written next begins a conversation. */
  startNew(): void {
    this.#starting = true;
    this.#end();
    this.options.drawer.set("last", undefined);
  }

  /** department: one of the start form's. */
  async askForPerson(department?: string): Promise<Answer> {
    const conversation_id = this.open.value?.id;
    const answer = await this.link.call("person.request", {
      ...(conversation_id ? { conversation_id } : {}),
      ...(department ? { department } : {}),
    });
    if (answer.ok && answer.conversation.id !== conversation_id) {
      this.begun = answer.conversation.id;
      await this.show(this.begun);
    }
    return answer;
  }

  /** One of the commands that take only the conversation shown. */
  async ask(name: "person.cancel" | "conversation.end"): Promise<Answer> {
    const conversation_id = this.open.value?.id;
    return conversation_id ? this.link.call(name, { conversation_id }) : failure("not_found");
  }

  leave(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#end();
    this.sending.online(false);
    this.link.dispose();
  }

  async #auth(): Promise<object> {
    const { publicKey, locale, jwt } = this.options;
    const thread = this.thread.value;
    this.#askedRev = thread?.rev ?? null;
    return {
      inbox: publicKey,
      protocol: 1,
      token: this.token,
      identity: (await jwt()) ?? undefined,
      last_rev: thread ? { [thread.conversation.id]: thread.rev } : undefined,
      locale: locale(),
      page: this.page,
    };
  }

  #listen(): void {
    const { link } = this;
    const on = (name: "message.created" | "message.updated") =>
      link.on(name, (message) => this.#happened(message.conversation_id, { type: "message", message }));
    on("message.created");
    on("message.updated");
    link.on("welcome", (welcome) => this.#welcomed(welcome));
    link.on("conversation.updated", (conversation) =>
      this.#happened(conversation.id, { type: "conversation", conversation }),
    );
    link.on("read.updated", (read) => this.#happened(read.conversation_id, { type: "read", ...read }));
    link.on("queue.updated", (place) => this.#open(place.conversation_id)?.queue(place));
    link.on(
      "typing",
      ({ conversation_id, author, on }) => this.#open(conversation_id) && this.#types(on ? author.kind : null),
    );
    link.on("sync", (revs) => {
      for (const [id, rev] of Object.entries(revs)) this.#open(id)?.heard(rev);
    });
    this.#undo.push(
      effect(() => {
        if (link.state.value !== "online") this.sending.online(false);
      }),
      effect(() => this.sending.seen(new Set(this.thread.value?.messages.map((one) => one.client_id)))),
    );
  }

  #open(conversationId: string): Open | null {
    const open = this.open.value;
    return open?.id === conversationId ? open : null;
  }

  #welcomed(welcome: VisitorWelcome): void {
    const { drawer } = this.options;
    drawer.set("token", welcome.token);
    this.welcome.value = welcome;
    const { conversation } = welcome;
    const open = this.open.value;
    const page = conversation && { ...welcome, conversation };
    const last = drawer.get("last");
    if (open && page && open.id === page.conversation.id) open.given(page, this.#askedRev);
    else if (open && (!page || this.status.value !== "resolved")) void this.#refresh(open);
    else if (page && !this.#starting) this.#follow(new Following(page, this.#asking()));
    else if (last && !this.#starting) void this.show(last);
    this.sending.online(true);
  }

  async #refresh(open: Open): Promise<void> {
    const { rev } = open.thread.value;
    const answer = await this.link.call("conversation.open", { conversation_id: open.id, rev });
    if (answer.ok) open.given(answer, rev);
    // it is somebody else's: who is here has changed
    else if (answer.error.code === "not_found" && this.open.value === open) this.startNew();
  }

  #happened(conversationId: string, happened: Happened<Conversation, Message>): void {
    const open = this.#open(conversationId);
    if (open) open.happened(happened);
    // another tab began it, or the desk did
    else if (!this.#starting && (!this.open.value || this.status.value === "resolved")) void this.show(conversationId);
    if (happened.type === "message" && happened.message.author.kind !== "visitor") this.#types(null);
  }

  #types(kind: string | null, forMs = TYPING_MS): void {
    clearTimeout(this.#typingEnds);
    this.typing.value = kind;
    if (kind) this.#typingEnds = setTimeout(() => this.#types(null), forMs);
  }

  #follow(following: Open): void {
    this.#end();
    this.#starting = false;
    this.open.value = following;
    this.options.drawer.set("last", following.id);
    this.sending.rename(NEW, following.id);
    this.#arriving.value = this.#arriving.value.map((one) => (one.line === NEW ? { ...one, line: following.id } : one));
  }

  #end(): void {
    this.open.value?.end();
    this.open.value = null;
    this.#types(null);
  }

  #asking() {
    return {
      changes: (conversation_id: string, rev: number) => this.link.call("changes.after", { conversation_id, rev }),
      before: (conversation_id: string, seq: number) => this.link.call("messages.before", { conversation_id, seq }),
    };
  }

  #send({ client_id, line, payload }: Unsent<Own>): Promise<Answer<Acknowledged>> {
    const { text, attachments, choice, startNew } = payload;
    const send: VisitorSend = { client_id };
    if (line !== NEW) send.conversation_id = line;
    else if (startNew) send.start_new = true;
    if (text) send.text = text;
    if (attachments?.length) send.attachment_ids = attachments.map(({ id }) => id);
    if (choice) send.choice = choice;
    return this.link.call("message.send", send, SEND_S);
  }

  #sent(unsent: Unsent<Own>, ack: Acknowledged): void {
    const { conversation_id } = ack.message;
    this.#arriving.value = [...stillPending(this.#arriving.value, this.thread.value?.messages ?? []), unsent].slice(
      -50,
    );
    const open = this.#open(conversation_id);
    if (!open) {
      this.begun = conversation_id;
      return void this.show(conversation_id);
    }
    const { text, title, attachments, choice } = unsent.payload;
    open.acknowledged(ack, {
      client_id: unsent.client_id,
      author: { kind: "visitor" },
      kind: text || title ? "text" : "file",
      text: text || title || "",
      ...(choice ? { content: { choice } } : {}),
      ...(attachments?.length ? { attachments } : {}),
    });
    if (this.status.value === "bot") this.#types("bot", ANSWER_MS);
  }
}
