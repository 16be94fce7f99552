/** The frame's end of what it and its loader say to each other (web_widget/loader/protocol.ts). */

import { type ReadonlySignal, signal } from "@preact/signals";
import {
  type FrameEvent,
  PROTOCOL,
  type SiteState,
  siteOrigin,
  type ToFrame,
  type ToLoader,
} from "../../loader/protocol.ts";

type Of<Type extends ToFrame["type"]> = Extract<ToFrame, { type: Type }>;

export interface Bridge {
  /** There is a loader, on a page of its own. */
  embedded: boolean;
  /** What the loader told last of the site; null before, and where the frame's page was opened by itself. */
  site: ReadonlySignal<SiteState | null>;
  /** Settled when the loader has told for the first time; at once where there is none. */
  told: Promise<void>;
  on<Type extends "update" | "new_message" | "track" | "logout">(type: Type, heard: (message: Of<Type>) => void): void;
  post(message: ToLoader): void;
  tell(name: FrameEvent, data?: Record<string, unknown>): void;
  /** The site's proof of who the visitor is; null where it gives none within 10 s. */
  askJwt(): Promise<string | null>;
}

const JWT_MS = 10_000;
const EARLY = 100;

export function bridge(): Bridge {
  const origin = siteOrigin(location.hash);
  const loader = window.parent;
  const embedded = origin !== null && loader !== window;
  const site = signal<SiteState | null>(null);
  const hearing = new Map<string, (message: never) => void>();
  const asked = new Map<number, (jwt: string | null) => void>();
  let asking = 0;
  // what the site asked for while the frame was still reading its settings
  let early: ToFrame[] = [];
  const post = (message: ToLoader) => embedded && loader.postMessage(message, origin);

  const told = new Promise<void>((first) => {
    hearing.set("site", (state: SiteState) => {
      site.value = state;
      first();
    });
    if (!embedded) first();
  });
  hearing.set("jwt", ({ id, jwt }: Of<"jwt">) => asked.get(id)?.(typeof jwt === "string" ? jwt : null));
  addEventListener("message", (event: MessageEvent<unknown>) => {
    const { data } = event;
    if (!embedded || event.origin !== origin || event.source !== loader) return;
    if (typeof data !== "object" || data === null) return;
    const hears = hearing.get((data as ToFrame).type);
    if (hears) hears(data as never);
    else if (early.length < EARLY) early.push(data as ToFrame);
  });
  post({ type: "ready", protocol: PROTOCOL });

  return {
    embedded,
    site,
    told,
    on(type, heard) {
      hearing.set(type, heard);
      const mine = early.filter((message) => message.type === type);
      early = early.filter((message) => message.type !== type);
      for (const message of mine) heard(message as never);
    },
    post,
    tell: (name, data) => post({ type: "event", name, data }),
    askJwt: () =>
      new Promise((answer) => {
        const id = ++asking;
        const answered = (jwt: string | null) => {
          asked.delete(id);
          answer(jwt);
        };
        asked.set(id, answered);
        setTimeout(answered, JWT_MS, null);
        post({ type: "jwt.ask", id });
      }),
  };
}
