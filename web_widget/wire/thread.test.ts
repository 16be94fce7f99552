import assert from "node:assert/strict";
import { test } from "node:test";
import { apply, begin, catchUp, type Happened, hear, isBehind, prepend, stillPending, type Thread } from "./thread.ts";
import type { Conversation, Message } from "./types.ts";

type Said = Happened<Conversation, Message>;

/** A desk that keeps one conversation as the server does, and remembers each event that it told. */
class Desk {
  conversation: Conversation = {
    id: "cnv_1",
    reference: "F-2026-00001",
    status: "bot",
    channel: "web",
    agent: null,
    queue: null,
    last_seq: 0,
    rev: 0,
    read: { visitor: 0, us: 0 },
    unread: 0,
    created_at: "2026-11-22T10:00:00.000Z",
  };
  messages: Message[] = [];
  told: Said[] = [];

  says(kind: Message["author"]["kind"], messageKind: Message["kind"] = "text"): void {
    const seq = this.conversation.last_seq + 1;
    const rev = this.conversation.rev + 1;
    const message: Message = {
      id: `msg_${seq}`,
      conversation_id: "cnv_1",
      seq,
      rev,
      author: { kind },
      kind: messageKind,
      text: `text ${seq}`,
      created_at: "2026-11-22T10:00:00.000Z",
      ...(kind === "visitor" ? { client_id: `own-${seq}` } : {}),
    };
    const counts = kind !== "visitor" && messageKind !== "event";
    const read = { ...this.conversation.read, ...(kind === "agent" ? { us: seq } : {}) };
    this.conversation = {
      ...this.conversation,
      last_seq: seq,
      rev,
      read,
      unread: this.conversation.unread + Number(counts),
    };
    this.messages.push(message);
    this.told.push({ type: "message", message });
  }

  edits(place: number): void {
    const old = this.messages[place];
    if (!old) return;
    const rev = this.conversation.rev + 1;
    const message = { ...old, rev, text: `${old.text} (edited at ${rev})` };
    this.messages[place] = message;
    this.conversation = { ...this.conversation, rev };
    this.told.push({ type: "message", message });
  }

  moves(status: Conversation["status"], talksFirst: boolean): void {
    // one transaction: its conversation.updated shows the row as it stands at the end, with what comes after it
    const rev = this.conversation.rev + 1;
    const at = this.told.length;
    this.conversation = { ...this.conversation, status, rev };
    this.told.push({ type: "conversation", conversation: this.conversation });
    if (talksFirst) this.says("bot");
    this.told[at] = { type: "conversation", conversation: { ...this.conversation, rev } };
  }

  reads(by: "visitor" | "us", seq: number): void {
    if (seq <= this.conversation.read[by] || seq > this.conversation.last_seq) return;
    const rev = this.conversation.rev + 1;
    const read = { ...this.conversation.read, [by]: seq };
    const after = this.messages.filter((one) => (one.seq ?? 0) > seq);
    const unread = after.filter((one) => one.author.kind !== "visitor" && one.kind !== "event").length;
    this.conversation = {
      ...this.conversation,
      rev,
      read,
      unread: by === "visitor" ? unread : this.conversation.unread,
    };
    this.told.push({ type: "read", by, seq, rev });
  }

  newest(limit: number) {
    const messages = this.messages.slice(-limit);
    return {
      conversation: this.conversation,
      messages,
      rev: this.conversation.rev,
      more: this.messages.length > limit,
    };
  }

  changesAfter(rev: number, limit: number) {
    const all = this.messages.filter((one) => one.rev > rev).sort((one, other) => one.rev - other.rev);
    const messages = all.slice(0, limit);
    const more = all.length > limit;
    const reached = more ? (messages.at(-1)?.rev ?? rev) : this.conversation.rev;
    return { conversation: this.conversation, messages, rev: reached, more };
  }

  before(seq: number, limit: number) {
    const all = this.messages.filter((one) => (one.seq ?? 0) < seq);
    return { messages: all.slice(-limit), more: all.length > limit };
  }
}

