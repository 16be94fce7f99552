import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, range } from "./span.ts";

test("a span ends with today and has whole days", () => {
  const { from, to } = range("7", new Date(2026, 4, 3, 23, 59));
  assert.equal(to, "2026-05-03");
  assert.equal(from, "2026-04-27");
  assert.equal(range("28", new Date(2026, 2, 1, 0, 1)).from, "2026-02-02");
});

test("durations are told in the unit that people would use", () => {
  assert.equal(duration(null), "-");
  assert.equal(duration(0.4), "0 s");
  assert.equal(duration(42), "42 s");
  assert.equal(duration(95), "1:35 min");
  assert.equal(duration(7_800), "2:10 h");
});
