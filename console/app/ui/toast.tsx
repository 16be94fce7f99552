// Short words about what was just done, with Undo for 10 seconds.
import { signal } from "@preact/signals";
import { sentence } from "../http.ts";
import { t } from "../texts.ts";
import { Button, IconButton } from "./button.tsx";

const SHOWN_MS = 10_000;
const MOST = 4;

export interface ToastOrder {
  text: string;
  tone?: "plain" | "good" | "bad";
  /** Takes it back. */
  undo?: () => void | Promise<void>;
}

interface Shown extends ToastOrder {
  id: number;
}

const shown = signal<readonly Shown[]>([]);
let last = 0;

/** Show a toast for 10 s (one that tells of trouble stays until closed); returns how to take it away. */
export function toast(order: ToastOrder): () => void {
  const id = ++last;
  const away = () => {
    shown.value = shown.value.filter((one) => one.id !== id);
  };
  shown.value = [...shown.value.slice(1 - MOST), { ...order, id }];
  if (order.tone !== "bad") setTimeout(away, SHOWN_MS);
  return away;
}

/** Show what went wrong. */
export function trouble(error: unknown): void {
  toast({ text: sentence(error), tone: "bad" });
}

export function Toasts() {
  return (
    <section class="toasts" aria-label={t("app.notices")} aria-live="polite">
      {shown.value.map((one) => (
        <Toast key={one.id} {...one} />
      ))}
    </section>
  );
}

function Toast({ id, text, tone = "plain", undo }: Shown) {
  const away = () => {
    shown.value = shown.value.filter((one) => one.id !== id);
  };
  const back = async () => {
    away();
    try {
      await undo?.();
    } catch (error) {
      trouble(error);
    }
  };
  return (
    <div class={`toast ${tone}`}>
      <p>{text}</p>
      {undo && (
        <Button kind="quiet" size="s" onClick={back}>
          {t("app.undo")}
        </Button>
      )}
      <IconButton icon="close" size="s" label={t("app.close")} onClick={away} />
    </div>
  );
}
