import "./later.css";
import { useState } from "preact/hooks";
import { useRoom, well } from "../state/room.ts";
import { t } from "../state/words.ts";
import { back } from "../views/header.tsx";
import { Text } from "../views/text.tsx";

const KNOWN = {
  name: { type: "text", autocomplete: "name" },
  email: { type: "email", autocomplete: "email" },
  phone: { type: "tel", autocomplete: "tel" },
} as const;
const known = (key: string) => (KNOWN as Partial<Record<string, (typeof KNOWN)[keyof typeof KNOWN]>>)[key];
const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** The start form: before the first message only where the admin requires it, else whenever the visitor likes. */
export default function Details() {
  const room = useRoom();
  const { visit, view } = room;
  const form = { ...visit.config.start_form, ...visit.welcome.value?.inbox.start_form };
  const { fields = [], departments = [], consent, required } = form;
  const [values, setValues] = useState<Record<string, string>>({});
  const [department, setDepartment] = useState("");
  const [agreed, setAgreed] = useState(false);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const first = view.value === "chat";

  const done = () => {
    visit.options.drawer.set("details", "1");
    visit.detailsGiven.value = true;
    back(room);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    const found: Record<string, string> = {};
    for (const { key, required } of fields) {
      const value = values[key]?.trim() ?? "";
      if (required && !value) found[key] = t("form.missing");
      else if (key === "email" && value && !MAIL.test(value)) found[key] = t("form.bad_email");
    }
    if (consent?.required && !agreed) found.consent = t("form.consent");
    setWrong(found);
    const [at] = Object.keys(found);
    if (at) return document.getElementById(`form-${at}`)?.focus();
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim()));
    const answer = await visit.link.call("form.submit", {
      values: given,
      ...(department ? { department } : {}),
      ...(consent && agreed ? { consent: { text: consent.text, at: new Date().toISOString() } } : {}),
    });
    if (well(room, answer)) done();
  };
  const fault = (key: string) =>
    wrong[key] && (
      <small class="wrong" id={`wrong-${key}`}>
        {wrong[key]}
      </small>
    );
  return (
    <form class="form" noValidate onSubmit={submit}>
      <h2>{t(first ? "form.title" : "form.optional_title")}</h2>
      {!first && <p>{t("form.optional_text")}</p>}
      {room.writing.problem.value && (
        <p class="note" role="alert">
          {room.writing.problem.value}
        </p>
      )}
      {fields.map(({ key, label, required }) => (
        <label key={key}>
          <span>
            {label ?? t(`form.${key}`)} {!required && <small>({t("form.optional")})</small>}
          </span>
          <input
            id={`form-${key}`}
            class="text"
            dir="auto"
            maxLength={500}
            // the types of inputs are a union that only a literal fits
            type={(known(key)?.type ?? "text") as "text"}
            autocomplete={known(key)?.autocomplete}
            required={required}
            aria-invalid={key in wrong}
            aria-describedby={`wrong-${key}`}
            value={values[key] ?? ""}
            onInput={({ currentTarget }) => setValues({ ...values, [key]: currentTarget.value })}
          />
          {fault(key)}
        </label>
      ))}
      {departments.length > 0 && (
        <label>
          <span>{t("form.department")}</span>
          <select class="text" value={department} onChange={({ currentTarget }) => setDepartment(currentTarget.value)}>
            <option value="">{t("form.choose")}</option>
            {departments.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {consent && (
        <label class="consent">
          <input
            id="form-consent"
            type="checkbox"
            checked={agreed}
            aria-describedby="wrong-consent"
            aria-invalid={"consent" in wrong}
            onChange={({ currentTarget }) => setAgreed(currentTarget.checked)}
          />
          <span dir="auto">
            <Text text={consent.text} />
            {fault("consent")}
          </span>
        </label>
      )}
      <div class="choices">
        <button type="submit" class="pill pill-main">
          {t(first ? "form.start" : "form.save")}
        </button>
        {!(first && required) && (
          <button type="button" class="pill" onClick={done}>
            {t("form.not_now")}
          </button>
        )}
      </div>
    </form>
  );
}
