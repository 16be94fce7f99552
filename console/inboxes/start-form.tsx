import type { FormField, StartForm, Team } from "../admin/shapes.ts";
import { t } from "../app/texts.ts";
import { Button, Checkbox, IconButton, Select, TextArea, TextField } from "../app/ui/index.ts";

const KNOWN = ["name", "email", "phone"] as const;
const OWN_MOST = 5;

interface Props {
  value: StartForm | null;
  teams: Team[];
  /** field: below `settings.start_form`. */
  error: (field: string) => string | null;
  onChange: (value: StartForm | null) => void;
}

type When = "off" | "offered" | "required";

/** What visitors are asked about themselves, and when. */
export function StartFormFields({ value, teams, error, onChange }: Props) {
  const when: When = value === null ? "off" : value.required ? "required" : "offered";
  const choose = (next: When) => {
    if (next === "off") onChange(null);
    else onChange({ fields: [{ key: "name" }, { key: "email" }], ...value, required: next === "required" });
  };
  return (
    <>
      <Select<When>
        label={t("inboxes.form")}
        hint={t("inboxes.form_hint")}
        value={when}
        error={error("required")}
        choices={(["off", "offered", "required"] as const).map((one) => ({
          value: one,
          label: t(`inboxes.form_${one}`),
        }))}
        onChange={choose}
      />
      {value && (
        <div class="start-form">
          <Fields value={value.fields} error={error("fields")} onChange={(fields) => onChange({ ...value, fields })} />
          {teams.length > 0 && (
            <Departments value={value} teams={teams} error={error("departments")} onChange={onChange} />
          )}
          <Consent value={value} error={error("consent")} onChange={onChange} />
        </div>
      )}
    </>
  );
}

function Fields({
  value,
  error,
  onChange,
}: {
  value: FormField[];
  error: string | null;
  onChange: (fields: FormField[]) => void;
}) {
  const own = value.filter((one) => !(KNOWN as readonly string[]).includes(one.key));
  const put = (key: string, field: FormField | null) => {
    const without = value.filter((one) => one.key !== key);
    onChange(field ? [...without, field] : without);
  };
  const change = (key: string, more: Partial<FormField>) =>
    onChange(value.map((one) => (one.key === key ? { ...one, ...more } : one)));
  return (
    <fieldset class="radios">
      <legend>{t("inboxes.form_fields")}</legend>
      {KNOWN.map((key) => {
        const field = value.find((one) => one.key === key);
        return (
          <div class="a-line" key={key}>
            <Checkbox
              label={t(`inboxes.form_${key}`)}
              checked={field !== undefined}
              onChange={(on) => put(key, on ? { key } : null)}
            />
            {field && (
              <Checkbox
                label={t("inboxes.form_must")}
                checked={field.required ?? false}
                onChange={(required) => change(key, { required })}
              />
            )}
          </div>
        );
      })}
      {own.map((field, index) => (
        <div class="tools" key={field.key}>
          <TextField
            label={t("inboxes.form_question", { number: index + 1 })}
            maxLength={200}
            value={field.label ?? ""}
            onInput={(label) => change(field.key, { label })}
          />
          <Checkbox
            label={t("inboxes.form_must")}
            checked={field.required ?? false}
            onChange={(required) => change(field.key, { required })}
          />
          <IconButton
            icon="close"
            label={t("admin.remove", { what: field.label || t("inboxes.form_question", { number: index + 1 }) })}
            onClick={() => put(field.key, null)}
          />
        </div>
      ))}
      {own.length < OWN_MOST && (
        <div>
          <Button size="s" icon="plus" onClick={() => onChange([...value, { key: freshKey(value), label: "" }])}>
            {t("inboxes.form_add")}
          </Button>
        </div>
      )}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function freshKey(fields: FormField[]): string {
  let number = 1;
  while (fields.some((one) => one.key === `question_${number}`)) number++;
  return `question_${number}`;
}

function Departments({
  value,
  teams,
  error,
  onChange,
}: {
  value: StartForm;
  teams: Team[];
  error: string | null;
  onChange: (value: StartForm) => void;
}) {
  const chosen = value.departments ?? [];
  return (
    <fieldset class="radios">
      <legend>{t("inboxes.form_departments")}</legend>
      <p class="hint">{t("inboxes.form_departments_hint")}</p>
      {teams.map((team) => (
        <Checkbox
          key={team.id}
          label={team.name}
          checked={chosen.includes(team.id)}
          onChange={(on) =>
            onChange({ ...value, departments: on ? [...chosen, team.id] : chosen.filter((one) => one !== team.id) })
          }
        />
      ))}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function Consent({
  value,
  error,
  onChange,
}: {
  value: StartForm;
  error: string | null;
  onChange: (value: StartForm) => void;
}) {
  const { consent } = value;
  return (
    <div class="a-stack tight">
      <Checkbox
        label={t("inboxes.form_consent")}
        hint={t("inboxes.form_consent_hint")}
        checked={Boolean(consent)}
        onChange={(on) =>
          onChange({ ...value, consent: on ? { text: t("inboxes.form_consent_first"), required: true } : null })
        }
      />
      {consent && (
        <>
          <TextArea
            label={t("inboxes.form_consent_text")}
            rows={2}
            maxLength={2000}
            error={error}
            value={consent.text}
            onInput={(text) => onChange({ ...value, consent: { ...consent, text } })}
          />
          <Checkbox
            label={t("inboxes.form_must")}
            checked={consent.required ?? false}
            onChange={(required) => onChange({ ...value, consent: { ...consent, required } })}
          />
        </>
      )}
    </div>
  );
}
