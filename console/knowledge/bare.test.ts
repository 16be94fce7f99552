import assert from "node:assert/strict";
import { test } from "node:test";
import { bare } from "./bare.ts";

test("an answer in a list has its words and none of its marks", () => {
  assert.equal(
    bare("- **Pip:** see [the page](https://a.example)\n- _then_ ![lamp](/x.png)"),
    "Pip: see the page then lamp",
  );
  assert.equal(bare("1. One\n2. Two"), "One Two");
  assert.equal(bare("a".repeat(300)).length, 220);
});
