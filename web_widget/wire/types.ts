/**
 * The shapes of the wire (docs/protocol.md), for visitors and for agents. Times are ISO 8601 UTC, lengths in
 * characters, sizes in bytes, ids opaque. Fields may be added by a newer server, and unknown values of the unions come:
 * whoever draws one that it does not know shows its text.
 */

export type AuthorKind = "visitor" | "bot" | "agent" | "system";
export type MessageKind = "text" | "choices" | "card" | "form" | "file" | "survey" | "event";

export interface Author {
  kind: AuthorKind;
  id?: string;
  name?: string;
  avatar_url?: string | null;
}

export interface Attachment {
  id: string;
  name: string;
  /** By the file's content, not by its name. */
  type: string;
  size_bytes: number;
  width?: number;
  height?: number;
}

/** A piece of an answer's text: drawn as elements, never as HTML. Its types are told in intents/article_tree.py. */
export interface TextNode {
  type: string;
  children?: readonly TextNode[];
  text?: string;
  href?: string;
  src?: string;
  alt?: string;
  title?: string;
  level?: number;
  ordered?: boolean;
  start?: number;
  provider?: string;
  language?: string;
  width?: number;
  height?: number;
}

export interface ShownArticle {
  /** An article's; an intent's answer has none. */
  id?: string;
  question?: string;
  title?: string;
  excerpt?: string;
  body?: readonly TextNode[];
  url?: string;
}

export interface Choice {
  value: string;
  title: string;
}

/** What a message holds besides its text; which of these depends on its kind. */
export interface Content {
  choices?: readonly Choice[];
  none_of_these?: boolean;
  none_title?: string;
  /** In a visitor's message: what was picked, from which message. */
  choice?: { message_id: string; value: string };
  article?: ShownArticle;
  articles?: readonly ShownArticle[];
  /** The answers of intents, where they are more than plain paragraphs. */
  answers?: readonly ShownArticle[];
  /** What an answer says besides all these. */
  aside?: string;
  /** The catalogue's key of a sentence of the house's own, and what stands in its gaps. */
  said?: { key: string; params?: Record<string, string> };
  [more: string]: unknown;
}

export interface Rating {
  helpful: boolean;
  comment?: string | null;
}

export interface Message {
  id: string;
  conversation_id: string;
  /** 1, 2, 3 with no gap among what the visitor sees; null for what only agents see. */
  seq: number | null;
  /** Of its last change, in its reader's counting. */
  rev: number;
  /** Only for its sender. */
  client_id?: string;
  author: Author;
  kind: MessageKind;
  text: string;
  content?: Content;
  attachments?: readonly Attachment[];
  rating?: Rating;
  created_at: string;
  edited_at?: string;
  erased_at?: string;
}

export interface QueuePlace {
  position: number;
  /** Seconds, from the shortest to the longest likely wait; null where nobody is there to tell by. */
  wait_s: readonly [number, number] | null;
}

export interface Face {
  name: string;
  avatar_url: string | null;
}

/** What visitors and agents both know of a conversation. */
export interface ConversationBase {
  id: string;
  reference: string;
  status: string;
  channel: string;
  agent: Face | null;
  queue: QueuePlace | null;
  last_seq: number;
  rev: number;
  read: { visitor: number; us: number; delivered?: number };
  unread: number;
  created_at: string;
}

/** A conversation as its visitor sees it. */
export interface Conversation extends ConversationBase {
  status: "bot" | "waiting" | "person" | "resolved";
}

// agents ---------------------------------------------------------------------------------------

export interface Alternative {
  intent: string;
  confidence: number;
}

/** Why the bot said what it said. */
export interface Understanding {
  decision: string;
  intent: string | null;
  confidence: number;
  alternatives: readonly Alternative[];
  article_id?: string | null;
  model_version: string | null;
  reason: string;
  took_ms: number;
  topics?: readonly unknown[];
}

export interface AgentMessage extends Message {
  /** The rev at its making: agents order by it. */
  made_rev: number;
  private: boolean;
  delivery?: { state: string; error?: string };
  understanding?: Understanding;
}

export interface Contact {
  id: string;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  attributes?: Record<string, unknown>;
  verified?: readonly string[];
}

export interface Page {
  url?: string;
  title?: string;
  referrer?: string;
}

export interface LastMessage {
  excerpt: string;
  author: Author;
  at: string;
}

/** A conversation as agents see it. */
export interface AgentConversation extends ConversationBase {
  status: "bot" | "queued" | "assigned" | "snoozed" | "resolved";
  /** What each command must name. */
  epoch: number;
  workspace_id: string;
  inbox_id: string;
  contact: Contact;
  assignee: { id: string; name: string | null } | null;
  preferred_agent_id: string | null;
  team_id: string | null;
  tier: number;
  category: string | null;
  priority: number;
  labels: readonly string[];
  waiting_on: "visitor" | "us" | "third_party";
  waiting_since: string | null;
  resolution: string | null;
  previous_id: string | null;
  snoozed_until: string | null;
  survey_score: number | null;
  locale: string | null;
  page: Page | null;
  updated_at: string;
  last_message?: LastMessage | null;
}

/** What an agent needs to answer without asking again. */
export interface Packet {
  asked: string;
  summary: string;
  intent: string | null;
  confidence?: number | null;
  alternatives: readonly Alternative[];
  articles_shown: readonly { id: string; question?: string | null }[];
  choices_made: readonly { title: string; value: string }[];
  steps: readonly unknown[];
  slots: Record<string, unknown>;
  reason: string | null;
  page: Page | null;
  contact: Contact | null;
  earlier: readonly {
    id: string;
    status: string;
    resolution: string | null;
    category: string | null;
    created_at: string;
    asked: string;
  }[];
}

export interface Offer {
  id: string;
  conversation: AgentConversation;
  packet: Packet;
  expires_at: string;
}

export type AgentStatus = "online" | "away" | "offline";

export interface Agent {
  id: string;
  name: string;
  email: string;
  role: string;
  status: AgentStatus;
  seats: number;
  skills: readonly string[];
  tier: number;
  team_ids: readonly string[];
  avatar_url: string | null;
  rights?: readonly string[];
}

export interface Presence {
  agent_id: string;
  name: string | null;
  status: AgentStatus;
  connected: boolean;
}
