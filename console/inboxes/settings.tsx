import { useState } from "preact/hooks";
import { useForm } from "../admin/form.ts";
import { Card } from "../admin/page.tsx";
import { SaveBar, TextList } from "../admin/parts.tsx";
import type { Bot, Inbox, InboxSettings, Look, StartForm, Team, Workspace } from "../admin/shapes.ts";
import { del, patch } from "../app/http.ts";
import { go } from "../app/router.ts";
import { t } from "../app/texts.ts";
import { Button, Checkbox, Confirm, Select, TextField, toast, trouble, useLoad } from "../app/ui/index.ts";
import { LookFields } from "../company/look-fields.tsx";
import { LookPreview } from "../company/preview.tsx";
import { BotSelect, TeamSelect } from "./inboxes.screen.tsx";
import { LANGUAGES, languageChoices, languageName } from "./languages.ts";
import { StartFormFields } from "./start-form.tsx";

interface Edited extends InboxSettings {
  name: string;
  bot_id: string | null;
  default_team_id: string | null;
}

const OWN = ["name", "bot_id", "default_team_id"];

export interface SettingsProps {
  inbox: Inbox;
  etag: string | null;
  bots: Bot[];
  teams: Team[];
  onSaved: (value: Inbox, etag: string | null) => void;
  onReload: () => void;
}

/** How an inbox behaves. */
export function Settings({ inbox, etag, bots, teams, onSaved, onReload }: SettingsProps) {
  const form = useForm<Edited>({
    value: { ...inbox.settings, name: inbox.name, bot_id: inbox.bot_id, default_team_id: inbox.default_team_id },
    etag,
    taken: (answer, tag) => onSaved(answer as Inbox, tag),
  });
  const { value } = form;
  const web = inbox.channel === "web";
  const save = () =>
    void form.save((tag) => {
      const entries = Object.entries(form.changes ?? {});
      const settings = Object.fromEntries(entries.filter(([name]) => !OWN.includes(name)));
      const columns = Object.fromEntries(entries.filter(([name]) => OWN.includes(name)));
      const body = { ...columns, ...(Object.keys(settings).length > 0 ? { settings } : {}) };
      return patch<Inbox>(`/inboxes/${inbox.id}`, body, tag);
    });
  const hours = value.reopen_within_h ?? 72;
  return (
    <form
      class="a-stack inbox-settings"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Card title={t("inboxes.who_answers")}>
        <div class="pair">
          <TextField
            label={t("inboxes.name")}
            hint={t("inboxes.name_hint")}
            required
            maxLength={200}
            error={form.error("name")}
            value={value.name}
            onInput={(name) => form.set({ name })}
          />
          <Select
            label={t("inboxes.locale")}
            hint={t("inboxes.locale_hint")}
            error={form.error("settings.locale")}
            value={value.locale ?? "en"}
            choices={languageChoices(value.locale)}
            onChange={(locale) => form.set({ locale })}
          />
          <BotSelect
            bots={bots}
            value={value.bot_id ?? ""}
            error={form.error("bot_id")}
            onChange={(id) => form.set({ bot_id: id || null })}
          />
          <TeamSelect
            teams={teams}
            value={value.default_team_id ?? ""}
            error={form.error("default_team_id")}
            onChange={(id) => form.set({ default_team_id: id || null })}
          />
        </div>
        <Checkbox
          label={t("inboxes.guest")}
          hint={t("inboxes.guest_hint")}
          checked={value.bot_as_guest ?? true}
          onChange={(bot_as_guest) => form.set({ bot_as_guest })}
        />
        <Checkbox
          label={t("inboxes.directly")}
          hint={t("inboxes.directly_hint")}
          checked={value.escalate_directly ?? false}
          onChange={(escalate_directly) => form.set({ escalate_directly })}
        />
        <TextField
          label={t("inboxes.reopen")}
          hint={t("inboxes.reopen_hint")}
          type="number"
          min={0}
          max={8760}
          error={form.error("settings.reopen_within_h")}
          value={String(hours)}
          onInput={(text) => form.set({ reopen_within_h: Number(text) })}
        />
      </Card>
      {web && (
        <Sites
          value={value.sites ?? []}
          error={form.error("settings.sites")}
          onChange={(sites) => form.set({ sites })}
        />
      )}
      {web && (
        <Card title={t("inboxes.visitors")}>
          <Checkbox
            label={t("inboxes.help")}
            hint={t("inboxes.help_hint")}
            checked={isOn(value.help)}
            onChange={(on) => form.set({ help: { on } })}
          />
          <Checkbox
            label={t("inboxes.survey")}
            hint={t("inboxes.survey_hint")}
            checked={isOn(value.survey)}
            onChange={(on) => form.set({ survey: { on } })}
          />
          <Languages value={value.locales ?? []} onChange={(locales) => form.set({ locales })} />
          <StartFormFields
            value={value.start_form ?? null}
            teams={teams}
            error={(field) => form.error(`settings.start_form.${field}`)}
            onChange={(start_form: StartForm | null) => form.set({ start_form })}
          />
        </Card>
      )}
      {web && (
        <OwnLook value={value.look ?? null} error={form.error} onChange={(look: Look | null) => form.set({ look })} />
      )}
      {!web && (
        <Card title={t("inboxes.hook")} text={t("inboxes.hook_text")}>
          <TextField
            label={t("inboxes.hook_url")}
            type="url"
            placeholder="https://"
            error={form.error("settings.webhook_url")}
            value={String(value.webhook_url ?? "")}
            onInput={(url) => form.set({ webhook_url: url.trim() || null })}
          />
        </Card>
      )}
      <SaveBar form={form} onSave={() => {}} onReload={onReload} />
      {!form.changes && <Archive inbox={inbox} />}
    </form>
  );
}

