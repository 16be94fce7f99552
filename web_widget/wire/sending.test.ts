import assert from "node:assert/strict";
import { test } from "node:test";
import type { Acknowledged, Answer } from "./commands.ts";
import type { Kept } from "./kept.ts";
import { failure } from "./link.ts";
import { GIVE_UP_MS, Sending, STALE_MS, UNSENT_LIMIT, type Unsent } from "./sending.ts";

interface Text {
  text: string;
}

/** What a browser would keep, outliving the page that wrote it. */
function drawer(): Kept {
  const held = new Map<string, unknown>();
  return {
    get: async <T>(key: string) => held.get(key) as T | undefined,
    all: async <T>(prefix: string) => [...held].filter(([key]) => key.startsWith(prefix)) as [string, T][],
    set: async (key, value) => void (value === undefined ? held.delete(key) : held.set(key, structuredClone(value))),
    forget: async (prefix) => {
      for (const key of [...held.keys()]) if (key.startsWith(prefix)) held.delete(key);
    },
  };
}

/** A page with a server that answers when told to. */
class Place {
  readonly asked: { unsent: Unsent<Text>; answer: (given: Answer<Acknowledged>) => void }[] = [];
  readonly stored: string[] = [];
  readonly sending: Sending<Text>;
  now = 1_000;

  constructor(kept: Kept = drawer(), name = "a") {
    let made = 0;
    this.sending = new Sending<Text>({
      kept,
      prefix: "unsent/",
      send: (unsent) => new Promise((answer) => this.asked.push({ unsent, answer })),
      sent: (unsent) => this.stored.push(unsent.payload.text),
      newId: () => `${name}-${++made}`,
      now: () => this.now++,
    });
  }

  async answers(answer: Answer<Acknowledged> = acknowledged()): Promise<Unsent<Text>> {
    const next = this.asked.shift();
    assert.ok(next, "something was asked");
    next.answer(answer);
    await settled();
    return next.unsent;
  }

  get states(): string[] {
    return this.sending.unsent.value.map((one) => `${one.payload.text} ${one.state}`);
  }
}

function acknowledged(): Answer<Acknowledged> {
  const message = { id: "msg", conversation_id: "cnv", seq: 1, rev: 1, created_at: "" };
  return { ok: true, message, duplicate: false };
}

/** Every promise that can go on has gone on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("messages of one conversation leave one at a time, in the order of writing", async () => {
  const place = new Place();
  place.sending.online(true);
  for (const text of ["one", "two", "three"]) place.sending.send("cnv", { text });
  assert.deepEqual(place.states, ["one sending", "two waiting", "three waiting"]);
  assert.equal(place.asked.length, 1);
  await place.answers();
  await place.answers();
  await place.answers();
  assert.deepEqual(place.stored, ["one", "two", "three"]);
  assert.deepEqual(place.states, []);
});

test("conversations do not wait for one another", () => {
  const place = new Place();
  place.sending.online(true);
  place.sending.send("cnv_1", { text: "here" });
  place.sending.send("cnv_2", { text: "there" });
  assert.deepEqual(
    place.asked.map(({ unsent }) => unsent.payload.text),
    ["here", "there"],
  );
});

test("without a connection all waits, and goes with the same client_id once there is one", async () => {
  const place = new Place();
  place.sending.online(true);
  place.sending.send("cnv", { text: "one" });
  place.sending.online(false);
  const first = await place.answers(failure("timeout"));
  place.sending.send("cnv", { text: "two" });
  assert.deepEqual(place.states, ["one waiting", "two waiting"]);
  place.sending.online(true);
  const again = await place.answers();
  assert.equal(again.client_id, first.client_id);
  await place.answers();
  assert.deepEqual(place.stored, ["one", "two"]);
});

test("what is unsent outlives the page, with its client_id and its order", async () => {
  const kept = drawer();
  const before = new Place(kept, "before");
  before.sending.send("cnv", { text: "one" });
  before.sending.send("cnv", { text: "two" });
  await settled();
  const after = new Place(kept, "after");
  await after.sending.load();
  after.sending.online(true);
  assert.equal((await after.answers()).client_id, "before-1");
  assert.equal((await after.answers()).client_id, "before-2");
  const later = new Place(kept);
  await later.sending.load();
  assert.deepEqual(later.states, []);
});

test("what was left unsent for over a day waits for its writer's word", async () => {
  const kept = drawer();
  const before = new Place(kept, "before");
  before.sending.send("cnv", { text: "long ago" });
  await settled();
  const after = new Place(kept, "after");
  after.now += STALE_MS + 1;
  await after.sending.load();
  after.sending.online(true);
  assert.deepEqual(after.states, ["long ago failed"]);
  after.sending.again("before-1");
  assert.equal((await after.answers()).client_id, "before-1");
});

test("a refusal is a failure in plain sight, and does not hold up what follows", async () => {
  const place = new Place();
  place.sending.online(true);
  place.sending.send("cnv", { text: "too long" });
  place.sending.send("cnv", { text: "short" });
  await place.answers(failure("too_large", "It is too long."));
  assert.deepEqual(place.states, ["too long failed", "short sending"]);
  await place.answers();
  assert.deepEqual(place.stored, ["short"]);
});

test("a message that conflicted is tried again under a new client_id, another under its own", async () => {
  const place = new Place();
  place.sending.online(true);
  for (const code of ["conflict", "invalid"] as const) {
    const sent = place.sending.send("cnv", { text: code });
    assert.ok(sent);
    await place.answers(failure(code));
    place.sending.again(sent.client_id);
    assert.equal((await place.answers()).client_id === sent.client_id, code === "invalid");
  }
});

test("a server that is there and does not take it makes it failed within a minute", async () => {
  const place = new Place();
  place.sending.online(true);
  const sent = place.sending.send("cnv", { text: "one" });
  assert.ok(sent);
  await place.answers(failure("unavailable"));
  assert.deepEqual(place.states, ["one waiting"]);
  place.now += GIVE_UP_MS;
  place.sending.send("cnv", { text: "nudge" });
  await place.answers(failure("unavailable"));
  assert.equal(place.states[0], "one failed");
  place.sending.discard(sent.client_id);
  place.sending.online(false);
  await place.sending.forget();
});

test("a message seen among those of the conversation is sent, whatever became of its acknowledgement", async () => {
  const place = new Place();
  place.sending.online(true);
  const sent = place.sending.send("cnv", { text: "one" });
  place.sending.online(false);
  await place.answers(failure("timeout"));
  place.sending.seen(new Set([sent?.client_id]));
  assert.deepEqual(place.states, []);
});

test("another visitor finds nothing, and a line has a bound", async () => {
  const kept = drawer();
  const place = new Place(kept);
  for (let count = 0; count < UNSENT_LIMIT; count++) assert.ok(place.sending.send("cnv", { text: `${count}` }));
  assert.equal(place.sending.send("cnv", { text: "one too many" }), null);
  await place.sending.forget();
  const other = new Place(kept);
  await other.sending.load();
  assert.deepEqual(other.states, []);
});
