import { useState } from "preact/hooks";
import { useSending } from "../admin/form.ts";
import { post } from "../app/http.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { type Agent, enter } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Button, Link, Loading, TextField } from "../app/ui/index.ts";
import { OpenedCard, useAsked } from "./opened.tsx";
import { NewPassword } from "./password-field.tsx";
import { Refused } from "./setup.screen.tsx";

interface Invited {
  email: string;
  company: string;
  role: Agent["role"];
  name?: string | null;
}

/** Who was invited gives their name and a password, and is at the desk. */
export default function Invitation({ hash }: ScreenProps) {
  const asked = useAsked(() => post<Invited>("/invitations/look", { token: hash }));
  if (asked.state === "asking") return <Loading />;
  if (asked.state === "refused") {
    return (
      <OpenedCard title={t("start.invitation_over")} lead={asked.text}>
        <Link to="">{t("start.to_log_in")}</Link>
      </OpenedCard>
    );
  }
  return <Accept token={hash} invited={asked.value} />;
}

function Accept({ token, invited }: { token: string; invited: Invited }) {
  const [name, setName] = useState(invited.name ?? "");
  const [password, setPassword] = useState("");
  const sending = useSending();
  const accept = async (event: Event) => {
    event.preventDefault();
    if (sending.busy) return;
    const made = await sending.run(() =>
      post<{ token: string; agent: Agent }>("/invitations/accept", { token, name: name.trim(), password }),
    );
    if (!made) return;
    enter(made.token, made.agent, true);
    go("desk", { replace: true });
  };
  return (
    <OpenedCard
      title={t("start.invitation_title", { company: invited.company })}
      lead={t(`start.invitation_as_${invited.role}`, { email: invited.email })}
    >
      <form class="a-stack" onSubmit={accept}>
        {/* a password keeper files the new password under this */}
        <input
          class="only-heard"
          type="email"
          autocomplete="username"
          value={invited.email}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
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
        <NewPassword value={password} error={sending.error("password")} onInput={setPassword} />
        <Refused text={sending.error("token") ?? sending.rest()} />
        <Button kind="primary" type="submit" busy={sending.busy}>
          {t("start.invitation_go")}
        </Button>
      </form>
    </OpenedCard>
  );
}
