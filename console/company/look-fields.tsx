import { Radios } from "../admin/parts.tsx";
import type { Look } from "../admin/shapes.ts";
import { locale, t } from "../app/texts.ts";
import { Field, Icon, TextArea, TextField } from "../app/ui/index.ts";
import { ENOUGH, legible } from "./contrast.ts";
import "./company.css";

export const ACCENT = "#2f5bea";
const ACCENTS = ["#2f5bea", "#0f766e", "#15803d", "#b45309", "#be123c", "#7e22ce", "#0e7490", "#1f2937"] as const;

/** Colour, side, logo and greeting of the widget. `at`: what the server calls this part in its refusals. */
export function LookFields({
  look,
  at,
  error,
  onChange,
}: {
  look: Look;
  at: string;
  error: (field: string) => string | null;
  onChange: (look: Look) => void;
}) {
  const set = (more: Look) => onChange({ ...look, ...more });
  return (
    <div class="a-stack">
      <Accent value={look.accent ?? ACCENT} error={error(`${at}.accent`)} onChange={(accent) => set({ accent })} />
      <Radios
        label={t("company.side")}
        name="side"
        value={look.side ?? "end"}
        choices={[
          { value: "end", label: t("company.side_end") },
          { value: "start", label: t("company.side_start") },
        ]}
        onChange={(side) => set({ side })}
      />
      <TextField
        label={t("company.logo")}
        hint={t("company.logo_hint")}
        type="url"
        placeholder="https://"
        error={error(`${at}.logo_url`)}
        value={look.logo_url ?? ""}
        onInput={(url) => set({ logo_url: url.trim() || null })}
      />
      <TextArea
        label={t("company.greeting")}
        hint={t("company.greeting_hint")}
        rows={2}
        maxLength={500}
        error={error(`${at}.greeting`)}
        value={look.greeting ?? ""}
        onInput={(greeting) => set({ greeting: greeting || null })}
      />
    </div>
  );
}

function Accent({
  value,
  error,
  onChange,
}: {
  value: string;
  error: string | null;
  onChange: (accent: string) => void;
}) {
  const read = legible(value);
  return (
    <div class="a-stack tight">
      <Field label={t("company.accent")} error={error ?? (read ? null : t("company.accent_wrong"))}>
        {(given) => (
          <div class="accent-row">
            <input
              type="color"
              class="accent-pick"
              aria-label={t("company.accent_pick")}
              value={read ? value : ACCENT}
              onInput={(event) => onChange(event.currentTarget.value)}
            />
            <input
              {...given}
              class="input"
              dir="ltr"
              spellcheck={false}
              maxLength={7}
              value={value}
              onInput={(event) => onChange(whole(event.currentTarget.value))}
            />
          </div>
        )}
      </Field>
      <ul class="swatches" aria-label={t("company.accent_some")}>
        {ACCENTS.map((one) => (
          <li key={one}>
            <button
              type="button"
              class="swatch"
              style={{ "--swatch": one, "--tick": legible(one)?.ink ?? "#fff" }}
              aria-label={t(`company.accent_${one.slice(1)}`)}
              aria-pressed={value.toLowerCase() === one}
              onClick={() => onChange(one)}
            >
              {value.toLowerCase() === one && <Icon name="check" size={16} />}
            </button>
          </li>
        ))}
      </ul>
      {read && (
        <p class={read.ratio >= ENOUGH ? "hint" : "error"} role="status">
          {t("company.contrast", {
            ink: t(read.ink === "#fff" ? "company.ink_white" : "company.ink_black"),
            ratio: new Intl.NumberFormat(locale.value, { maximumFractionDigits: 1 }).format(read.ratio),
          })}
        </p>
      )}
    </div>
  );
}

const whole = (typed: string): string => {
  const text = typed.trim();
  return /^[0-9a-f]{6}$/i.test(text) ? `#${text}` : text;
};
