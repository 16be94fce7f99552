import { useState } from "preact/hooks";
import { t } from "../app/texts.ts";
import { Checkbox, TextField } from "../app/ui/index.ts";
import { PASSWORD_LEAST } from "./opened.tsx";

/** A new password, which may be looked at while it is typed. */
export function NewPassword({
  label = t("start.new_password"),
  value,
  error,
  onInput,
}: {
  label?: string;
  value: string;
  error: string | null;
  onInput: (value: string) => void;
}) {
  const [shown, setShown] = useState(false);
  return (
    <div class="a-stack tight">
      <TextField
        label={label}
        type={shown ? "text" : "password"}
        autocomplete="new-password"
        required
        minLength={PASSWORD_LEAST}
        hint={t("start.password_hint", { least: PASSWORD_LEAST })}
        error={error}
        value={value}
        onInput={onInput}
      />
      <Checkbox label={t("start.show_password")} checked={shown} onChange={setShown} />
    </div>
  );
}
