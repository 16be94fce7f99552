import assert from "node:assert/strict";
import test from "node:test";
import { siteOrigin } from "./protocol.ts";

const said = (site: string) => siteOrigin(`#site=${encodeURIComponent(site)}`);

test("the site's origin is read from the fragment", () => {
  assert.equal(said("https://shop.example"), "https://shop.example");
  assert.equal(said("http://localhost:8000"), "http://localhost:8000");
});

test("what is no exact origin of a page is none", () => {
  for (const site of [
    "",
    "*",
    "null",
    "shop.example",
    "https://shop.example/",
    "https://shop.example/path",
    "https://shop.example:443",
    "https://SHOP.example",
    "https://user@shop.example",
    "https://shop.example https://other.example",
    "file:///index.html",
    "javascript:alert(1)",
    "data:text/html,hello",
    "blob:https://shop.example/1",
  ])
    assert.equal(said(site), null, site);
  assert.equal(siteOrigin(""), null);
  assert.equal(siteOrigin("#other=https%3A%2F%2Fshop.example"), null);
});
