import type { ComponentChildren, PartialInputHTMLAttributes, Ref, TextareaHTMLAttributes } from "preact";
import { useId } from "preact/hooks";

interface Common {
  label: string;
  /** One sentence under the field. */
  hint?: string | undefined;
  /** What is wrong with the value, and what to do. */
  error?: string | null | undefined;
  /** The label is for readers only. */
  bare?: boolean;
}

interface Drawn {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

/** A labelled place for any control: the control takes the id and the aria attributes that it is given. */
export function Field({
  label,
  hint,
  error,
  bare,
  children,
}: Common & { children: (given: Drawn) => ComponentChildren }) {
  const id = useId();
  const told = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id} class={bare ? "only-heard" : undefined}>
        {label}
      </label>
      {children({ id, "aria-describedby": told || undefined, "aria-invalid": error ? true : undefined })}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p class="error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

type InputType =
  | "text"
  | "email"
  | "password"
  | "search"
  | "url"
  | "tel"
  | "number"
  | "date"
  | "time"
  | "datetime-local"
  | "color";

export interface TextFieldProps
  extends Common,
    Omit<
      PartialInputHTMLAttributes<HTMLInputElement>,
      "label" | "onInput" | "onChange" | "ref" | "role" | "type" | "value"
    > {
  type?: InputType;
  value: string;
  onInput: (value: string) => void;
  inputRef?: Ref<HTMLInputElement>;
}

export function TextField({
  label,
  hint,
  error,
  bare,
  value,
  onInput,
  inputRef,
  type = "text",
  ...rest
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} bare={bare ?? false}>
      {(given) => (
        <input
          {...rest}
          {...given}
          {...{ type: type as "text" }}
          ref={inputRef ?? null}
          class="input"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface TextAreaProps
  extends Common,
    Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "label" | "onInput" | "ref"> {
  value: string;
  onInput: (value: string) => void;
  areaRef?: Ref<HTMLTextAreaElement>;
}

export function TextArea({ label, hint, error, bare, value, onInput, areaRef, ...rest }: TextAreaProps) {
  return (
    <Field label={label} hint={hint} error={error} bare={bare ?? false}>
      {(given) => (
        <textarea
          rows={4}
          dir="auto"
          {...rest}
          {...given}
          ref={areaRef ?? null}
          class="input"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface Choice<T extends string = string> {
  value: T;
  label: string;
}

export interface SelectProps<T extends string> extends Common {
  value: T;
  choices: readonly Choice<T>[];
  onChange: (value: T) => void;
  disabled?: boolean;
}

export function Select<T extends string>({
  label,
  hint,
  error,
  bare,
  value,
  choices,
  onChange,
  disabled,
}: SelectProps<T>) {
  return (
    <Field label={label} hint={hint} error={error} bare={bare ?? false}>
      {(given) => (
        <select
          {...given}
          class="input"
          value={value}
          disabled={disabled ?? false}
          onChange={(event) => onChange(event.currentTarget.value as T)}
        >
          {choices.map((one) => (
            <option key={one.value} value={one.value} selected={one.value === value}>
              {one.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export interface CheckboxProps {
  label: ComponentChildren;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

export function Checkbox({ label, hint, checked, onChange, disabled }: CheckboxProps) {
  const id = useId();
  return (
    <div class="checkbox">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        disabled={disabled ?? false}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}
