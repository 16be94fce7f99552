import assert from "node:assert/strict";
import { test } from "node:test";
import { accentTokens, contrast, parsed } from "./accent.ts";

const LEAST = 4.5;
const STEPS = ["00", "1f", "3f", "5f", "7f", "9f", "bf", "df", "ff"];
const accents = STEPS.flatMap((red) => STEPS.flatMap((green) => STEPS.map((blue) => `#${red}${green}${blue}`)));

for (const dark of [false, true]) {
  test(`whatever the accent, text on it and in it can be read ${dark ? "at night" : "by day"}`, () => {
    const page = parsed(dark ? "#14171c" : "#ffffff");
    for (const accent of accents) {
      const tokens = accentTokens(accent, dark);
      const colour = (name: string) => parsed(expand(tokens[name] as string));
      assert.ok(contrast(colour("--on-accent"), colour("--accent")) >= LEAST, `on ${accent}`);
      assert.ok(contrast(colour("--accent-strong"), page) >= LEAST, `${accent} on the page`);
      const bubble = parsed(dark ? "#22272f" : "#eef0f3");
      assert.ok(contrast(colour("--accent-strong"), bubble) >= LEAST, `${accent} in a bubble`);
      assert.ok(contrast(colour("--accent-strong"), colour("--accent-soft")) >= LEAST, `${accent} on its soft self`);
    }
  });
}

test("what is no colour changes nothing", () => {
  for (const nonsense of ["", "red", "#12", "url(x)", "#12345g", "#1234567"])
    assert.deepEqual(accentTokens(nonsense, false), {});
});

function expand(colour: string): string {
  return colour.length === 4 ? `#${[...colour.slice(1)].map((one) => one + one).join("")}` : colour;
}
