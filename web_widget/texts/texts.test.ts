import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

type Catalogue = Record<string, string>;

const folder = new URL("./", import.meta.url);
const catalogues = readdirSync(folder).filter((name) => name.endsWith(".json"));
const read = (name: string) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Catalogue;
const gaps = (text = "") => [...text.matchAll(/\{\w+\}/g)].map(([gap]) => gap).sort();
const english = read("en.json");

for (const name of catalogues) {
  test(`${name} says all that English says, with the same gaps to fill`, () => {
    const catalogue = read(name);
    assert.deepEqual(Object.keys(catalogue), Object.keys(english));
    for (const [key, text] of Object.entries(catalogue)) {
      assert.deepEqual(gaps(text), gaps(english[key]), key);
      assert.ok(text.trim() === text && text !== "", key);
      assert.ok(!text.includes("!"), `${key} shouts`);
    }
  });
}

test("every sentence that the frame says is in the catalogue, and no other", () => {
  const frame = new URL("../frame/", folder);
  const sources = readdirSync(frame, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && !path.includes("test"))
    .map((path) => readFileSync(new URL(path, frame), "utf8"));
  const said = sources.join("\n");
  const written = new Set([...said.matchAll(/"([a-z]+\.[a-z0-9_]+)"/g)].map(([, key]) => key as string));
  // composed of a group and a value: `status.${...}`
  const groups = new Set([...said.matchAll(/`([a-z]+)\.\$\{/g)].map(([, group]) => group as string));
  const unknown = [...written].filter((key) => key.split(".")[0] !== "message" && !(key in english) && isOurs(key));
  const unused = Object.keys(english).filter((key) => !written.has(key) && !groups.has(key.split(".")[0] ?? ""));
  assert.deepEqual({ unknown, unused }, { unknown: [], unused: [] });
});

/** Events and commands of the wire look alike; only keys of a known group are sentences. */
function isOurs(key: string): boolean {
  const group = key.split(".")[0] ?? "";
  const isCommand = ["conversation", "read", "queue", "person", "answer", "survey", "form", "help", "visitor", "jwt"];
  return Object.keys(english).some((one) => one.startsWith(`${group}.`)) && !isCommand.includes(group);
}
