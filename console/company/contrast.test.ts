import assert from "node:assert/strict";
import { test } from "node:test";
import { ENOUGH, legible } from "./contrast.ts";

test("the text on any accent is read: 4.5 to 1 or more", () => {
  for (let red = 0; red < 256; red += 15) {
    for (let green = 0; green < 256; green += 15) {
      for (let blue = 0; blue < 256; blue += 15) {
        const accent = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
        assert.ok((legible(accent)?.ratio ?? 0) >= ENOUGH, accent);
      }
    }
  }
});

test("what is no colour is said to be none", () => {
  assert.equal(legible("blue"), null);
  assert.equal(legible("#12"), null);
  assert.equal(legible("#zzzzzz"), null);
});
