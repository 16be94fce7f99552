import { FULL, type Look, launcher } from "./launcher.ts";
import { memory } from "./memory.ts";
import { PROTOCOL, type ToFrame, type ToLoader } from "./protocol.ts";
import type { Asked, EventName, Identity, Options } from "./sdk.ts";
import texts from "./texts.json" with { type: "json" };

const PENDING = 100;
const LOOK_MS = 5_000;

interface Config {
  look?: Look;
  locale?: string;
  words?: Record<string, string>;
}

/** The widget of one inbox on this page, from now to `destroy`. desk: the origin that the loader came from. */
export function widget(
  desk: string,
  { inbox, locale, theme = "auto", hidden = false }: Options,
  emit: (name: EventName, data?: Record<string, unknown>) => void,
): Asked {
  const kept = memory(inbox);
  const site = document.documentElement;
  const full = matchMedia(FULL);
  const ends = new AbortController();
  const watch = new MutationObserver(() => moved());
  const { root, button, panel, paint, draw } = launcher();

  let frame: HTMLIFrameElement | undefined;
  let ready = false;
  let pending: ToFrame[] = [];
  let isOpen = false;
  let unread = 0;
  let name = "";
  let identity: Identity = null;
  let identified = 0;
  let identities = 0;
  let config: Config = {};
  let prefix = "";
  let covered = false;
  let overflow = "";

  const title = () => document.title.slice(document.title.startsWith(prefix) ? prefix.length : 0);

  const post = (message: ToFrame) => frame?.contentWindow?.postMessage(message, desk);
  /** Now, or as soon as the frame listens. */
  const tell = (message: ToFrame) => {
    if (ready) post(message);
    else pending = [...pending, message].slice(-PENDING);
  };
  const tellSite = () => {
    if (ready)
      post({
        type: "site",
        protocol: PROTOCOL,
        locale,
        theme,
        page: { url: location.href, title: title(), referrer: document.referrer },
        identity: identified,
        kept: kept(),
        config,
        open: isOpen && !root.hidden,
        full: full.matches,
      });
  };

  const show = () => {
    if (!root.isConnected) return;
    draw(isOpen, unread, name, ready);

    const bare = title();
    prefix = unread ? `(${unread}) ` : "";
    if (document.title !== prefix + bare) document.title = prefix + bare;

    // behind a panel that covers everything, the page keeps still and out of the way
    const covers = isOpen && full.matches && !root.hidden;
    if (covers !== covered) {
      if (covers) overflow = site.style.overflow;
      site.style.overflow = covers ? "hidden" : overflow;
      document.body.inert = covered = covers;
    }
    tellSite();
  };

  const load = () => {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = name;
    frame.src = `${desk}/widget/${inbox}#site=${encodeURIComponent(location.origin)}`;
    panel.append(frame);
  };

  const turn = (open: boolean) => {
    if (open) {
      root.hidden = false;
      load();
    }
    if (open === isOpen) return;
    const hadFocus = document.activeElement === root;
    isOpen = open;
    show();
    if (open) frame?.focus();
    else {
      if (hadFocus) button.focus();
      if (!ready) {
        // it did not come; who opens again tries again
        frame?.remove();
        frame = undefined;
      }
    }
    emit(open ? "open" : "close");
  };

  const keep = (key: string, value: string | null) => kept((now) => ({ ...now, [key]: value ?? undefined }));

  const hear: { [Type in ToLoader["type"]]: (said: Extract<ToLoader, { type: Type }>) => void } = {
    ready() {
      ready = true;
      tellSite();
      pending.forEach(post);
      pending = [];
      show();
    },
    state(said) {
      ({ name } = said);
      if (frame) frame.title = said.title;
      keep("resume", said.resume ? "1" : null);
      if (said.unread !== unread) {
        unread = said.unread;
        emit("unread", { count: unread });
      }
      show();
    },
    keep: ({ key, value }) => keep(key, value),
    async "jwt.ask"({ id }) {
      let jwt: string | null | undefined;
      try {
        jwt = await (identity?.getToken?.() ?? identity?.jwt);
      } finally {
        post({ type: "jwt", id, jwt: jwt ?? null });
      }
    },
    event: ({ name, data }) => emit(name, data),
    open: () => turn(true),
    close: () => turn(false),
  };

  /** The page changed under the widget: it may have been taken out, the address or the title be another. */
  const moved = () => {
    if (!root.isConnected) {
      // a frame that is put in again begins anew, and says so
      ready = false;
      site.append(root);
    }
    show();
  };

  const listen = (target: EventTarget, name: string, hears: (event: never) => void) =>
    target.addEventListener(name, hears as EventListener, { signal: ends.signal });
  listen(window, "message", ({ source, origin, data }: MessageEvent) => {
    if (frame && source === frame.contentWindow && origin === desk) hear[data?.type as "event"]?.(data);
  });
  listen((window as { navigation?: EventTarget }).navigation ?? window, "currententrychange", moved);
  listen(full, "change", show);
  listen(button, "click", () => turn(!isOpen));
  listen(button, "pointerenter", load);
  listen(root, "keydown", ({ key }: KeyboardEvent) => {
    if (key === "Escape") turn(false);
  });

  const asked: Asked = {
    identify(told) {
      identity = told;
      identified = told ? ++identities : 0;
      tellSite();
    },
    update: (claims) => tell({ type: "update", claims }),
    open: () => turn(true),
    close: () => turn(false),
    toggle: () => turn(!isOpen),
    show() {
      root.hidden = false;
      show();
    },
    hide() {
      root.hidden = true;
      show();
    },
    newMessage(text) {
      tell({ type: "new_message", text });
      turn(true);
    },
    setLocale(told) {
      locale = told;
      tellSite();
    },
    setTheme(told) {
      theme = told;
      panel.style.colorScheme = theme === "auto" ? "light dark" : theme;
      tellSite();
    },
    track: (name, data) => tell({ type: "track", name, data }),
    logout() {
      identity = null;
      kept(() => ({}));
      load();
      tell({ type: "logout" });
    },
    destroy() {
      isOpen = false;
      unread = 0;
      show();
      ends.abort();
      watch.disconnect();
      root.remove();
      emit("destroy");
    },
  };

  (async () => {
    root.hidden = `${hidden}` !== "false";
    asked.setTheme(theme);
    try {
      const address = `${desk}/api/v1/widget/${inbox}?locale=${locale ?? navigator.language}`;
      // as the script itself was asked for, so that it takes the same connection
      const credentials = "include";
      config = await (await fetch(address, { credentials, signal: AbortSignal.timeout(LOOK_MS) })).json();
    } catch {}
    if (!document.body) await new Promise<unknown>((there) => listen(document, "DOMContentLoaded", there));
    if (ends.signal.aborted) return;
    name ||= config.words?.["launcher.name"] ?? (config.locale?.startsWith("ar") ? texts.ar : texts.en);
    paint(config.look ?? {});
    moved();
    watch.observe(site, { childList: true });
    watch.observe(document.head, { childList: true, subtree: true, characterData: true });
    if (kept().resume) load();
    emit("ready");
  })();
  return asked;
}
