/**
 * What loader (the site's page) and frame (the desk's page in an iframe) say to each other by postMessage.
 *
 * Exact origins, both ways. The loader makes the frame at `{desk}/widget/{public_key}#site={origin of the site's page}`
 * and takes only messages whose `origin` is the desk's (that of its own script) and whose `source` is that iframe. The
 * frame reads the site's origin with `siteOrigin(location.hash)`, sends to that origin alone, and takes only messages with
 * that `origin` and `source === window.parent`. Neither side ever posts to "*". A site that lies about its origin hears
 * nothing: the browser does not deliver. Which sites may show the frame at all is said by the page's frame-ancestors.
 *
 * Order: the frame posts `ready` once it listens; the loader answers with `site`, and sends `site` again, whole, whenever
 * anything in it changes. A frame that was loaded again says `ready` again. Before `ready` the loader sends nothing.
 * Unknown types are ignored by both.
 *
 * Identity: where `site.identity` is not 0 the frame asks with `jwt.ask` before *each* connecting (a JWT lives an hour at
 * most) and waits 10 s at most for `jwt` with the same `id`. Another number there means another identity: connect again.
 *
 * Storage: the frame keeps what it keeps in its own storage. Where that is refused (third-party storage blocked) or
 * gone, `site.kept` holds what it once asked the loader to `keep` in the site's localStorage: the
 * visitor's token and other small things.
 */

export const PROTOCOL = 1;

export type Theme = "light" | "dark" | "auto";

export interface Page {
  url: string;
  title: string;
  referrer: string;
}

/** What a site may say about its visitor without proof; never counts as verified. */
export interface Claims {
  name?: string;
  email?: string;
  phone?: string;
  attributes?: Record<string, string | number | boolean | null>;
}

export type SiteState = {
  type: "site";
  protocol: number;
  /** What the site asked for, a BCP 47 tag; else the frame chooses by what the inbox offers and the browser prefers. */
  locale?: string;
  theme: Theme;
  page: Page;
  /** 0: none; else which one, counted from 1. */
  identity: number;
  kept: Record<string, string | undefined>;
  /** What `GET /api/v1/widget/{public_key}` told the loader, if it did by then: the frame need not ask again. */
  config?: unknown;
  /**
   * Whether the visitor sees the frame now (it may be loaded behind a closed launcher, to count what is unread). When it
   * turns true the frame puts the focus where the visitor would write.
   */
  open: boolean;
  /** It fills the screen of a phone: show a way to close that is large. */
  full: boolean;
};

export type ToFrame =
  | SiteState
  | { type: "jwt"; id: number; jwt: string | null }
  | { type: "update"; claims: Claims }
  /** Begin a new conversation, with this text in the composer (never sent by itself). */
  | { type: "new_message"; text?: string }
  | { type: "track"; name: string; data?: Record<string, unknown> }
  /** Forget this visitor: token, drafts, unsent messages, socket; then begin as a fresh one. */
  | { type: "logout" };

export type ToLoader =
  | { type: "ready"; protocol: number }
  /** Whenever one of these changes, and once after the first `site`. The loader shows and names the launcher by it. */
  | {
      type: "state";
      unread: number;
      /** There is a conversation to come back to: the loader makes the frame at once on the next page. */
      resume: boolean;
      /** The launcher's whole name in the language in use, with what is unread: "Chat", "Chat, 2 unread". */
      name: string;
      /** What the frame itself is called there: "Chat". */
      title: string;
    }
  /** The visitor closed it (button or Escape): the loader hides the panel and returns the focus to the launcher. */
  | { type: "close" }
  /** The frame wants to be seen (the visitor chose a notice, say). */
  | { type: "open" }
  | { type: "jwt.ask"; id: number }
  | { type: "keep"; key: string; value: string | null }
  /** For the site's `Frontdesk.on(name)`: names are those of `Events`, besides those the loader itself emits. */
  | { type: "event"; name: FrameEvent; data?: Record<string, unknown> };

/** Events that the frame tells of; the loader adds `ready`, `open`, `close`, `unread` and `destroy`. */
export type FrameEvent = "connected" | "disconnected" | "conversation" | "message" | "resolved" | "rated";

/** The origin of the page that holds the frame, from the fragment of the frame's own address; null where it is not one. */
export function siteOrigin(hash: string): string | null {
  const said = new URLSearchParams(hash.replace(/^#/, "")).get("site");
  if (!said) return null;
  try {
    const { origin, protocol } = new URL(said);
    return (protocol === "https:" || protocol === "http:") && origin === said ? origin : null;
  } catch {
    return null;
  }
}
