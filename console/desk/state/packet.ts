// What a conversation is about, in three lines: from the packet of its offer, else from what was said. Pure.
import type { AgentConversation, AgentMessage, Packet } from "../../../web_widget/wire/types.ts";

export interface Brief {
  /** In the visitor's words. */
  wants: string;
  articles: readonly string[];
  chosen: readonly string[];
  /** A reason's key, or the visitor's words. */
  reason: string | null;
}

const LONGEST = 240;

export function brief(
  packet: Packet | undefined,
  conversation: AgentConversation,
  messages: readonly AgentMessage[],
): Brief | null {
  if (packet) {
    return {
      wants: clip(packet.summary || packet.asked),
      articles: packet.articles_shown.map((one) => one.question ?? "").filter(Boolean),
      chosen: packet.choices_made.map((one) => one.title),
      reason: packet.reason,
    };
  }
  const spoken = messages.filter((one) => !one.private && !one.erased_at);
  const asked = spoken.find(
    (one) => one.author.kind === "visitor" && one.text.trim() && !one.content?.choice && isQuestion(spoken, one),
  );
  if (!asked && conversation.status !== "queued") return null;
  return {
    wants: clip(asked?.text.trim() ?? ""),
    articles: [...new Set(spoken.filter((one) => one.author.kind === "bot").flatMap(shown))],
    chosen: spoken.filter((one) => one.author.kind === "visitor" && one.content?.choice).map((one) => one.text),
    reason: [...spoken].reverse().map(reasonOf).find(Boolean) ?? (spoken.some(isInLine) ? "asked" : null),
  };
}

function isQuestion(spoken: readonly AgentMessage[], message: AgentMessage): boolean {
  const next = spoken[spoken.indexOf(message) + 1];
  const reason = next?.author.kind === "bot" ? next.understanding?.reason : undefined;
  return !["greeting", "thanks", "goodbye", "asked"].includes(reason ?? "");
}

function shown(message: AgentMessage): string[] {
  const all = message.content?.articles ?? (message.content?.article ? [message.content.article] : []);
  return all.map((one) => one.question ?? one.title ?? "").filter(Boolean);
}

function reasonOf(message: AgentMessage): string | null {
  const key = message.content?.said?.key;
  return key?.startsWith("bot.to_person.") ? key.slice("bot.to_person.".length) : null;
}

/** In line, and the bot had no part in it: the visitor has asked. */
function isInLine(message: AgentMessage): boolean {
  return message.content?.said?.key === "queue.entered";
}

function clip(text: string): string {
  const one = text.replace(/\s+/g, " ").trim();
  return one.length > LONGEST ? `${one.slice(0, LONGEST - 1).trimEnd()}…` : one;
}
