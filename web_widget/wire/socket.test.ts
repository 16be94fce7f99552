import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Link } from "./link.ts";

/** A browser's WebSocket whose server is the test. */
class Wire {
  static readonly OPEN = 1;
  static made: Wire[] = [];
  readyState = 1;
  sent: string[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly url: string;

  constructor(url: string) {
    this.url = url;
    Wire.made.push(this);
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 3;
  }
  says(text: string): void {
    this.onmessage?.({ data: text });
  }
  /** The server opens the line and accepts. */
  accepts(): void {
    this.says('0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":131072}');
    this.says('40/visitor,{"sid":"y"}');
  }
}

interface Said {
  say: { in: { text: string }; out: { at: number } };
}
interface Heard {
  told: { text: string };
}

beforeEach(() => {
  Wire.made = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(Math, "random", () => 0.5);
  Object.assign(globalThis, { WebSocket: Wire });
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

async function line(auth: () => object = () => ({ inbox: "key" })) {
  const link = new Link<Said, Heard>({ url: "https://desk.example", namespace: "/visitor", auth });
  link.open();
  await settled();
  return link;
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const newest = () => Wire.made.at(-1) as Wire;

test("a line opens, says who it is, and is online once it is accepted", async () => {
  const link = await line();
  assert.equal(newest().url, "wss://desk.example/socket.io/?EIO=4&transport=websocket");
  assert.equal(link.state.value, "connecting");
  newest().accepts();
  assert.deepEqual(newest().sent, ['40/visitor,{"inbox":"key"}']);
  assert.equal(link.state.value, "online");
});

test("a call is answered by its own acknowledgement, in whatever order they come", async () => {
  const link = await line();
  newest().accepts();
  const calls = [link.call("say", { text: "one, [two]" }), link.call("say", { text: "three" })];
  assert.equal(newest().sent[1], '42/visitor,0["say",{"text":"one, [two]"}]');
  newest().says('43/visitor,1[{"ok":true,"at":2}]');
  newest().says('43/visitor,0[{"ok":false,"error":{"code":"invalid","message":"No."}}]');
  assert.deepEqual(await Promise.all(calls), [
    { ok: false, error: { code: "invalid", message: "No." } },
    { ok: true, at: 2 },
  ]);
});

test("a call ends without an answer, in time or with the line", async () => {
  const link = await line();
  assert.deepEqual(await link.call("say", { text: "" }), { ok: false, error: { code: "offline", message: "" } });
  newest().accepts();
  const late = link.call("say", { text: "late" }, 5);
  mock.timers.tick(5_000);
  assert.equal((await late).ok, false);
  const cut = link.call("say", { text: "cut" });
  newest().onclose?.();
  assert.deepEqual(await cut, { ok: false, error: { code: "timeout", message: "" } });
  assert.equal(link.state.value, "reconnecting");
});

test("events of the namespace are heard until that is taken back; others, and what cannot be read, are not", async () => {
  const link = await line();
  newest().accepts();
  const heard: string[] = [];
  const off = link.on("told", ({ text }) => heard.push(text));
  newest().says('42/visitor,["told",{"text":"a"}]');
  newest().says('42["told",{"text":"no namespace"}]');
  newest().says('42/agent,["told",{"text":"another"}]');
  for (const nonsense of ["", "9", "42/visitor,", "42/visitor,{", "4", "43/visitor,7[]", "xyz"])
    newest().says(nonsense);
  off();
  newest().says('42/visitor,["told",{"text":"b"}]');
  assert.deepEqual(heard, ["a"]);
});

test("heartbeats are answered; a silent line is dead", async () => {
  const link = await line();
  newest().accepts();
  newest().says("2");
  assert.equal(newest().sent.at(-1), "3");
  mock.timers.tick(44_999);
  assert.equal(link.state.value, "online");
  mock.timers.tick(1);
  assert.equal(link.state.value, "reconnecting");
});

test("a lost line comes back with a fresh credential, later after each failure", async () => {
  let asked = 0;
  const link = await line(() => ({ asked: ++asked }));
  newest().accepts();
  for (const [count, delayMs] of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000].entries()) {
    newest().onclose?.();
    mock.timers.tick(delayMs - 1);
    assert.equal(Wire.made.length, count + 1);
    mock.timers.tick(1);
    await settled();
    assert.equal(Wire.made.length, count + 2);
  }
  newest().accepts();
  assert.deepEqual(newest().sent, ['40/visitor,{"asked":9}']);
  assert.equal(link.state.value, "online");
});

test("a refusal for good is told and not tried again; one for now is", async () => {
  const link = await line();
  newest().says("0{}");
  newest().says('44/visitor,{"message":"Busy.","data":{"code":"unavailable","message":"Busy.","retry_after_s":3}}');
  assert.equal(link.state.value, "connecting");
  mock.timers.tick(3_000);
  await settled();
  newest().says("0{}");
  newest().says('44/visitor,{"code":"unauthorized","message":"No such inbox.","data":{"code":"unauthorized"}}');
  assert.equal(link.state.value, "refused");
  assert.equal(link.refusal.value?.message, "No such inbox.");
  mock.timers.tick(60_000);
  await settled();
  assert.equal(Wire.made.length, 2);
});

test("a line that was closed, or sent away, stays so until it is opened again", async () => {
  const link = await line();
  newest().accepts();
  newest().says("41/visitor,");
  assert.equal(link.state.value, "refused");
  link.reopen();
  await settled();
  newest().accepts();
  link.close();
  assert.equal(newest().sent.at(-1), "41/visitor,");
  mock.timers.tick(60_000);
  await settled();
  assert.equal(Wire.made.length, 2);
});
