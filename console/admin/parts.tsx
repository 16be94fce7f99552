// Parts that several admin screens draw with.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { t } from "../app/texts.ts";
import { Button, Icon, Select, TextField } from "../app/ui/index.ts";
import type { Form } from "./form.ts";

/** Save and take back, once there is something to save; says what went wrong, and when somebody was quicker. */
export function SaveBar<T extends object>({
  form,
  onSave,
  onReload,
  label,
  always = false,
}: {
  form: Form<T>;
  onSave: () => void;
  onReload: () => void;
  label?: string;
  always?: boolean;
}) {
  const rest = form.rest();
  if (!always && !form.changes && !form.busy && !rest) return null;
  return (
    <div class="save-bar">
      {form.conflict && (
        <div class="notice amber" role="alert">
          <strong>{t("admin.conflict")}</strong>
          <p>{t("admin.conflict_text")}</p>
          <Button
            size="s"
            onClick={() => {
              form.reset();
              onReload();
            }}
          >
            {t("admin.conflict_theirs")}
          </Button>
        </div>
      )}
      {rest && (
        <p class="error" role="alert">
          {rest}
        </p>
      )}
      <div class="save-row">
        <Button kind="primary" type="submit" busy={form.busy} onClick={onSave}>
          {form.conflict ? t("admin.conflict_mine") : (label ?? t("admin.save_changes"))}
        </Button>
        {form.changes && (
          <Button kind="quiet" disabled={form.busy} onClick={form.reset}>
            {t("admin.take_back")}
          </Button>
        )}
        {form.changes && <span class="soft small">{t("admin.not_saved")}</span>}
      </div>
    </div>
  );
}

/** Copy a text; the button says that it was done. */
export function CopyButton({
  text,
  label,
  kind = "plain",
}: {
  text: string;
  label?: string;
  kind?: "plain" | "primary";
}) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2_500);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
    } catch {
      // without a clipboard (plain http) the text is there to be marked
      setDone(false);
    }
  };
  return (
    <Button kind={kind} size="s" icon={done ? "check" : "file"} onClick={() => void copy()}>
      <span aria-live="polite">{done ? t("app.copied") : (label ?? t("app.copy"))}</span>
    </Button>
  );
}

/** A text to take away: a link, a key, a line of code. */
export function Takeaway({
  label,
  text,
  hint,
  copyLabel,
}: {
  label: string;
  text: string;
  hint?: string;
  copyLabel?: string;
}) {
  const id = useId();
  return (
    <div class="takeaway">
      <label for={id}>{label}</label>
      <div class="takeaway-row">
        <textarea
          id={id}
          class="input code"
          dir="ltr"
          readOnly
          rows={Math.min(6, Math.max(1, text.split("\n").length, Math.ceil(text.length / 90)))}
          value={text}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={text} kind="primary" {...(copyLabel ? { label: copyLabel } : {})} />
      </div>
      {hint && <p class="hint">{hint}</p>}
    </div>
  );
}

/** Choose one of a few, each told in a sentence. */
export function Radios<T extends string>({
  label,
  name,
  value,
  choices,
  onChange,
}: {
  label: string;
  name: string;
  value: T;
  choices: { value: T; label: string; hint?: string }[];
  onChange: (value: T) => void;
}) {
  const id = useId();
  return (
    <fieldset class="radios">
      <legend>{label}</legend>
      {choices.map((one) => (
        <div class="checkbox" key={one.value}>
          <input
            id={`${id}-${one.value}`}
            type="radio"
            name={`${name}-${id}`}
            checked={value === one.value}
            aria-describedby={one.hint ? `${id}-${one.value}-hint` : undefined}
            onChange={() => onChange(one.value)}
          />
          <label for={`${id}-${one.value}`}>{one.label}</label>
          {one.hint && (
            <p class="hint" id={`${id}-${one.value}-hint`}>
              {one.hint}
            </p>
          )}
        </div>
      ))}
    </fieldset>
  );
}

/** A list of short texts: added by Enter, taken away each. Several lines pasted become several. */
export function TextList({
  label,
  hint,
  error,
  values,
  onChange,
  placeholder,
  addLabel,
  numbered = false,
}: {
  label: string;
  hint?: string;
  error?: string | null;
  values: readonly string[];
  onChange: (values: string[]) => void;
  placeholder?: string;
  addLabel: string;
  numbered?: boolean;
}) {
  const [text, setText] = useState("");
  const add = (given: string) => {
    const fresh = given
      .split(/\r?\n/)
      .map((one) => one.trim())
      .filter((one) => one && !values.includes(one));
    if (fresh.length > 0) onChange([...values, ...new Set(fresh)]);
    setText("");
  };
  return (
    <div class="text-list">
      <div class="text-list-add">
        <TextField
          label={label}
          hint={hint}
          error={error}
          value={text}
          dir="auto"
          placeholder={placeholder}
          onInput={setText}
          onPaste={(event) => {
            const pasted = event.clipboardData?.getData("text") ?? "";
            if (!/\n/.test(pasted.trim())) return;
            event.preventDefault();
            add(pasted);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.isComposing) return;
            event.preventDefault();
            add(text);
          }}
          onBlur={() => text.trim() && add(text)}
        />
        <Button disabled={!text.trim()} onClick={() => add(text)}>
          {addLabel}
        </Button>
      </div>
      {values.length > 0 && (
        <ul aria-label={label} class={numbered ? "numbered" : undefined}>
          {values.map((one) => (
            <li key={one}>
              <span dir="auto">{one}</span>
              <button
                type="button"
                class="icon-button s"
                aria-label={t("admin.remove", { what: one })}
                title={t("admin.remove", { what: one })}
                onClick={() => onChange(values.filter((other) => other !== one))}
              >
                <Icon name="close" size={16} />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Which bot's; nothing to choose where there is one. */
export function BotChoice({
  bots,
  chosen,
  onChoose,
}: {
  bots: readonly { id: string; name: string }[];
  chosen: string;
  onChoose: (id: string) => void;
}) {
  if (bots.length < 2) return null;
  return (
    <Select
      label={t("admin.which_bot")}
      value={chosen}
      choices={bots.map((one) => ({ value: one.id, label: one.name }))}
      onChange={onChoose}
    />
  );
}

export function Busy({ when, children }: { when: boolean; children: ComponentChildren }) {
  return (
    <div aria-busy={when} class={when ? "busy" : undefined}>
      {children}
    </div>
  );
}
