import { effect, signal, untracked } from "@preact/signals";
import { render } from "preact";
import { applyAccent } from "../look/accent.ts";
import type { Dialled } from "../wire/dial.ts";
import { keep } from "../wire/kept.ts";
import { type Bridge, bridge } from "./state/bridge.ts";
import { type Config, configured, load } from "./state/config.ts";
import { type Drawer, drawer } from "./state/drawer.ts";
import { announce } from "./state/outside.ts";
import { Reading } from "./state/reading.ts";
import type { Room, View } from "./state/room.ts";
import { Visit } from "./state/visit.ts";
import { chosen, language, sayInstead, speak } from "./state/words.ts";
import { Writing } from "./state/writing.ts";
import { App, Shell } from "./views/app.tsx";

const kept = keep("frontdesk");

function enter(publicKey: string, outside: Bridge, config: Config, things: Drawer, dialled?: Dialled): void {
  const visit = new Visit({
    publicKey,
    config,
    dialled,
    kept,
    drawer: things,
    locale: chosen,
    jwt: async () => (outside.site.peek()?.identity ? outside.askJwt() : null),
    page: outside.site.peek()?.page,
  });
  const room: Room = {
    visit,
    writing: new Writing(visit),
    reading: new Reading(visit),
    bridge: outside,
    view: signal<View>("chat"),
    heard: signal(""),
    full: signal(false),
    toWriting() {},
  };
  const undo = announce(room, async () => {
    undo();
    room.writing.leave();
    room.reading.leave();
    visit.leave();
    await visit.sending.forget();
    await kept.forget(`${publicKey}/`);
    for (const key of ["token", "last", "details"]) things.set(key, undefined);
    enter(publicKey, outside, config, things);
  });
  // drawing takes a slow phone a while: the greeting to the desk goes first
  setTimeout(() => render(<App key={visit} room={room} />, document.body));
}

/** The page's theme and accent, as site and admin chose and as the device is now. */
function dress(outside: Bridge, config: Config): void {
  const night = matchMedia("(prefers-color-scheme: dark)");
  const dark = signal(night.matches);
  night.addEventListener("change", () => {
    dark.value = night.matches;
  });
  effect(() => {
    const theme = outside.site.value?.theme ?? "auto";
    const page = document.documentElement;
    page.dataset.theme = theme;
    applyAccent(page, config.look.accent ?? "", theme === "auto" ? dark.value : theme === "dark");
  });
}

/** The site's wish, else what the browser prefers among what the inbox speaks, else the inbox's own. */
function talk(outside: Bridge, publicKey: string, config: Config): void {
  let worded = config.locale;
  effect(() => {
    const wished = [outside.site.value?.locale, ...navigator.languages].filter((tag) => tag !== undefined);
    const tag = wished.find((one) => !config.locales.length || config.locales.includes(language(one))) ?? config.locale;
    untracked(() => void speak([tag]));
    if (language(tag) === worded || !config.locale) return;
    worded = language(tag);
    void load(publicKey, worded).then((other) => worded === other.locale && sayInstead(other.words));
  });
}

/** Draw, and be there for the visitor. dialled: the connection that is on its way. */
export async function begin(dialled: Dialled): Promise<void> {
  render(<Shell />, document.body);
  const publicKey = decodeURIComponent(location.pathname.split("/").at(-1) ?? "");
  const outside = bridge();
  // a guess, which is right for most and costs others one small file
  void speak(navigator.languages);
  await outside.told;
  // the loader has it, as a rule
  const config = configured(outside.site.peek()?.config) ?? (await load(publicKey, navigator.language));
  sayInstead(config.words);
  dress(outside, config);
  talk(outside, publicKey, config);
  enter(publicKey, outside, config, drawer(publicKey, outside, outside.site.peek()?.kept ?? {}), dialled);
}
