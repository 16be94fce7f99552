/** What every view draws from and acts on. */

import type { Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Answer, WireError } from "../../wire/commands.ts";
import type { Bridge } from "./bridge.ts";
import type { Config } from "./config.ts";
import type { Reading } from "./reading.ts";
import type { Visit } from "./visit.ts";
import { t } from "./words.ts";
import type { Writing } from "./writing.ts";

export type View = "chat" | "earlier" | "help" | "details" | "transcript";

export interface Room {
  visit: Visit;
  writing: Writing;
  reading: Reading;
  bridge: Bridge;
  view: Signal<View>;
  /** What a screen reader is told next, politely. */
  heard: Signal<string>;
  /** The frame is the whole screen of a phone. */
  full: Signal<boolean>;
  /** Focus where the visitor would write. */
  toWriting(): void;
}

export const RoomContext = createContext<Room | null>(null);

export function useRoom(): Room {
  const room = useContext(RoomContext);
  if (!room) throw new Error("a view is drawn outside the room");
  return room;
}

/** What the bot is called: always with the word for what it is. */
export function botName({ bot }: Config): string {
  const own = bot?.name?.trim();
  return own && own.toLowerCase() !== "bot" ? `${own} · ${t("who.bot")}` : t("who.bot");
}

const TOLD = ["offline", "timeout", "unavailable", "rate_limited", "too_large", "unsupported", "not_found"];

/** An error in the visitor's language. */
export function sentence(error: Pick<WireError, "code">): string {
  return t(`error.${TOLD.includes(error.code) ? error.code : "other"}`);
}

/** Tell a screen reader of an answer that is an error; whether it was well. */
export function well(room: Room, answer: Answer): boolean {
  if (!answer.ok) room.heard.value = room.writing.problem.value = sentence(answer.error);
  return answer.ok;
}
