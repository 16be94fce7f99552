import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../texts.ts";
import { Button, IconButton } from "./button.tsx";

export interface DialogProps {
  title: string;
  /** Escape, the cross, and a click beside it. */
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons at the end; put the main one last. */
  actions?: ComponentChildren;
  wide?: boolean;
}

// where there is something to fill in, that is what one came for
const FIRST = ".dialog-body :is(input:not([type=checkbox], [type=radio]), textarea, select):not(:disabled, [readonly])";

/** A modal dialog: the focus goes in and comes back to where it was. Drawn while it is open, and only then. */
export function Dialog({ title, onClose, children, actions, wide = false }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // before the next key comes
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>(FIRST)?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape does the same by the dialog's own cancel event
    <dialog
      ref={dialog}
      class={wide ? "dialog wide" : "dialog"}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="dialog-inside">
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={t("app.close")} onClick={onClose} />
        </header>
        <div class="dialog-body">{children}</div>
        {actions && <footer>{actions}</footer>}
      </div>
    </dialog>
  );
}

export interface ConfirmProps {
  title: string;
  text: string;
  /** Named by its effect. */
  action: string;
  danger?: boolean;
  busy?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Ask once before what cannot be undone. Prefer a toast with Undo. */
export function Confirm({ title, text, action, danger = false, busy = false, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button kind={danger ? "danger" : "primary"} busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}
