import { useState } from "preact/hooks";
import { useSending } from "../admin/form.ts";
import { get, post } from "../app/http.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { type Agent, enter } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Button, Link, Loading, Problem, TextField } from "../app/ui/index.ts";
import { OpenedCard, useAsked } from "./opened.tsx";
import { NewPassword } from "./password-field.tsx";

/** The first admin, by the link that the first start has printed. */
export default function Setup({ hash }: ScreenProps) {
  const asked = useAsked(() => get<{ needed: boolean }>("/setup"));
  if (asked.state === "asking") return <Loading />;
  if (asked.state === "refused") return <Problem text={asked.text} retry={() => location.reload()} />;
  if (!asked.value.needed) {
    return (
      <OpenedCard title={t("start.setup_done")} lead={t("start.setup_done_text")}>
        <Link class="button primary m" to="">
          {t("start.to_log_in")}
        </Link>
      </OpenedCard>
    );
  }
  if (!hash) {
    return (
      <OpenedCard title={t("start.setup_no_token")} lead={t("start.setup_no_token_text")}>
        {null}
      </OpenedCard>
    );
  }
  return <FirstAdmin token={hash} />;
}

function FirstAdmin({ token }: { token: string }) {
  const [company, setCompany] = useState("");
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const sending = useSending();
  const begin = async (event: Event) => {
    event.preventDefault();
    if (sending.busy) return;
    const made = await sending.run(() =>
      post<{ token: string; agent: Agent }>("/setup", {
        token,
        company: company.trim(),
        name: name.trim(),
        email: email.trim(),
        password,
      }),
    );
    if (!made) return;
    enter(made.token, made.agent, true);
    go("start", { replace: true });
  };
  return (
    <OpenedCard title={t("start.setup_title")} lead={t("start.setup_lead")}>
      <form class="a-stack" onSubmit={begin}>
        <TextField
          label={t("start.company")}
          hint={t("start.company_hint")}
          autocomplete="organization"
          required
          maxLength={200}
          error={sending.error("company")}
          value={company}
          onInput={setCompany}
        />
        <TextField
          label={t("start.your_name")}
          hint={t("start.your_name_hint")}
          autocomplete="name"
          required
          maxLength={200}
          error={sending.error("name")}
          value={name}
          onInput={setName}
        />
        <TextField
          label={t("app.email")}
          type="email"
          autocomplete="username"
          required
          error={sending.error("email")}
          value={email}
          onInput={setEmail}
        />
        <NewPassword value={password} error={sending.error("password")} onInput={setPassword} />
        <Refused text={sending.error("token") ?? sending.rest()} />
        <Button kind="primary" type="submit" busy={sending.busy}>
          {t("start.setup_go")}
        </Button>
      </form>
    </OpenedCard>
  );
}

export function Refused({ text }: { text: string | null }) {
  if (!text) return null;
  return (
    <p class="error" role="alert">
      {text}
    </p>
  );
}
