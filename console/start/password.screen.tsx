import { useState } from "preact/hooks";
import { useSending } from "../admin/form.ts";
import { post } from "../app/http.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { type Agent, enter } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Button, Link, TextField } from "../app/ui/index.ts";
import { OpenedCard } from "./opened.tsx";
import { NewPassword } from "./password-field.tsx";
import { Refused } from "./setup.screen.tsx";

/** A forgotten password: ask for a link; with a link, set another. */
export default function Password({ hash }: ScreenProps) {
  return hash ? <SetAnother key={hash} token={hash} /> : <Forgotten />;
}

function Forgotten() {
  const [email, setEmail] = useState("");
  const [asked, setAsked] = useState(false);
  const sending = useSending();
  const ask = async (event: Event) => {
    event.preventDefault();
    if (sending.busy) return;
    const done = await sending.run(async () => {
      await post("/passwords/forgot", { email: email.trim() });
      return true;
    });
    if (done) setAsked(true);
  };
  if (asked) {
    return (
      <OpenedCard title={t("start.forgot_sent")} lead={t("start.forgot_sent_text", { email: email.trim() })}>
        <Link to="">{t("start.to_log_in")}</Link>
      </OpenedCard>
    );
  }
  return (
    <OpenedCard title={t("start.forgot_title")} lead={t("start.forgot_lead")}>
      <form class="a-stack" onSubmit={ask}>
        <TextField
          label={t("app.email")}
          type="email"
          autocomplete="username"
          required
          error={sending.error("email")}
          value={email}
          onInput={setEmail}
        />
        <Refused text={sending.rest()} />
        <Button kind="primary" type="submit" busy={sending.busy}>
          {t("start.forgot_go")}
        </Button>
      </form>
      <Link to="">{t("start.to_log_in")}</Link>
    </OpenedCard>
  );
}

function SetAnother({ token }: { token: string }) {
  const [password, setPassword] = useState("");
  const sending = useSending();
  const set = async (event: Event) => {
    event.preventDefault();
    if (sending.busy) return;
    const made = await sending.run(() => post<{ token: string; agent: Agent }>("/passwords/set", { token, password }));
    if (!made) return;
    enter(made.token, made.agent, true);
    go("desk", { replace: true });
  };
  const over = sending.error("token");
  return (
    <OpenedCard title={t("start.set_title")} lead={t("start.set_lead")}>
      <form class="a-stack" onSubmit={set}>
        <NewPassword value={password} error={sending.error("password")} onInput={setPassword} />
        <Refused text={over ?? sending.rest()} />
        <Button kind="primary" type="submit" busy={sending.busy}>
          {t("start.set_go")}
        </Button>
      </form>
      {over && <Link to="password">{t("start.forgot_again")}</Link>}
    </OpenedCard>
  );
}
