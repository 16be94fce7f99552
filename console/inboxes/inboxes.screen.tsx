import { useState } from "preact/hooks";
import { useSending } from "../admin/form.ts";
import { Page } from "../admin/page.tsx";
import { Radios } from "../admin/parts.tsx";
import type { Access, Bot, Inbox, Team } from "../admin/shapes.ts";
import { post } from "../app/http.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { t } from "../app/texts.ts";
import { Badge, Button, Dialog, Empty, Link, Loading, Problem, Select, TextField, useLoad } from "../app/ui/index.ts";
import { AccessShown } from "./access.tsx";
import { InboxDetail } from "./detail.tsx";
import "./inboxes.css";

/** Where messages come in: the list, and one of them. */
export default function Inboxes({ rest }: ScreenProps) {
  const [id, part] = rest;
  const bots = useLoad<{ bots: Bot[] }>("/bots");
  const teams = useLoad<{ teams: Team[] }>("/teams");
  const around = { bots: bots.value?.bots ?? [], teams: teams.value?.teams ?? [] };
  return id ? <InboxDetail key={id} id={id} part={part ?? "settings"} {...around} /> : <All {...around} />;
}

function All({ bots, teams }: { bots: Bot[]; teams: Team[] }) {
  const loaded = useLoad<{ inboxes: Inbox[] }>("/inboxes");
  const [adding, setAdding] = useState(false);
  const inboxes = loaded.value?.inboxes;
  const add = (
    <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
      {t("inboxes.add")}
    </Button>
  );
  return (
    <Page section="settings" here="inboxes" title={t("inboxes.title")} lead={t("inboxes.lead")} actions={add}>
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!inboxes && !loaded.error && <Loading />}
      {inboxes?.length === 0 && (
        <Empty level={2} icon="desk" title={t("inboxes.none")} text={t("inboxes.none_text")} action={add} />
      )}
      {inboxes && inboxes.length > 0 && (
        <ul class="inbox-list">
          {inboxes.map((one) => (
            <li key={one.id} class="card">
              <div class="a-line ends">
                <h2 dir="auto">
                  <Link to={`inboxes/${one.id}`}>{one.name}</Link>
                </h2>
                <Badge>{t(`inboxes.channel_${one.channel}`)}</Badge>
              </div>
              <dl class="a-facts">
                <Fact name={t("inboxes.bot")} value={bots.find((bot) => bot.id === one.bot_id)?.name} />
                <Fact name={t("inboxes.team")} value={teams.find((team) => team.id === one.default_team_id)?.name} />
                {one.channel === "web" && (
                  <Fact name={t("inboxes.sites")} value={one.settings.sites?.join(", ") || t("inboxes.sites_any")} />
                )}
              </dl>
              {one.channel === "web" && (
                <div class="a-line small">
                  <Link to={`inboxes/${one.id}/install`}>{t("inboxes.tab_install")}</Link>
                  <Link to={`inboxes/${one.id}/words`}>{t("inboxes.tab_words")}</Link>
                </div>
              )}
            </li>
          ))}
        </ul>
      )}
      {adding && <Add bots={bots} teams={teams} onClose={() => setAdding(false)} />}
    </Page>
  );
}

function Fact({ name, value }: { name: string; value: string | null | undefined }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{value ?? t("admin.none")}</dd>
    </div>
  );
}

function Add({ bots, teams, onClose }: { bots: Bot[]; teams: Team[]; onClose: () => void }) {
  const [name, setName] = useState("");
  const [channel, setChannel] = useState<"web" | "api">("web");
  const [botId, setBotId] = useState(bots[0]?.id ?? "");
  const [teamId, setTeamId] = useState(teams[0]?.id ?? "");
  const [made, setMade] = useState<{ inbox: Inbox; access: Access }>();
  const sending = useSending();
  const add = async (event: Event) => {
    event.preventDefault();
    const inbox = await sending.run(() =>
      post<Inbox>("/inboxes", {
        name: name.trim(),
        channel,
        bot_id: botId || null,
        default_team_id: teamId || null,
      }),
    );
    if (!inbox) return;
    if (inbox.access) setMade({ inbox, access: inbox.access });
    else go(`inboxes/${inbox.id}/install`);
  };
  if (made) {
    return (
      <Dialog
        title={t("inboxes.access_once")}
        onClose={() => go(`inboxes/${made.inbox.id}`)}
        actions={
          <Button kind="primary" onClick={() => go(`inboxes/${made.inbox.id}`)}>
            {t("inboxes.access_kept")}
          </Button>
        }
      >
        <AccessShown access={made.access} />
      </Dialog>
    );
  }
  const rest = sending.rest();
  return (
    <Dialog
      title={t("inboxes.add")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button kind="primary" type="submit" form="new-inbox" busy={sending.busy}>
            {t("inboxes.add_go")}
          </Button>
        </>
      }
    >
      <form id="new-inbox" class="a-stack" onSubmit={add}>
        <TextField
          label={t("inboxes.name")}
          hint={t("inboxes.name_hint")}
          required
          maxLength={200}
          error={sending.error("name")}
          value={name}
          onInput={setName}
        />
        <Radios
          label={t("inboxes.channel")}
          name="channel"
          value={channel}
          choices={[
            { value: "web", label: t("inboxes.channel_web"), hint: t("inboxes.channel_web_hint") },
            { value: "api", label: t("inboxes.channel_api"), hint: t("inboxes.channel_api_hint") },
          ]}
          onChange={setChannel}
        />
        <BotSelect bots={bots} value={botId} error={sending.error("bot_id")} onChange={setBotId} />
        <TeamSelect teams={teams} value={teamId} error={sending.error("default_team_id")} onChange={setTeamId} />
        {rest && (
          <p class="error" role="alert">
            {rest}
          </p>
        )}
      </form>
    </Dialog>
  );
}

interface Choosing {
  value: string;
  error: string | null;
  onChange: (id: string) => void;
}

export function BotSelect({ bots, ...rest }: Choosing & { bots: Bot[] }) {
  const choices = bots.map((one) => ({ value: one.id, label: one.name }));
  return (
    <Select
      label={t("inboxes.bot")}
      hint={t("inboxes.bot_hint")}
      choices={[...choices, { value: "", label: t("inboxes.bot_none") }]}
      {...rest}
    />
  );
}

export function TeamSelect({ teams, ...rest }: Choosing & { teams: Team[] }) {
  const choices = teams.map((one) => ({ value: one.id, label: one.name }));
  return (
    <Select
      label={t("inboxes.team")}
      hint={t("inboxes.team_hint")}
      choices={[...choices, { value: "", label: t("inboxes.team_none") }]}
      {...rest}
    />
  );
}
