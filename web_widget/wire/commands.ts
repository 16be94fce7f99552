/** What is said over the sockets: every command with its payload and acknowledgement, every event with its payload. */

import type {
  Agent,
  AgentConversation,
  AgentMessage,
  AgentStatus,
  Conversation,
  ConversationBase,
  Message,
  Offer,
  Presence,
  QueuePlace,
} from "./types.ts";

/** The protocol's codes, and three of the client's own: `offline` (no connection), `timeout`, `broken` (an answer that cannot be read). */
export type ErrorCode =
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
  | "timeout"
  | "broken";

export interface WireError<C extends ConversationBase = ConversationBase> {
  code: ErrorCode;
  message: string;
  field?: string;
  retry_after_s?: number;
  /** With a `conflict` of the epoch: as it is now. */
  conversation?: C;
}

export type Answer<T = unknown> = ({ ok: true } & T) | { ok: false; error: WireError };

/** A command's payload and what its acknowledgement carries besides `ok`. */
export interface Command<In, Out = unknown> {
  in: In;
  out: Out;
}

/** What a namespace's commands have to look like: names to `Command`s. */
export type CommandsOf<C> = { [Name in keyof C]: Command<object> };

export interface PageOf<C, M> {
  conversation: C;
  messages: readonly M[];
  rev: number;
  more: boolean;
}

export interface Acknowledged {
  message: { id: string; conversation_id: string; seq: number | null; rev: number; created_at: string };
  duplicate: boolean;
}

interface OfConversation {
  conversation_id: string;
}

interface AtEpoch extends OfConversation {
  epoch: number;
}

interface Reading<C, M> {
  "changes.after": Command<OfConversation & { rev: number; limit?: number }, PageOf<C, M>>;
  "messages.before": Command<
    OfConversation & { seq: number; limit?: number },
    { messages: readonly M[]; more: boolean }
  >;
  read: Command<OfConversation & { seq: number; delivered_seq?: number }>;
  typing: Command<{ conversation_id?: string; on: boolean }>;
}

interface Happening<C, M> {
  "message.created": M;
  "message.updated": M;
  "conversation.updated": C;
  "read.updated": { conversation_id: string; by: "visitor" | "us"; seq: number; rev: number; delivered_seq?: number };
  typing: { conversation_id: string; author: { kind: string; name?: string }; on: boolean };
  sync: Record<string, number>;
}

// visitors -------------------------------------------------------------------------------------

export interface StartFormField {
  key: string;
  label?: string | null;
  required?: boolean;
}

export interface StartForm {
  required?: boolean;
  fields?: readonly StartFormField[];
  departments?: readonly { id: string; name: string }[];
  consent?: { text: string; required?: boolean } | null;
}

export interface VisitorWelcome {
  protocol: number;
  visitor: { id: string; name?: string };
  token: string;
  inbox: { name: string; bot: boolean; locale: string; start_form?: StartForm | null; languages?: readonly string[] };
  conversation: Conversation | null;
  messages: readonly Message[];
  more: boolean;
  rev: number;
}

export interface WayToHelp {
  kind: string;
  team?: { id: string; name: string } | null;
  open: boolean;
  wait_s: readonly [number, number] | null;
  people_online: number;
}

export interface VisitorSend {
  client_id: string;
  conversation_id?: string;
  start_new?: boolean;
  text?: string;
  attachment_ids?: readonly string[];
  choice?: { message_id: string; value: string };
}

export interface VisitorCommands extends Reading<Conversation, Message> {
  "message.send": Command<VisitorSend, Acknowledged>;
  "conversations.list": Command<{ cursor?: string }, { conversations: readonly Conversation[]; cursor: string | null }>;
  "conversation.open": Command<OfConversation & { rev?: number }, PageOf<Conversation, Message>>;
  "person.request": Command<
    { conversation_id?: string; reason?: string; department?: string },
    { conversation: Conversation }
  >;
  "person.cancel": Command<OfConversation, { conversation: Conversation }>;
  "answer.rate": Command<{ message_id: string; helpful: boolean; comment?: string }>;
  "conversation.end": Command<OfConversation, { conversation: Conversation }>;
  "survey.submit": Command<OfConversation & { score: number; comment?: string }>;
  "form.submit": Command<{
    values: Record<string, string>;
    department?: string;
    consent?: { text: string; at: string };
  }>;
  "visitor.update": Command<{ name?: string; email?: string; locale?: string; page?: object }>;
  track: Command<{ name: string; data?: Record<string, unknown> }>;
  "help.ways": Command<object, { ways: readonly WayToHelp[] }>;
}

export interface VisitorEvents extends Happening<Conversation, Message> {
  welcome: VisitorWelcome;
  "queue.updated": { conversation_id: string } & QueuePlace;
}

// agents ---------------------------------------------------------------------------------------

type Moved = { conversation: AgentConversation };

export interface AgentWelcome {
  protocol: number;
  agent: Agent;
  offers: readonly Offer[];
  mine: readonly { conversation_id: string; rev: number }[];
  presence: readonly Presence[];
  server_version: string;
}

export interface AgentSend {
  conversation_id: string;
  client_id: string;
  /** Needed for a reply, not for a private note. */
  epoch?: number;
  text?: string;
  attachment_ids?: readonly string[];
  private?: boolean;
}

export interface AgentCommands extends Reading<AgentConversation, AgentMessage> {
  "status.set": Command<{ status: AgentStatus }, { agent: Agent }>;
  "conversation.accept": Command<AtEpoch & { offer_id?: string }, Moved>;
  "conversation.decline": Command<{ offer_id: string }>;
  "conversation.take_over": Command<AtEpoch, Moved>;
  "conversation.transfer": Command<
    AtEpoch & { to: { agent_id: string } | { team_id: string } | { tier: number }; note?: string },
    Moved
  >;
  "conversation.release": Command<AtEpoch, Moved>;
  "conversation.hand_back": Command<AtEpoch & { note?: string }, Moved>;
  "conversation.snooze": Command<AtEpoch & { until?: string }, Moved>;
  "conversation.wake": Command<AtEpoch, Moved>;
  "conversation.resolve": Command<
    AtEpoch & { wrap_up?: { category?: string; cause?: string; outcome?: string } },
    Moved
  >;
  "conversation.assign": Command<AtEpoch & { agent_id: string }, Moved>;
  "conversation.update": Command<
    OfConversation & { category?: string; priority?: number; labels?: readonly string[] },
    Moved
  >;
  "conversation.watch": Command<OfConversation & { rev?: number }, PageOf<AgentConversation, AgentMessage>>;
  "conversation.unwatch": Command<OfConversation>;
  "message.send": Command<AgentSend, Acknowledged>;
  "message.edit": Command<{ message_id: string; text: string }, { message: AgentMessage }>;
  "message.withdraw": Command<{ message_id: string }, { message: AgentMessage }>;
}

export interface AgentEvents extends Happening<AgentConversation, AgentMessage> {
  welcome: AgentWelcome;
  "offer.created": Offer;
  "offer.withdrawn": { offer_id: string; conversation_id: string; reason: string };
  "presence.updated": Presence;
  "desk.updated": { waiting: number; longest_wait_s: number };
}
