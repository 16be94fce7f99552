import { useState } from "preact/hooks";
import { useSending } from "../admin/form.ts";
import { Takeaway } from "../admin/parts.tsx";
import type { Invitation, Team } from "../admin/shapes.ts";
import { post } from "../app/http.ts";
import type { Agent } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Button, Dialog, Link, TextField } from "../app/ui/index.ts";
import { RoleChoice, Seats, Skills, TeamChoice } from "./roles.tsx";

/** Invite somebody: by mail where the desk can, and always by a link to pass on. */
export function Invite({ teams, onClose }: { teams: Team[]; onClose: () => void }) {
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Agent["role"]>("agent");
  const [teamIds, setTeamIds] = useState<string[]>([]);
  const [seats, setSeats] = useState(4);
  const [skills, setSkills] = useState<string[]>([]);
  const [made, setMade] = useState<Invitation>();
  const sending = useSending();
  const invite = async (event: Event) => {
    event.preventDefault();
    if (sending.busy) return;
    const invitation = await sending.run(() =>
      post<Invitation>("/invitations", {
        email: email.trim(),
        ...(name.trim() ? { name: name.trim() } : {}),
        role,
        team_ids: teamIds.length > 0 || teams.length !== 1 ? teamIds : teams.map((one) => one.id),
        seats,
        skills,
      }),
    );
    if (invitation) setMade(invitation);
  };
  if (made) {
    return (
      <Made
        made={made}
        onAnother={() => {
          setMade(undefined);
          setEmail("");
          setName("");
        }}
        onClose={onClose}
      />
    );
  }
  const rest = sending.rest();
  return (
    <Dialog
      title={t("people.invite")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("app.cancel")}</Button>
          <Button kind="primary" type="submit" form="invite" busy={sending.busy}>
            {t("people.invite_go")}
          </Button>
        </>
      }
    >
      <form id="invite" class="a-stack" onSubmit={invite}>
        <TextField
          label={t("app.email")}
          type="email"
          autocomplete="off"
          required
          error={sending.error("email")}
          value={email}
          onInput={setEmail}
        />
        <RoleChoice value={role} onChange={setRole} />
        <TeamChoice teams={teams} value={teamIds} onChange={setTeamIds} />
        <details>
          <summary>{t("people.invite_more")}</summary>
          <div class="a-stack">
            <TextField
              label={t("people.name_optional")}
              autocomplete="off"
              maxLength={200}
              error={sending.error("name")}
              value={name}
              onInput={setName}
            />
            <Seats value={seats} error={sending.error("seats")} onChange={setSeats} />
            <Skills value={skills} error={sending.error("skills")} onChange={setSkills} />
          </div>
        </details>
        {rest && (
          <p class="error" role="alert">
            {rest}
          </p>
        )}
      </form>
    </Dialog>
  );
}

function Made({ made, onAnother, onClose }: { made: Invitation; onAnother: () => void; onClose: () => void }) {
  return (
    <Dialog
      title={t(made.mailed ? "people.invited_by_mail" : "people.invited_by_link")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onAnother}>{t("people.invite_another")}</Button>
          <Button kind="primary" onClick={onClose}>
            {t("people.done")}
          </Button>
        </>
      }
    >
      <p>{t(made.mailed ? "people.invited_by_mail_text" : "people.invited_by_link_text", { email: made.email })}</p>
      {made.link && (
        <Takeaway
          label={t("people.link")}
          text={made.link}
          hint={t("people.link_hint")}
          copyLabel={t("people.copy_link")}
        />
      )}
      {!made.mailed && (
        <p class="hint">
          {made.mail_problem} <Link to="mail">{t("people.set_mail")}</Link>
        </p>
      )}
    </Dialog>
  );
}
