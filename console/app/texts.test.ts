import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

const CONSOLE = join(import.meta.dirname, "..");
const ENGLISH = join(CONSOLE, "texts", "en");

const catalogue: Record<string, unknown> = Object.assign(
  {},
  ...readdirSync(ENGLISH).map((name) => JSON.parse(readFileSync(join(ENGLISH, name), "utf8"))),
);

function sources(): string[] {
  const all = readdirSync(CONSOLE, { recursive: true, encoding: "utf8" });
  const own = all.filter((name) => /\.tsx?$/.test(name) && !name.endsWith(".test.ts") && !name.startsWith("built"));
  return own.map((name) => readFileSync(join(CONSOLE, name), "utf8"));
}

test("every sentence that a screen names is in the English catalogue", () => {
  const named = sources().flatMap((text) => [...text.matchAll(/\bt\(\s*"([\w.]+)"/g)].map((match) => match[1] ?? ""));
  assert.ok(named.length > 200, "the keys are found in the sources");
  assert.deepEqual([...new Set(named.filter((key) => !(key in catalogue)))], []);
});

test("sentences have no exclamation marks, and each key names its area", () => {
  const texts = Object.entries(catalogue);
  assert.deepEqual(
    texts.filter(([, text]) => JSON.stringify(text).includes("!")).map(([key]) => key),
    [],
  );
  assert.deepEqual(
    texts.map(([key]) => key).filter((key) => !/^[a-z]+\.[\w.]+$/.test(key)),
    [],
  );
});
