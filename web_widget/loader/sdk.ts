import type { Claims, FrameEvent, Theme } from "./protocol.ts";

/** How a widget begins; each is also an attribute of the tag: data-inbox, data-locale, data-theme, data-hidden. */
export interface Options {
  /** The inbox's public key. */
  inbox: string;
  /** A BCP 47 tag; without it, what the inbox offers and the browser prefers. */
  locale?: string;
  theme?: Theme;
  /** Without a launcher until `show()` or `open()`. */
  hidden?: boolean | "" | "true";
}

/**
 * Who the visitor is, proved by a JWT of the site's own server, or by one that can be asked for before each connecting.
 * `null` ends it.
 */
export type Identity = { jwt?: string; getToken?: () => string | null | Promise<string | null> } | null;

export type EventName = FrameEvent | "ready" | "open" | "close" | "unread" | "destroy";
export type Listener = (data: Record<string, unknown>) => void;

/** What can be asked of a widget that has begun. */
export interface Asked {
  identify(identity: Identity): void;
  /** What the site knows of the visitor; never counts as verified. */
  update(claims: Claims): void;
  open(): void;
  close(): void;
  toggle(): void;
  /** Show launcher and panel again after `hide()`. */
  show(): void;
  hide(): void;
  /** Open on a new conversation, with this text in the composer. It is not sent. */
  newMessage(text?: string): void;
  setLocale(locale: string): void;
  setTheme(theme: Theme): void;
  /** Something that the visitor did, for the agents to see: a name and small data. */
  track(name: string, data?: Record<string, unknown>): void;
  /** Forget the visitor on this device. */
  logout(): void;
  /** Take everything away; `boot` begins again. */
  destroy(): void;
}

/** `window.Frontdesk`, once the loader is there. */
export interface Sdk extends Asked {
  /** Begin. The same inbox again changes nothing; another one ends the first. Throws TypeError without an inbox. */
  boot(options: Options): void;
  /** Listen; the answer ends it. */
  on(name: EventName, listener: Listener): () => void;
  /** As in the queue before loading: push(["open"], ["track", "basket", { items: 2 }]). */
  push(...calls: Call[]): void;
}

type Named<Calls> = { [Name in keyof Calls]: Calls[Name] extends (...a: infer With) => void ? [Name, ...With] : never };

/** A call by its name and arguments. */
export type Call = Named<Omit<Sdk, "push">>[Exclude<keyof Sdk, "push">];

declare global {
  interface Window {
    Frontdesk?: Sdk | Call[];
  }
}
