import { useState } from "preact/hooks";
import { useForm } from "../admin/form.ts";
import { SaveBar, Takeaway } from "../admin/parts.tsx";
import type { Team } from "../admin/shapes.ts";
import { del, patch, post } from "../app/http.ts";
import { type Agent, me } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Button, Confirm, Dialog, Loading, Problem, TextField, toast, trouble, useLoad } from "../app/ui/index.ts";
import { RoleChoice, Seats, Skills, TeamChoice } from "./roles.tsx";

interface Props {
  id: string;
  teams: Team[];
  onChanged: () => void;
  onClose: () => void;
}

/** One of the desk's people: what they may do, what they take, and the end of their access. */
export function Person({ id, teams, onChanged, onClose }: Props) {
  const loaded = useLoad<Agent>(`/agents/${id}`);
  const agent = loaded.value;
  return (
    <Dialog title={agent?.name ?? t("people.title")} wide onClose={onClose}>
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!agent && !loaded.error && <Loading />}
      {agent && (
        <>
          <Edit
            agent={agent}
            etag={loaded.etag}
            teams={teams}
            onSaved={(value, etag) => {
              loaded.set(value, etag);
              onChanged();
            }}
            onReload={loaded.reload}
          />
          <Access
            agent={agent}
            onChanged={() => {
              onChanged();
              onClose();
            }}
          />
        </>
      )}
    </Dialog>
  );
}

interface Edited {
  name: string;
  role: Agent["role"];
  seats: number;
  skills: string[];
  tier: number;
  team_ids: string[];
}

function Edit({
  agent,
  etag,
  teams,
  onSaved,
  onReload,
}: {
  agent: Agent;
  etag: string | null;
  teams: Team[];
  onSaved: (value: Agent, etag: string | null) => void;
  onReload: () => void;
}) {
  const { name, role, seats, skills, tier, team_ids } = agent;
  const form = useForm<Edited>({
    value: { name, role, seats, skills, tier, team_ids },
    etag,
    taken: (answer, tag) => onSaved(answer as Agent, tag),
  });
  const { value } = form;
  const save = () =>
    void form.save(async (tag) => {
      const { team_ids: wanted, ...own } = form.changes ?? {};
      let answer = { value: agent, etag: tag };
      if (Object.keys(own).length > 0) answer = (await patch<Agent>(`/agents/${agent.id}`, own, tag)) as typeof answer;
      if (!wanted) return answer;
      await moveTeams(agent, teams, wanted);
      return { value: { ...answer.value, team_ids: wanted }, etag: null };
    });
  return (
    <form
      class="a-stack"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <TextField
        label={t("people.name")}
        hint={agent.email}
        required
        maxLength={200}
        error={form.error("name")}
        value={value.name}
        onInput={(next) => form.set({ name: next })}
      />
      <RoleChoice value={value.role} onChange={(next) => form.set({ role: next })} />
      {form.error("role") && <p class="error">{form.error("role")}</p>}
      <TeamChoice teams={teams} value={value.team_ids} onChange={(ids) => form.set({ team_ids: ids })} />
      <div class="pair">
        <Seats value={value.seats} error={form.error("seats")} onChange={(next) => form.set({ seats: next })} />
        <TextField
          label={t("people.tier")}
          hint={t("people.tier_hint")}
          type="number"
          min={1}
          max={9}
          error={form.error("tier")}
          value={String(value.tier)}
          onInput={(text) => form.set({ tier: Number(text) })}
        />
      </div>
      <Skills value={value.skills} error={form.error("skills")} onChange={(next) => form.set({ skills: next })} />
      <SaveBar form={form} onSave={() => {}} onReload={onReload} />
    </form>
  );
}

/** Teams have their members; so each team that changes is changed. */
async function moveTeams(agent: Agent, teams: Team[], wanted: readonly string[]): Promise<void> {
  for (const team of teams) {
    const now = team.member_ids.includes(agent.id);
    const next = wanted.includes(team.id);
    if (now === next) continue;
    const member_ids = next ? [...team.member_ids, agent.id] : team.member_ids.filter((one) => one !== agent.id);
    await patch(`/teams/${team.id}`, { member_ids });
  }
}

function Access({ agent, onChanged }: { agent: Agent; onChanged: () => void }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const [link, setLink] = useState<{ link: string; mailed: boolean; mail_problem?: string | null }>();
  const own = agent.id === me.value?.id;
  const run = async (deed: () => Promise<unknown>, said: string) => {
    setBusy(true);
    try {
      await deed();
      toast({ text: said });
      onChanged();
    } catch (error) {
      trouble(error);
      setBusy(false);
    }
  };
  const newPassword = async () => {
    setBusy(true);
    try {
      setLink(
        await post<{ link: string; mailed: boolean; mail_problem?: string | null }>(
          `/agents/${agent.id}/password_link`,
        ),
      );
    } catch (error) {
      trouble(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="a-stack tight danger-zone">
      <h3>{t("people.access")}</h3>
      <div class="a-line">
        <Button busy={busy} onClick={() => void newPassword()}>
          {t("people.password_link")}
        </Button>
        {!own && (
          <Button kind="danger" onClick={() => setAsking(true)}>
            {t("people.deactivate", { name: agent.name })}
          </Button>
        )}
      </div>
      {own && <p class="hint">{t("people.not_yourself")}</p>}
      {link?.mail_problem && <p class="hint">{link.mail_problem}</p>}
      {link?.mailed && <p class="notice green">{t("people.password_mailed", { email: agent.email })}</p>}
      {link?.link && (
        <Takeaway
          label={t("people.link")}
          text={link.link}
          hint={t("people.password_link_hint")}
          copyLabel={t("people.copy_link")}
        />
      )}
      {asking && (
        <Confirm
          title={t("people.deactivate_title", { name: agent.name })}
          text={t("people.deactivate_text", { name: agent.name })}
          action={t("people.deactivate", { name: agent.name })}
          danger
          busy={busy}
          onConfirm={() => void run(() => del(`/agents/${agent.id}`), t("people.deactivated", { name: agent.name }))}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}
