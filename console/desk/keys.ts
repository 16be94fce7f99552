// The desk's keys. Letters alone count only where nothing is being typed.
import { useEffect } from "preact/hooks";

export interface Key {
  /** By place on the keyboard ("KeyJ"), so that Alt makes no other letter of it; or by sign ("?", "/"). */
  code?: string;
  sign?: string;
  alt?: boolean;
  /** Ctrl, or Cmd on a Mac. */
  mod?: boolean;
  /** Also while typing. */
  typing?: boolean;
  run: () => void;
}

export function useKeys(keys: readonly Key[]): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.repeat) return;
      if (document.querySelector("dialog[open]")) return;
      const typing = isTyping(event.target);
      const found = keys.find((one) => fits(one, event) && (one.typing || one.alt || one.mod || !typing));
      if (!found) return;
      event.preventDefault();
      found.run();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
}

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
export const MOD = isMac ? "⌘" : "Ctrl";

function fits(key: Key, event: KeyboardEvent): boolean {
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const other = isMac ? event.ctrlKey : event.metaKey;
  if (Boolean(key.mod) !== mod || other || Boolean(key.alt) !== event.altKey) return false;
  return key.sign !== undefined ? event.key === key.sign : event.code === key.code && !event.shiftKey;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
