import assert from "node:assert/strict";
import test from "node:test";
import { inkOn } from "./contrast.ts";

/** WCAG 2.2's relative luminance. */
function luminance(parts: number[]): number {
  const [red = 0, green = 0, blue = 0] = parts.map((part) =>
    part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test("text on any accent has a contrast of 4.5 to 1", () => {
  for (let red = 0; red < 256; red += 3)
    for (let green = 0; green < 256; green += 3)
      for (let blue = 0; blue < 256; blue += 3) {
        const accent = `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
        const light = luminance([red, green, blue]);
        const ratio = inkOn(accent) === "#fff" ? 1.05 / (light + 0.05) : (light + 0.05) / 0.05;
        assert.ok(ratio >= 4.5, `${accent} ${ratio}`);
      }
});

test("white on dark, black on light", () => {
  assert.equal(inkOn("#2f5bea"), "#fff");
  assert.equal(inkOn("#ffd23f"), "#000");
});
