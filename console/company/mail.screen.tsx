import { useState } from "preact/hooks";
import { useForm, useSending } from "../admin/form.ts";
import { Card, Page, Told } from "../admin/page.tsx";
import { SaveBar } from "../admin/parts.tsx";
import { del, isRefusal, post, put, type Tagged } from "../app/http.ts";
import { me } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Button, Confirm, Loading, Problem, Select, TextField, toast, trouble, useLoad } from "../app/ui/index.ts";

type Security = "tls" | "starttls" | "none";

interface MailSettings {
  host: string;
  port: number;
  security: Security;
  username: string | null;
  sender: string;
}

type Answer = { [field in keyof MailSettings]: MailSettings[field] | null } & {
  is_set: boolean;
  password_set: boolean;
};

const PORTS: Record<Security, number> = { tls: 465, starttls: 587, none: 25 };

/** How the desk sends mail: invitations, forgotten passwords, transcripts. */
export default function Mail() {
  const loaded = useLoad<Answer>("/mail");
  const isSet = loaded.value?.is_set ?? false;
  const missing = loaded.error !== null && loaded.value === undefined;
  return (
    <Page section="settings" here="mail" title={t("mail.title")} lead={t("mail.lead")}>
      {missing && <Problem text={loaded.error ?? ""} retry={loaded.reload} />}
      {!loaded.value && !missing && <Loading />}
      {loaded.value && (
        <>
          {!isSet && (
            <Told tone="plain" title={t("mail.not_set")}>
              <p>{t("mail.not_set_text")}</p>
            </Told>
          )}
          <Edit
            saved={loaded.value}
            etag={loaded.etag}
            onSaved={(value, etag) => loaded.set(value, etag)}
            onReload={loaded.reload}
          />
          {isSet && <Test />}
          {isSet && <Forget onDone={loaded.reload} />}
        </>
      )}
    </Page>
  );
}

interface Edited extends MailSettings {
  password: string;
}

function Edit({
  saved,
  etag,
  onSaved,
  onReload,
}: {
  saved: Answer;
  etag: string | null;
  onSaved: (value: Answer, etag: string | null) => void;
  onReload: () => void;
}) {
  const form = useForm<Edited>({
    value: {
      host: saved.host ?? "",
      port: saved.port ?? 587,
      security: saved.security ?? "starttls",
      username: saved.username ?? "",
      sender: saved.sender ?? "",
      password: "",
    },
    etag,
    taken: (answer, tag) => onSaved(answer as Answer, tag),
  });
  const { value } = form;
  const save = () =>
    void form.save(async (tag): Promise<Tagged<Answer>> => {
      const { password, username, ...rest } = value;
      const body = { ...rest, username: username || null, ...(password ? { password } : {}) };
      return put<Answer>("/mail", body, tag);
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Card title={t("mail.server")} text={t("mail.server_text")}>
        <TextField
          label={t("mail.host")}
          placeholder="smtp.example.com"
          dir="ltr"
          required
          error={form.error("host")}
          value={value.host}
          onInput={(host) => form.set({ host: host.trim() })}
        />
        <div class="pair">
          <Select<Security>
            label={t("mail.security")}
            hint={value.security === "none" ? t("mail.security_none_hint") : undefined}
            value={value.security}
            error={form.error("security")}
            choices={(["starttls", "tls", "none"] as const).map((one) => ({
              value: one,
              label: t(`mail.security_${one}`),
            }))}
            onChange={(security) =>
              form.set({ security, ...(Object.values(PORTS).includes(value.port) ? { port: PORTS[security] } : {}) })
            }
          />
          <TextField
            label={t("mail.port")}
            type="number"
            min={1}
            max={65535}
            required
            error={form.error("port")}
            value={String(value.port)}
            onInput={(port) => form.set({ port: Number(port) })}
          />
        </div>
        <div class="pair">
          <TextField
            label={t("mail.username")}
            autocomplete="off"
            dir="ltr"
            error={form.error("username")}
            value={value.username ?? ""}
            onInput={(username) => form.set({ username })}
          />
          <TextField
            label={t("mail.password")}
            type="password"
            autocomplete="new-password"
            hint={saved.password_set ? t("mail.password_kept") : undefined}
            error={form.error("password")}
            value={value.password}
            onInput={(password) => form.set({ password })}
          />
        </div>
        <TextField
          label={t("mail.sender")}
          hint={t("mail.sender_hint")}
          placeholder="Desk <desk@example.com>"
          required
          error={form.error("sender")}
          value={value.sender}
          onInput={(sender) => form.set({ sender })}
        />
        <SaveBar form={form} onSave={() => {}} onReload={onReload} label={t("mail.save")} />
      </Card>
    </form>
  );
}

function Test() {
  const [to, setTo] = useState(me.value?.email ?? "");
  const [told, setTold] = useState<{ sent: boolean; message: string }>();
  const sending = useSending();
  const test = async (event: Event) => {
    event.preventDefault();
    setTold(undefined);
    setTold(
      await sending.run(() =>
        post<{ sent: boolean; message: string }>("/mail/test", { to: to.trim() }, { timeoutMs: 60_000 }),
      ),
    );
  };
  const wrong = sending.error("to");
  const rest = sending.rest();
  return (
    <form onSubmit={test}>
      <Card title={t("mail.test")} text={t("mail.test_text")}>
        <div class="tools">
          <TextField label={t("mail.test_to")} type="email" required error={wrong} value={to} onInput={setTo} />
          <Button type="submit" busy={sending.busy}>
            {t("mail.test_go")}
          </Button>
        </div>
        {told && (
          <Told tone={told.sent ? "green" : "red"} title={t(told.sent ? "mail.test_sent" : "mail.test_failed")}>
            <p>{told.message}</p>
            {told.sent && <p>{t("mail.test_sent_text")}</p>}
          </Told>
        )}
        {rest && (
          <Told tone="red" title={t("mail.test_failed")}>
            <p>{rest}</p>
          </Told>
        )}
      </Card>
    </form>
  );
}

function Forget({ onDone }: { onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const forget = async () => {
    setBusy(true);
    try {
      await del("/mail");
      toast({ text: t("mail.forgotten") });
      setAsking(false);
      onDone();
    } catch (error) {
      if (!isRefusal(error, "not_found")) trouble(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div>
      <Button kind="danger" onClick={() => setAsking(true)}>
        {t("mail.forget")}
      </Button>
      {asking && (
        <Confirm
          title={t("mail.forget")}
          text={t("mail.forget_text")}
          action={t("mail.forget")}
          danger
          busy={busy}
          onConfirm={() => void forget()}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
