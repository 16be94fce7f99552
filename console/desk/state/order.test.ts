import assert from "node:assert/strict";
import test from "node:test";
import type { AgentConversation } from "../../../web_widget/wire/types.ts";
import { belongs, ordered, settle, urgency, waitsSince } from "./order.ts";

const SAM = { id: "sam", team_ids: ["billing"] };

function one(id: string, more: Partial<AgentConversation> = {}): AgentConversation {
  const usual = {
    id,
    status: "queued",
    waiting_on: "us",
    waiting_since: "2026-05-01T08:00:00Z",
    priority: 0,
    labels: [],
  };
  return {
    ...usual,
    team_id: null,
    assignee: null,
    contact: { id: "con" },
    updated_at: "2026-05-01T08:00:00Z",
    ...more,
  } as AgentConversation;
}

test("who waits longest stands first, then what moved last", () => {
  const rows = [
    one("quiet", { status: "resolved", waiting_since: null, updated_at: "2026-05-01T09:00:00Z" }),
    one("late", { waiting_since: "2026-05-01T08:05:00Z" }),
    one("quieter", { status: "resolved", waiting_since: null, updated_at: "2026-05-01T08:30:00Z" }),
    one("first", { waiting_since: "2026-05-01T07:00:00Z" }),
  ];
  assert.deepEqual(ordered(rows, "all"), ["first", "late", "quiet", "quieter"]);
});

test("in the queue what is urgent goes before longer waits", () => {
  const rows = [one("long", { waiting_since: "2026-05-01T07:00:00Z" }), one("urgent", { priority: 1 })];
  assert.deepEqual(ordered(rows, "queue"), ["urgent", "long"]);
});

test("a visitor whom the bot answers waits for nobody, nor one who is to answer", () => {
  assert.equal(waitsSince(one("a", { status: "bot" })), null);
  assert.equal(waitsSince(one("b", { status: "assigned", waiting_on: "visitor" })), null);
  assert.notEqual(waitsSince(one("c", { status: "assigned" })), null);
});

test("a list that is held keeps its order and counts what is new", () => {
  assert.deepEqual(settle(["a", "b"], ["c", "b"], true), { shown: ["a", "b"], news: 1 });
  assert.deepEqual(settle(["a", "b"], ["c", "b"], false), { shown: ["c", "b"], news: 0 });
});

test("lists and saved views take what fits them, and nothing else", () => {
  const mine = one("a", {
    status: "assigned",
    assignee: { id: "sam", name: "Sam" },
    team_id: "billing",
    labels: ["refund"],
  });
  assert.ok(belongs(mine, "mine", {}, SAM));
  assert.ok(!belongs(mine, "queue", {}, SAM));
  assert.ok(belongs(mine, "all", { label: "refund", assignee_id: "me", status: "open" }, SAM));
  assert.ok(!belongs(mine, "all", { assignee_id: "none" }, SAM));
  assert.ok(!belongs(mine, "team", { label: "shipping" }, SAM));
  assert.ok(belongs(one("b"), "all", { team_id: "none", waiting: true }, SAM));
});

test("waits turn amber after two minutes and red after five", () => {
  assert.deepEqual([119_999, 120_000, 300_000].map(urgency), ["calm", "amber", "red"]);
});
