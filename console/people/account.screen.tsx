import { useRef, useState } from "preact/hooks";
import { useForm, useSending } from "../admin/form.ts";
import { Card, Page } from "../admin/page.tsx";
import { SaveBar } from "../admin/parts.tsx";
import { keptOnDevice } from "../app/credential.ts";
import { ask, patch, post } from "../app/http.ts";
import { type Agent, logIn, me } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { size } from "../app/times.ts";
import { Avatar, Button, Loading, Problem, TextField, toast, trouble, useLoad } from "../app/ui/index.ts";
import { NewPassword } from "../start/password-field.tsx";

const PICTURE_BYTES = 2_000_000;
const UPLOAD_MS = 60_000;

/** One's own name, picture and password. */
export default function Account() {
  const loaded = useLoad<Agent>("/agents/me");
  const take = (agent: Agent, etag: string | null) => {
    loaded.set(agent, etag);
    me.value = agent;
  };
  return (
    <Page section="settings" here="account" title={t("people.account")} lead={t("people.account_lead")}>
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!loaded.value && !loaded.error && <Loading />}
      {loaded.value && (
        <>
          <Face agent={loaded.value} onChanged={loaded.reload} />
          <Name agent={loaded.value} etag={loaded.etag} onSaved={take} onReload={loaded.reload} />
          <Password email={loaded.value.email} />
        </>
      )}
    </Page>
  );
}

function Face({ agent, onChanged }: { agent: Agent; onChanged: () => void }) {
  const [busy, setBusy] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const change = async (method: "PUT" | "DELETE", body?: FormData) => {
    setBusy(true);
    try {
      const { value } = await ask<Agent>(method, "/agents/me/avatar", {
        ...(body ? { body } : {}),
        timeoutMs: UPLOAD_MS,
      });
      me.value = value;
      onChanged();
    } catch (error) {
      trouble(error);
    } finally {
      setBusy(false);
    }
  };
  const take = (file: File | undefined) => {
    if (!file) return;
    if (file.size > PICTURE_BYTES) {
      toast({ text: t("people.picture_large", { most: size(PICTURE_BYTES) }), tone: "bad" });
      return;
    }
    const form = new FormData();
    form.set("file", file);
    void change("PUT", form);
  };
  return (
    <Card title={t("people.picture")} text={t("people.picture_text")}>
      <div class="a-line">
        <Avatar name={agent.name} url={agent.avatar_url} size={64} />
        <Button busy={busy} onClick={() => picker.current?.click()}>
          {t("people.picture_choose")}
        </Button>
        {agent.avatar_url && (
          <Button kind="quiet" disabled={busy} onClick={() => void change("DELETE")}>
            {t("people.picture_remove")}
          </Button>
        )}
        <input
          ref={picker}
          class="only-heard"
          type="file"
          accept="image/png,image/jpeg,image/webp"
          tabIndex={-1}
          aria-hidden="true"
          onChange={(event) => {
            take(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
      </div>
    </Card>
  );
}

interface NameProps {
  agent: Agent;
  etag: string | null;
  onSaved: (agent: Agent, etag: string | null) => void;
  onReload: () => void;
}

function Name({ agent, etag, onSaved, onReload }: NameProps) {
  const form = useForm<{ name: string }>({
    value: { name: agent.name },
    etag,
    taken: (answer, tag) => onSaved(answer as Agent, tag),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void form.save((tag) => patch<Agent>("/agents/me", form.changes, tag));
      }}
    >
      <Card title={t("people.name")}>
        <TextField
          label={t("start.your_name")}
          hint={t("start.your_name_hint")}
          autocomplete="name"
          required
          maxLength={200}
          error={form.error("name")}
          value={form.value.name}
          onInput={(name) => form.set({ name })}
        />
        <SaveBar form={form} onSave={() => {}} onReload={onReload} />
      </Card>
    </form>
  );
}

function Password({ email }: { email: string }) {
  const [present, setPresent] = useState("");
  const [next, setNext] = useState("");
  const sending = useSending();
  const change = async (event: Event) => {
    event.preventDefault();
    const done = await sending.run(async () => {
      await post("/agents/me/password", { password: present, new_password: next });
      // every session has ended with the old one, this one too
      await logIn(email, next, keptOnDevice());
      return true;
    });
    if (!done) return;
    setPresent("");
    setNext("");
    toast({ text: t("people.password_changed"), tone: "good" });
  };
  const rest = sending.rest();
  return (
    <form onSubmit={change}>
      <Card title={t("app.password")} text={t("people.password_text")}>
        <TextField
          label={t("people.password_present")}
          type="password"
          autocomplete="current-password"
          required
          error={sending.error("password")}
          value={present}
          onInput={setPresent}
        />
        <NewPassword
          label={t("people.password_new")}
          value={next}
          error={sending.error("new_password")}
          onInput={setNext}
        />
        {rest && (
          <p class="error" role="alert">
            {rest}
          </p>
        )}
        <div>
          <Button type="submit" busy={sending.busy} disabled={!present || !next}>
            {t("people.password_change")}
          </Button>
        </div>
      </Card>
    </form>
  );
}
