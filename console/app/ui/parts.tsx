// Small parts that every screen draws with.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { t } from "../texts.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

export type Tone = "plain" | "accent" | "green" | "amber" | "red";

/** A word with a colour; the word alone says it all. */
export function Badge({
  tone = "plain",
  icon,
  children,
}: {
  tone?: Tone;
  icon?: IconName;
  children: ComponentChildren;
}) {
  return (
    <span class={`badge ${tone}`}>
      {icon && <Icon name={icon} size={14} />}
      {children}
    </span>
  );
}

export interface EmptyProps {
  title: string;
  /** What to do next. */
  text?: string;
  icon?: IconName;
  action?: ComponentChildren;
  /** Of its heading; 2 right under a page's title, 1 where nothing else is on the page. */
  level?: 1 | 2 | 3;
}

export function Empty({ title, text, icon, action, level = 3 }: EmptyProps) {
  const Heading = `h${level}` as const;
  return (
    <div class="empty">
      {icon && <Icon name={icon} size={28} />}
      <Heading>{title}</Heading>
      {text && <p>{text}</p>}
      {action}
    </div>
  );
}

/** Something could not be loaded: why, and again. */
export function Problem({ text, retry }: { text: string; retry?: () => void }) {
  return (
    <div class="problem" role="alert">
      <Icon name="warn" />
      <p>{text}</p>
      {retry && (
        <Button size="s" onClick={retry}>
          {t("app.try_again")}
        </Button>
      )}
    </div>
  );
}

/** Something is coming. Shows only when it takes longer than a moment. */
export function Loading({ label }: { label?: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 250);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p class="loading" role="status">
      {late && (label ?? t("app.loading"))}
    </p>
  );
}

export function Avatar({
  name,
  url,
  bot = false,
  size = 32,
}: {
  name: string;
  url?: string | null;
  bot?: boolean;
  size?: number;
}) {
  const style = { inlineSize: `${size}px`, blockSize: `${size}px` };
  if (url) return <img class="avatar" style={style} src={url} alt="" />;
  return (
    <span class={bot ? "avatar bot" : "avatar"} style={style} aria-hidden="true">
      {bot ? <Icon name="bot" size={Math.round(size * 0.6)} /> : initials(name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const first = [...(words[0] ?? "")][0] ?? "?";
  const last = words.length > 1 ? ([...(words.at(-1) ?? "")][0] ?? "") : "";
  return (first + last).toUpperCase();
}

export interface Tab {
  key: string;
  label: string;
  count?: number;
}

/** Tabs with arrow keys. `children` is the chosen one's panel. */
export function Tabs(props: {
  label: string;
  tabs: readonly Tab[];
  chosen: string;
  onChoose: (key: string) => void;
  children?: ComponentChildren;
}) {
  const { tabs, chosen, onChoose } = props;
  const id = useId();
  const row = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const rtl = document.documentElement.dir === "rtl" ? -1 : 1;
    const step = event.key === "ArrowRight" ? rtl : event.key === "ArrowLeft" ? -rtl : 0;
    if (step === 0) return;
    event.preventDefault();
    const index = (tabs.findIndex((one) => one.key === chosen) + step + tabs.length) % tabs.length;
    onChoose(tabs[index]?.key ?? chosen);
    (row.current?.children[index] as HTMLElement | undefined)?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={props.label} ref={row} onKeyDown={move}>
        {tabs.map((one) => (
          <button
            key={one.key}
            type="button"
            role="tab"
            id={`${id}-${one.key}`}
            aria-selected={one.key === chosen}
            aria-controls={props.children ? `${id}-panel` : undefined}
            tabIndex={one.key === chosen ? 0 : -1}
            onClick={() => onChoose(one.key)}
          >
            {one.label}
            {one.count !== undefined && <span class="count">{one.count}</span>}
          </button>
        ))}
      </div>
      {props.children && (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
          {props.children}
        </div>
      )}
    </>
  );
}
