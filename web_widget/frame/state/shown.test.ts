import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../wire/types.ts";
import { excerpt, isAnswer, lines, taken } from "./shown.ts";

function said(seq: number, kind: Message["author"]["kind"], more: Partial<Message> = {}): Message {
  return {
    id: `msg_${seq}`,
    conversation_id: "cnv",
    seq,
    rev: seq,
    author: { kind },
    kind: "text",
    text: `${seq}`,
    created_at: `2026-11-22T10:${String(seq).padStart(2, "0")}:00`,
    ...more,
  };
}

const shape = (messages: readonly Message[], unreadFrom: number | null = null) =>
  lines(messages, [], unreadFrom).map((line) =>
    line.type === "said" ? `${line.message.text}${line.first ? "(" : ""}${line.last ? ")" : ""}` : line.type,
  );

test("what one author says within five minutes stands together, and an event parts it", () => {
  const talk = [said(1, "bot"), said(2, "bot"), said(9, "bot"), said(10, "visitor")];
  assert.deepEqual(shape(talk), ["day", "1(", "2)", "9()", "10()"]);
  const parted = [said(1, "agent"), said(2, "system", { kind: "event" }), said(3, "agent")];
  assert.deepEqual(shape(parted), ["day", "1()", "event", "3()"]);
  const two = [
    said(1, "agent", { author: { kind: "agent", name: "Sam" } }),
    said(2, "agent", { author: { kind: "agent", name: "Bo" } }),
  ];
  assert.deepEqual(shape(two), ["day", "1()", "2()"]);
});

test("each day is named once, and what is new is marked once, before the first of the other side", () => {
  const next = { created_at: "2026-11-23T10:00:00" };
  const talk = [
    said(1, "visitor"),
    said(2, "bot"),
    said(3, "visitor", next),
    said(4, "bot", next),
    said(5, "bot", next),
  ];
  assert.deepEqual(shape(talk, 2), ["day", "1()", "2()", "day", "3()", "new", "4(", "5)"]);
  assert.deepEqual(shape(talk, 5).includes("new"), false);
});

test("keys are one of a kind, and an own message keeps its own from the moment it was written", () => {
  const own = said(1, "visitor", { client_id: "own" });
  const keys = lines([own, said(2, "bot"), said(3, "bot")], [], 1).map((line) => line.key);
  assert.equal(new Set(keys).size, keys.length);
  assert.ok(keys.includes("own"));
});

test("a short text has no beginning apart; a long one ends with a sentence, else with a word", () => {
  assert.equal(excerpt("Short."), null);
  const sentences = "A sentence of some words stands here. ".repeat(20);
  assert.ok(excerpt(sentences)?.endsWith("here."));
  const words = "word ".repeat(200);
  assert.ok(/word…$/.test(excerpt(words) ?? ""));
  const rows = Array.from({ length: 12 }, (_, row) => `row ${row}`).join("\n");
  assert.ok((excerpt(rows)?.split("\n").length ?? 9) <= 4);
  for (const text of [sentences, words, rows, "x".repeat(900)]) assert.ok((excerpt(text) ?? "").length <= 241);
});

test("only what the bot answers can be rated, and a choice is known by what was said after it", () => {
  assert.ok(isAnswer(said(1, "bot")));
  assert.ok(!isAnswer(said(1, "agent")));
  assert.ok(!isAnswer(said(1, "bot", { content: { said: { key: "bot.greeting" } } })));
  assert.ok(!isAnswer(said(1, "bot", { kind: "choices" })));
  const asked = said(1, "bot", { kind: "choices" });
  const picked = said(2, "visitor", { content: { choice: { message_id: "msg_1", value: "2" } } });
  assert.equal(taken(asked, [asked, picked], []), "2");
  assert.equal(taken(asked, [asked], []), null);
});
