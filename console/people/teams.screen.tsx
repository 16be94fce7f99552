import { useState } from "preact/hooks";
import { useForm, useSending } from "../admin/form.ts";
import { Page } from "../admin/page.tsx";
import { SaveBar } from "../admin/parts.tsx";
import type { Team } from "../admin/shapes.ts";
import { del, patch, post } from "../app/http.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { type Agent, may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import {
  Button,
  Checkbox,
  Confirm,
  Dialog,
  Empty,
  Loading,
  Problem,
  TextField,
  toast,
  trouble,
  useLoad,
} from "../app/ui/index.ts";
import "./people.css";

/** Who answers what. */
export default function Teams({ rest }: ScreenProps) {
  const loaded = useLoad<{ teams: Team[] }>("/teams");
  const agents = useLoad<{ agents: Agent[] }>("/agents");
  const [adding, setAdding] = useState(false);
  const teams = loaded.value?.teams;
  const open = teams?.find((one) => one.id === rest[0]);
  const names = new Map((agents.value?.agents ?? []).map((one) => [one.id, one.name]));
  const add = may("teams.manage") && (
    <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
      {t("people.team_add")}
    </Button>
  );
  return (
    <Page section="settings" here="teams" title={t("people.teams")} lead={t("people.teams_lead")} actions={add}>
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!teams && !loaded.error && <Loading />}
      {teams?.length === 0 && (
        <Empty level={2} icon="person" title={t("people.teams_none")} text={t("people.teams_none_text")} action={add} />
      )}
      {teams && teams.length > 0 && (
        <ul class="rows card">
          {teams.map((team) => (
            <li key={team.id}>
              <span class="grow">
                <strong dir="auto">{team.name}</strong>
                <span class="soft small who-mail" dir="auto">
                  {team.member_ids
                    .map((id) => names.get(id) ?? "")
                    .filter(Boolean)
                    .join(", ") || t("people.team_empty")}
                </span>
              </span>
              <Button
                size="s"
                aria-label={t("people.team_edit", { name: team.name })}
                onClick={() => go(`teams/${team.id}`)}
              >
                {t("app.edit")}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <AddTeam
          onClose={() => setAdding(false)}
          onAdded={(team) => {
            setAdding(false);
            loaded.reload();
            go(`teams/${team.id}`);
          }}
        />
      )}
      {open && (
        <Dialog title={open.name} onClose={() => go("teams")}>
          <EditTeam id={open.id} agents={agents.value?.agents ?? []} onChanged={loaded.reload} />
        </Dialog>
      )}
    </Page>
  );
}

function AddTeam({ onClose, onAdded }: { onClose: () => void; onAdded: (team: Team) => void }) {
  const [name, setName] = useState("");
  const sending = useSending();
  const add = async (event: Event) => {
    event.preventDefault();
    const team = await sending.run(() => post<Team>("/teams", { name: name.trim() }));
    if (team) onAdded(team);
  };
  return (
    <Dialog
      title={t("people.team_add")}
      onClose={onClose}
      actions={
        <Button kind="primary" type="submit" form="new-team" busy={sending.busy}>
          {t("people.team_add_go")}
        </Button>
      }
    >
      <form id="new-team" onSubmit={add}>
        <TextField
          label={t("people.team_name")}
          hint={t("people.team_name_hint")}
          required
          maxLength={200}
          error={sending.error("name") ?? sending.rest()}
          value={name}
          onInput={setName}
        />
      </form>
    </Dialog>
  );
}

function EditTeam({ id, agents, onChanged }: { id: string; agents: Agent[]; onChanged: () => void }) {
  const loaded = useLoad<Team>(`/teams/${id}`);
  if (loaded.error) return <Problem text={loaded.error} retry={loaded.reload} />;
  if (!loaded.value) return <Loading />;
  return (
    <TeamForm
      team={loaded.value}
      etag={loaded.etag}
      agents={agents}
      onReload={loaded.reload}
      onSaved={(value, etag) => {
        loaded.set(value, etag);
        onChanged();
      }}
      onArchived={onChanged}
    />
  );
}

interface FormProps {
  team: Team;
  etag: string | null;
  agents: Agent[];
  onReload: () => void;
  onSaved: (team: Team, etag: string | null) => void;
  onArchived: () => void;
}

function TeamForm({ team, etag, agents, onReload, onSaved, onArchived }: FormProps) {
  const form = useForm<{ name: string; member_ids: string[] }>({
    value: { name: team.name, member_ids: team.member_ids },
    etag,
    taken: (answer, tag) => onSaved(answer as Team, tag),
  });
  const [asking, setAsking] = useState(false);
  const { member_ids: members } = form.value;
  const archive = async () => {
    try {
      await del(`/teams/${team.id}`);
      toast({ text: t("people.team_archived", { name: team.name }) });
      onArchived();
      go("teams");
    } catch (error) {
      setAsking(false);
      trouble(error);
    }
  };
  return (
    <form
      class="a-stack"
      onSubmit={(event) => {
        event.preventDefault();
        void form.save((tag) => patch<Team>(`/teams/${team.id}`, form.changes, tag));
      }}
    >
      <TextField
        label={t("people.team_name")}
        required
        maxLength={200}
        error={form.error("name")}
        value={form.value.name}
        onInput={(name) => form.set({ name })}
      />
      <fieldset class="radios">
        <legend>{t("people.team_members")}</legend>
        <div class="ticks">
          {agents.map((one) => (
            <Checkbox
              key={one.id}
              label={one.name}
              checked={members.includes(one.id)}
              onChange={(on) =>
                form.set({ member_ids: on ? [...members, one.id] : members.filter((other) => other !== one.id) })
              }
            />
          ))}
        </div>
      </fieldset>
      <SaveBar form={form} onSave={() => {}} onReload={onReload} />
      <div class="danger-zone">
        <Button kind="danger" onClick={() => setAsking(true)}>
          {t("people.team_archive")}
        </Button>
      </div>
      {asking && (
        <Confirm
          title={t("people.team_archive_title", { name: team.name })}
          text={t("people.team_archive_text")}
          action={t("people.team_archive")}
          danger
          onConfirm={() => void archive()}
          onClose={() => setAsking(false)}
        />
      )}
    </form>
  );
}
