import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

type Kind = "primary" | "plain" | "quiet" | "danger";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "icon" | "size"> {
  kind?: Kind;
  /** At work: no second click, and said to readers. */
  busy?: boolean;
  icon?: IconName;
  size?: "s" | "m";
  children?: ComponentChildren;
}

/** A button with words. Name it by its effect: "Send to Ana". */
export function Button({ kind = "plain", busy = false, icon, size = "m", children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`button ${kind} ${size} ${rest.class ?? ""}`}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : rest.onClick}
    >
      {icon && <Icon name={icon} size={16} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "kind"> {
  icon: IconName;
  /** What it does: its name for readers and its tooltip. */
  label: string;
}

export function IconButton({ icon, label, size = "m", ...rest }: IconButtonProps) {
  return (
    <button type="button" title={label} aria-label={label} {...rest} class={`icon-button ${size} ${rest.class ?? ""}`}>
      <Icon name={icon} size={size === "s" ? 16 : 20} />
    </button>
  );
}
