import type { Call, Listener, Options, Sdk } from "./sdk.ts";
import { widget } from "./widget.ts";

const script = document.currentScript as HTMLScriptElement;
const told = { ...script.dataset } as unknown as Options;
const before = window.Frontdesk;

/** The SDK of this page; what is asked of a widget comes with `boot`. desk: the origin that the loader came from. */
function sdk(desk: string): Sdk {
  let inbox = "";
  const events = new EventTarget();
  const emit = (name: string, detail = {}) => {
    if (name === "destroy") inbox = "";
    events.dispatchEvent(new CustomEvent(name, { detail }));
  };
  const self = {
    boot(options: Options) {
      if (!options?.inbox) throw new TypeError("Frontdesk.boot: inbox is missing");
      if (inbox === options.inbox) return;
      if (inbox) self.destroy();
      inbox = options.inbox;
      Object.assign(self, widget(desk, options, emit));
    },
    on(name: string, listener: Listener) {
      const hear = ({ detail }: CustomEventInit) => listener(detail);
      events.addEventListener(name, hear);
      return () => events.removeEventListener(name, hear);
    },
    push(...calls: Call[]) {
      for (const [name, ...rest] of calls) (self[name] as (...rest: unknown[]) => void)?.(...rest);
    },
  } as unknown as Sdk;
  return self;
}

if (before && "boot" in before) {
  // the tag was run again, by a page change that kept the window
  if (told.inbox) before.boot(told);
} else {
  const mine = sdk(new URL(script.src).origin);
  window.Frontdesk = mine;
  if (told.inbox) mine.boot(told);
  mine.push(...(before ?? []));
}