function Languages({ value, onChange }: { value: string[]; onChange: (locales: string[]) => void }) {
  return (
    <fieldset class="radios">
      <legend>{t("inboxes.locales")}</legend>
      <p class="hint">{t("inboxes.locales_hint")}</p>
      <div class="a-line">
        {LANGUAGES.map((one) => (
          <Checkbox
            key={one}
            label={languageName(one)}
            checked={value.length === 0 || value.includes(one)}
            onChange={(on) => {
              const now = value.length === 0 ? [...LANGUAGES] : value;
              const next = LANGUAGES.filter((other) => (other === one ? on : now.includes(other)));
              onChange(next.length === LANGUAGES.length ? [] : next);
            }}
          />
        ))}
      </div>
    </fieldset>
  );
}

const isOn = (value: InboxSettings["help"]) => value?.on ?? true;

function Sites({
  value,
  error,
  onChange,
}: {
  value: string[];
  error: string | null;
  onChange: (sites: string[]) => void;
}) {
  return (
    <Card title={t("inboxes.sites")} text={t("inboxes.sites_text")}>
      <TextList
        label={t("inboxes.site")}
        placeholder="https://www.example.com"
        addLabel={t("admin.add")}
        error={error}
        values={value}
        onChange={(sites) => onChange([...new Set(sites.map(origin))])}
      />
      {value.length === 0 && <p class="hint">{t("inboxes.sites_none")}</p>}
    </Card>
  );
}

/** What people paste is made an origin where it can be: "shop.example/start" -> "https://shop.example". */
function origin(typed: string): string {
  const text = /^https?:\/\//i.test(typed) ? typed : `https://${typed}`;
  try {
    return new URL(text).origin;
  } catch {
    return typed;
  }
}

function OwnLook({
  value,
  error,
  onChange,
}: {
  value: Look | null;
  error: (field: string) => string | null;
  onChange: (look: Look | null) => void;
}) {
  const workspace = useLoad<Workspace>("/workspace");
  const own = value !== null && Object.values(value).some((one) => one !== null && one !== undefined);
  const [open, setOpen] = useState(own);
  const shared = workspace.value?.look ?? {};
  return (
    <Card title={t("inboxes.look")}>
      <Checkbox
        label={t("inboxes.look_own")}
        hint={t("inboxes.look_own_hint")}
        checked={open}
        onChange={(on) => {
          setOpen(on);
          onChange(on ? { ...shared, ...value } : null);
        }}
      />
      {open && (
        <div class="beside">
          <LookFields look={{ ...shared, ...value }} at="settings.look" error={error} onChange={onChange} />
          <LookPreview company={workspace.value?.name ?? ""} look={{ ...shared, ...value }} />
        </div>
      )}
    </Card>
  );
}

function Archive({ inbox }: { inbox: Inbox }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const archive = async () => {
    setBusy(true);
    try {
      await del(`/inboxes/${inbox.id}`);
      toast({ text: t("inboxes.archived", { name: inbox.name }) });
      go("inboxes");
    } catch (error) {
      trouble(error);
      setBusy(false);
    }
  };
  return (
    <div>
      <Button kind="danger" onClick={() => setAsking(true)}>
        {t("inboxes.archive")}
      </Button>
      {asking && (
        <Confirm
          title={t("inboxes.archive_title", { name: inbox.name })}
          text={t("inboxes.archive_text")}
          action={t("inboxes.archive")}
          danger
          busy={busy}
          onConfirm={() => void archive()}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
