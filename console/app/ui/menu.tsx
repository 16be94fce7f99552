import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

export interface MenuItem {
  key: string;
  label: string;
  /** One line under the label. */
  hint?: string;
  icon?: IconName;
  shortcut?: string;
  danger?: boolean;
  checked?: boolean;
  disabled?: boolean;
  onChoose: () => void;
}

export interface MenuProps {
  /** The button's name for readers; drawn as its tooltip where `face` is an icon. */
  label: string;
  face: ComponentChildren;
  items: readonly MenuItem[];
  /** Where the list opens. */
  side?: "start" | "end";
  up?: boolean;
  class?: string;
}

/** A button that opens a list of actions: arrows, Home, End, first letters, Escape; focus returns. */
export function Menu({ label, face, items, side = "end", up = false, class: name = "menu-button" }: MenuProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = (back: boolean) => {
    setOpen(false);
    if (back) button.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    options(place.current)[0]?.focus();
    const outside = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", outside);
    addEventListener("focusin", outside);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("focusin", outside);
    };
  }, [open]);
  return (
    <div class="menu" ref={place}>
      <button
        ref={button}
        type="button"
        class={name}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {face}
      </button>
      {open && (
        <div
          id={id}
          role="menu"
          aria-label={label}
          class={`menu-list ${side} ${up ? "up" : ""}`}
          onKeyDown={(event) => walk(event, place.current, () => close(true))}
        >
          {items.map((one) => (
            <MenuRow key={one.key} item={one} onDone={() => close(true)} />
          ))}
        </div>
      )}
    </div>
  );
}

function MenuRow({ item, onDone }: { item: MenuItem; onDone: () => void }) {
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: the role that has the attribute is there whenever it is
    <button
      type="button"
      role={item.checked === undefined ? "menuitem" : "menuitemradio"}
      aria-checked={item.checked}
      tabIndex={-1}
      disabled={item.disabled}
      class={item.danger ? "danger" : undefined}
      onClick={() => {
        onDone();
        item.onChoose();
      }}
    >
      {item.icon && <Icon name={item.icon} size={16} />}
      <span class="menu-words">
        {item.label}
        {item.hint && <small>{item.hint}</small>}
      </span>
      {item.shortcut && <kbd>{item.shortcut}</kbd>}
      {item.checked && <Icon name="check" size={16} />}
    </button>
  );
}

function options(place: HTMLElement | null): HTMLButtonElement[] {
  return [...(place?.querySelectorAll<HTMLButtonElement>("[role^=menuitem]:not(:disabled)") ?? [])];
}

function walk(event: KeyboardEvent, place: HTMLElement | null, close: () => void): void {
  const all = options(place);
  const now = all.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    all[(to + all.length) % all.length]?.focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.stopPropagation();
    if (event.key === "Escape") event.preventDefault();
    close();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) {
    const rest = [...all.slice(now + 1), ...all.slice(0, now + 1)];
    rest.find((one) => one.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
  }
}