/** A small generator of chance (mulberry32), so that a failure names the seed that repeats it. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function live(desk: Desk, any: (below: number) => number): void {
  const kinds = ["visitor", "bot", "agent"] as const;
  const statuses = ["bot", "waiting", "person", "resolved"] as const;
  const what = any(6);
  if (what < 2) desk.says(kinds[any(3)] ?? "bot");
  else if (what === 2) desk.says("system", "event");
  else if (what === 3) desk.edits(any(Math.max(desk.messages.length, 1)));
  else if (what === 4) desk.moves(statuses[any(4)] ?? "bot", any(2) === 0);
  else desk.reads(any(2) ? "visitor" : "us", any(desk.conversation.last_seq + 1));
}

function settle(thread: Thread<Conversation, Message>, desk: Desk, any: (below: number) => number) {
  let now = hear(thread, desk.conversation.rev);
  for (let round = 0; isBehind(now); round++) {
    assert.ok(round < 200, "catching up ends");
    now = catchUp(now, desk.changesAfter(now.rev, 1 + any(5)), now.rev);
  }
  return now;
}

for (let seed = 1; seed <= 300; seed++) {
  test(`any order of events and refetches equals a fresh reader (seed ${seed})`, () => {
    const any = chance(seed);
    const desk = new Desk();
    for (let step = any(12); step >= 0; step--) live(desk, any);
    const window = 1 + any(6);
    let thread = begin(desk.newest(window));
    const late: ReturnType<Desk["changesAfter"]>[] = [];
    let asked = 0;
    for (let step = 0; step < 60; step++) {
      const before = desk.told.length;
      live(desk, any);
      for (const event of desk.told.slice(before)) {
        // lost, told, told twice, or an old one again
        const luck = any(10);
        if (luck > 1) thread = apply(thread, event);
        if (luck > 8) thread = apply(thread, event);
        if (luck === 5) thread = apply(thread, desk.told[any(desk.told.length)] ?? event);
      }
      if (any(6) === 0) thread = hear(thread, desk.conversation.rev - any(3));
      if (isBehind(thread) && !late.length) {
        asked = thread.rev;
        late.push(desk.changesAfter(asked, 1 + any(4)));
      }
      const answer = any(3) ? undefined : late.pop();
      if (answer) thread = catchUp(thread, answer, asked);
      const oldest = thread.messages[0]?.seq;
      if (any(8) === 0 && oldest && thread.older) thread = prepend(thread, desk.before(oldest, 1 + any(4)));
    }
    thread = settle(thread, desk, any);
    const fresh = begin(desk.newest(thread.messages.length));
    assert.deepEqual(thread.messages, fresh.messages);
    assert.deepEqual(thread.conversation, fresh.conversation);
    assert.equal(thread.rev, fresh.rev);
    assert.equal(thread.older, fresh.older);
  });
}

test("an event beyond the next rev changes nothing, and says that something was missed", () => {
  const desk = new Desk();
  desk.says("visitor");
  const thread = begin(desk.newest(50));
  desk.says("bot");
  desk.says("bot");
  const [, , third] = desk.told;
  assert.ok(third);
  const after = apply(thread, third);
  assert.deepEqual(after.messages, thread.messages);
  assert.ok(isBehind(after));
});

test("an old message that changed does not come before those that lie between", () => {
  const desk = new Desk();
  for (let count = 0; count < 10; count++) desk.says("bot");
  const thread = begin(desk.newest(3));
  desk.edits(0);
  const after = settle(thread, desk, chance(1));
  assert.deepEqual(
    after.messages.map((one) => one.seq),
    [8, 9, 10],
  );
});

test("a server that was restored from before is believed", () => {
  const desk = new Desk();
  for (let count = 0; count < 5; count++) desk.says("bot");
  const thread = begin(desk.newest(50));
  const restored = new Desk();
  restored.says("bot");
  const after = catchUp(thread, restored.newest(50), thread.rev);
  assert.deepEqual(after, begin(restored.newest(50)));
});

test("a pending message leaves when it came by whatever way", () => {
  const desk = new Desk();
  desk.says("visitor");
  assert.deepEqual(stillPending([{ client_id: "own-1" }, { client_id: "own-2" }], desk.messages), [
    { client_id: "own-2" },
  ]);
});
