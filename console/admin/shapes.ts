// What the API answers on the admin's screens (docs/protocol.md; /api/v1/openapi.json).
import type { Agent } from "../app/session.ts";

export interface Look {
  accent?: string | null;
  side?: "start" | "end" | null;
  logo_url?: string | null;
  greeting?: string | null;
}

export interface Workspace {
  name: string;
  look?: Look | null;
}

export interface FormField {
  key: string;
  label?: string | null;
  required?: boolean;
}

export interface StartForm {
  required: boolean;
  fields: FormField[];
  departments?: string[];
  consent?: { text: string; required?: boolean } | null;
}

export interface InboxSettings {
  reopen_within_h?: number;
  bot_as_guest?: boolean;
  escalate_directly?: boolean;
  sites?: string[];
  locale?: string;
  /** Those offered to visitors; none: all. */
  locales?: string[];
  look?: Look | null;
  start_form?: StartForm | null;
  help?: { on: boolean } | null;
  survey?: { on: boolean } | null;
  [more: string]: unknown;
}

export interface Inbox {
  id: string;
  name: string;
  channel: string;
  public_key: string;
  bot_id: string | null;
  default_team_id: string | null;
  settings: InboxSettings;
  identity_keys: { kid: string; alg: string }[];
  created_at: string;
  access?: Access | null;
}

export interface Access {
  token: string;
  webhook_secret: string;
}

export interface Word {
  key: string;
  text: string;
  default: string;
  params: string[] | Record<string, unknown>;
}

export interface Checked {
  found: boolean;
  reason: string;
  message: string;
  url: string;
}

export interface Team {
  id: string;
  name: string;
  member_ids: string[];
}

export interface Invitation {
  id: string;
  email: string;
  name?: string | null;
  role: Agent["role"];
  expires_at: string;
  /** Its time has passed. */
  is_over?: boolean;
  /** Shown once, to whoever made it. */
  link?: string;
  mailed?: boolean;
  mail_problem?: string | null;
}

export interface Bot {
  id: string;
  name: string;
  knowledge_base_id: string;
  settings: Record<string, unknown>;
  live_model_id: string | null;
  knowledge_rev: number;
}

export interface Article {
  id: string;
  question: string;
  answer: string;
  category: string | null;
  locale: string | null;
  phrasings: string[];
  rev: number;
  updated_at: string;
  /** What it comes near to; in the answer to a change. */
  overlaps?: Overlap[];
}

export interface Intent {
  id: string;
  bot_id: string;
  name: string;
  title: string;
  answer: string | null;
  category: string | null;
  rev: number;
  examples_count: number;
  updated_at: string;
}

export interface Example {
  id: string;
  intent_id: string;
  text: string;
  source: string;
  created_at: string;
}

export interface OverlapSide {
  example_id?: string | null;
  text: string;
  intent_id?: string | null;
  intent?: string | null;
  article_id?: string | null;
  article?: string | null;
}

export interface Overlap {
  kind: "duplicate" | "conflict";
  similarity: number;
  a: OverlapSide;
  b: OverlapSide;
}

export interface Imported {
  added: number;
  changed: number;
  unchanged: number;
  skipped: number;
  problems: { line: number; field?: string | null; message: string }[];
  problems_left_off?: number;
  new_intents?: number;
}

export interface ModelVersion {
  id: string;
  bot_id: string;
  number: number;
  version: string;
  state: "training" | "ready" | "failed";
  live: boolean;
  figures: Record<string, unknown>;
  made_by: string | null;
  published_by: string | null;
  created_at: string;
  published_at: string | null;
  progress?: { step?: string; share?: number; message?: string; stage?: string; done?: number; total?: number } | null;
}

export interface Overview {
  asked: number;
  answered: number;
  clarified?: number;
  handed_off: number;
  by_person?: number;
  waits?: { p50_s: number | null; p90_s: number | null } | null;
  first_answer?: { n?: number; p50_s: number | null; p90_s: number | null } | null;
  helpful?: { yes: number; no: number } | null;
  survey?: { n: number; mean: number | null } | null;
  unknown?: Unknown[];
  unknown_count?: number;
  by_day?: Day[];
  definitions?: Record<string, string>;
}

export interface Unknown {
  text: string;
  conversation_id: string;
  at: string;
  message_id?: string | null;
}

export interface Day {
  day: string;
  asked?: number;
  answered?: number;
  handed_off?: number;
  [more: string]: unknown;
}
