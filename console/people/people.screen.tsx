import { useState } from "preact/hooks";
import { Card, Page } from "../admin/page.tsx";
import type { Invitation, Team } from "../admin/shapes.ts";
import { del, post } from "../app/http.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { type Agent, me } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { when } from "../app/times.ts";
import {
  Avatar,
  Badge,
  Button,
  type Column,
  Loading,
  Problem,
  Table,
  TextField,
  toast,
  trouble,
  useLoad,
} from "../app/ui/index.ts";
import { Invite } from "./invite.tsx";
import { Person } from "./person.tsx";
import "./people.css";

/** Who works at the desk, who is invited to, and one of them. */
export default function People({ rest }: ScreenProps) {
  const [part] = rest;
  const agents = useLoad<{ agents: Agent[] }>("/agents");
  const teams = useLoad<{ teams: Team[] }>("/teams");
  const invitations = useLoad<{ invitations: Invitation[] }>("/invitations");
  const former = useLoad<{ agents: Agent[] }>("/agents", { deactivated: true });
  const [sought, setSought] = useState("");
  const chosen = agents.value?.agents.find((one) => one.id === part);
  const wanted = sought.trim().toLocaleLowerCase();
  const shown = (agents.value?.agents ?? []).filter((one) =>
    `${one.name} ${one.email} ${one.skills.join(" ")}`.toLocaleLowerCase().includes(wanted),
  );
  const close = () => go("people");
  return (
    <Page
      section="settings"
      here="people"
      wide
      title={t("people.title")}
      lead={t("people.lead")}
      actions={
        <Button kind="primary" icon="plus" onClick={() => go("people/invite")}>
          {t("people.invite")}
        </Button>
      }
    >
      {agents.error && <Problem text={agents.error} retry={agents.reload} />}
      {!agents.value && !agents.error && <Loading />}
      {agents.value && (
        <>
          {agents.value.agents.length > 8 && (
            <TextField label={t("people.search")} type="search" value={sought} onInput={setSought} />
          )}
          <Table
            label={t("people.title")}
            columns={columns(teams.value?.teams ?? [])}
            rows={shown}
            keyOf={(one) => one.id}
            chosen={chosen?.id ?? null}
            onOpen={(one) => go(`people/${one.id}`)}
            csvName="people"
          />
        </>
      )}
      <Former
        agents={(former.value?.agents ?? []).filter((one) => !agents.value?.agents.some((now) => now.id === one.id))}
        onChanged={(id) => {
          former.reload();
          agents.reload();
          go(`people/${id}`);
        }}
      />
      <Invited loaded={invitations.value?.invitations ?? []} onChanged={invitations.reload} />
      {part === "invite" && (
        <Invite
          teams={teams.value?.teams ?? []}
          onClose={() => {
            invitations.reload();
            close();
          }}
        />
      )}
      {chosen && (
        <Person
          key={chosen.id}
          id={chosen.id}
          teams={teams.value?.teams ?? []}
          onChanged={() => {
            agents.reload();
            teams.reload();
            former.reload();
          }}
          onClose={close}
        />
      )}
    </Page>
  );
}

function columns(teams: Team[]): Column<Agent>[] {
  const teamNames = (one: Agent) =>
    teams
      .filter((team) => one.team_ids.includes(team.id))
      .map((team) => team.name)
      .join(", ");
  return [
    {
      key: "name",
      title: t("people.name"),
      text: (one) => one.name,
      draw: (one) => (
        <span class="a-who">
          <Avatar name={one.name} url={one.avatar_url} size={32} />
          <span>
            <strong dir="auto">{one.name}</strong>
            {one.id === me.value?.id && <span class="soft small"> {t("people.you")}</span>}
            <span class="soft small who-mail">{one.email}</span>
          </span>
        </span>
      ),
    },
    {
      key: "role",
      title: t("people.role"),
      text: (one) => t(`people.role_${one.role}`),
      draw: (one) => t(`people.role_${one.role}`),
      minor: true,
    },
    { key: "teams", title: t("people.teams"), text: teamNames, draw: (one) => teamNames(one) || "-", minor: true },
    {
      key: "seats",
      title: t("people.seats"),
      definition: t("people.seats_hint"),
      text: (one) => one.seats,
      draw: (one) => one.seats,
      end: true,
      minor: true,
    },
    {
      key: "status",
      title: t("people.status"),
      text: (one) => t(`people.status_${one.status}`),
      draw: (one) => (
        <Badge tone={one.status === "online" ? "green" : one.status === "away" ? "amber" : "plain"}>
          {t(`people.status_${one.status}`)}
        </Badge>
      ),
    },
  ];
}

function Former({ agents, onChanged }: { agents: Agent[]; onChanged: (id: string) => void }) {
  const [busy, setBusy] = useState<string | null>(null);
  if (agents.length === 0) return null;
  const activate = async (one: Agent) => {
    setBusy(one.id);
    try {
      await post(`/agents/${one.id}/activate`);
      toast({ text: t("people.activated", { name: one.name }), tone: "good" });
      onChanged(one.id);
    } catch (error) {
      trouble(error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <Card title={t("people.inactive")} text={t("people.activate_text")}>
      <ul class="rows">
        {agents.map((one) => (
          <li key={one.id}>
            <span class="grow">
              <strong dir="auto">{one.name}</strong>
              <span class="soft small who-mail">{one.email}</span>
            </span>
            <Button size="s" busy={busy === one.id} onClick={() => void activate(one)}>
              {t("people.activate", { name: one.name })}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Invited({ loaded, onChanged }: { loaded: Invitation[]; onChanged: () => void }) {
  if (loaded.length === 0) return null;
  const withdraw = async (one: Invitation) => {
    try {
      await del(`/invitations/${one.id}`);
      toast({ text: t("people.withdrawn", { email: one.email }) });
      onChanged();
    } catch (error) {
      trouble(error);
    }
  };
  return (
    <Card title={t("people.invited")} text={t("people.invited_text")}>
      <ul class="rows">
        {loaded.map((one) => (
          <li key={one.id}>
            <span class="grow">
              <strong>{one.email}</strong>
              <span class="soft small who-mail">
                {t("people.invited_as", { role: t(`people.role_${one.role}`), when: when(one.expires_at) })}
              </span>
            </span>
            {one.is_over && <Badge tone="amber">{t("people.invited_over")}</Badge>}
            <Button size="s" kind="danger" onClick={() => void withdraw(one)}>
              {t("people.withdraw")}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}
