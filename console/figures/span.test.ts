import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, range } from "./span.ts";

test("a span ends with today and has whole days", () => {
  const { from, to } = range("7", new Date(2026, 4, 20, 15, 30));
  assert.equal(Date.parse(to), new Date(2026, 4, 21).getTime());
  assert.equal(Date.parse(to) - Date.parse(from), 7 * 86_400_000);
});

test("durations are told in the unit that people would use", () => {
  assert.equal(duration(null), "-");
  assert.equal(duration(0.4), "0 s");
  assert.equal(duration(42), "42 s");
  assert.equal(duration(95), "1:35 min");
  assert.equal(duration(7_800), "2:10 h");
});
