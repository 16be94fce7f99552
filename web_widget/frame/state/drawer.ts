/** Small things of one visitor, kept here and, where this browser gives a frame no storage, by the loader on the site. */

import type { Bridge } from "./bridge.ts";

export interface Drawer {
  get(key: string): string | undefined;
  set(key: string, value: string | undefined): void;
}

/** elsewhere: what the loader kept. */
export function drawer(
  publicKey: string,
  bridge: Bridge,
  elsewhere: Readonly<Record<string, string | undefined>>,
): Drawer {
  const name = (key: string) => `frontdesk:${publicKey}:${key}`;
  const memory: Record<string, string | undefined> = { ...elsewhere };
  return {
    get(key) {
      try {
        return localStorage.getItem(name(key)) ?? memory[key];
      } catch {
        return memory[key];
      }
    },
    set(key, value) {
      if (value === undefined) delete memory[key];
      else memory[key] = value;
      bridge.post({ type: "keep", key, value: value ?? null });
      try {
        if (value === undefined) localStorage.removeItem(name(key));
        else localStorage.setItem(name(key), value);
      } catch {
        // refused: the loader's copy serves
      }
    },
  };
}
