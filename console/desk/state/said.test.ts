import assert from "node:assert/strict";
import test from "node:test";
import type { AgentConversation, AgentMessage } from "../../../web_widget/wire/types.ts";
import { say } from "../../app/say.ts";
import { csv } from "../../app/ui/csv.ts";
import { find } from "./find.ts";
import { brief } from "./packet.ts";
import { pieces } from "./words.ts";

const CONVERSATION = { id: "cnv", status: "queued" } as AgentConversation;

function said(kind: string, text: string, more: object = {}): AgentMessage {
  return { author: { kind }, text, private: false, ...more } as AgentMessage;
}

test("without an offer's packet the messages tell what is wanted, tried, and why a person", () => {
  const messages = [
    said("visitor", "hello"),
    said("bot", "Hello.", { understanding: { reason: "greeting" } }),
    said("visitor", "my  lamp is\ndark"),
    said("bot", "Plug it in.", { content: { article: { id: "a", question: "Why is it dark?" } } }),
    said("bot", "I am bringing you to a person.", { content: { said: { key: "bot.to_person.angry" } } }),
  ];
  assert.deepEqual(brief(undefined, CONVERSATION, messages), {
    wants: "my lamp is dark",
    articles: ["Why is it dark?"],
    chosen: [],
    reason: "angry",
  });
});

test("only whole web addresses become links, without the sentence's own signs", () => {
  assert.deepEqual(pieces("See https://shop.example/a?b=1. Not javascript:alert(1)"), [
    { text: "See " },
    { text: "https://shop.example/a?b=1", href: "https://shop.example/a?b=1" },
    { text: ". Not javascript:alert(1)" },
  ]);
  assert.deepEqual(pieces("http://"), [{ text: "http://" }]);
});

test("what is typed is found by words, without accents, those that begin with it first", () => {
  const all = ["Where is my parcel?", "Parcel is late", "Café hours"];
  assert.deepEqual(find(all, "parcel", String), ["Parcel is late", "Where is my parcel?"]);
  assert.deepEqual(find(all, "cafe", String), ["Café hours"]);
  assert.deepEqual(find(all, " ", String), all);
});

test("sentences count in their language and keep gaps that nobody filled", () => {
  const chats = { one: "{count} chat", other: "{count} chats" };
  assert.deepEqual(
    [1, 2, 1200].map((count) => say(chats, { count }, "en")),
    ["1 chat", "2 chats", "1,200 chats"],
  );
  assert.equal(say("Send to {name}", {}, "en"), "Send to {name}");
});

test("a cell that a spreadsheet would run is written as text", () => {
  assert.equal(
    csv([
      ["=1+1", 'say "a"'],
      ["-2", "b,c"],
    ]),
    `'=1+1,"say ""a"""\r\n'-2,"b,c"`,
  );
});
