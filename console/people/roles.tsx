import { Radios, TextList } from "../admin/parts.tsx";
import type { Team } from "../admin/shapes.ts";
import type { Agent } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Checkbox, TextField } from "../app/ui/index.ts";

export const ROLES = ["agent", "supervisor", "admin"] as const;

export function RoleChoice({ value, onChange }: { value: Agent["role"]; onChange: (role: Agent["role"]) => void }) {
  return (
    <Radios
      label={t("people.role")}
      name="role"
      value={value}
      choices={ROLES.map((one) => ({
        value: one,
        label: t(`people.role_${one}`),
        hint: t(`people.role_${one}_hint`),
      }))}
      onChange={onChange}
    />
  );
}

export function TeamChoice({
  teams,
  value,
  onChange,
}: {
  teams: Team[];
  value: readonly string[];
  onChange: (ids: string[]) => void;
}) {
  if (teams.length === 0) return null;
  return (
    <fieldset class="radios">
      <legend>{t("people.teams")}</legend>
      <div class="ticks">
        {teams.map((team) => (
          <Checkbox
            key={team.id}
            label={team.name}
            checked={value.includes(team.id)}
            onChange={(on) => onChange(on ? [...value, team.id] : value.filter((one) => one !== team.id))}
          />
        ))}
      </div>
    </fieldset>
  );
}

export function Seats({
  value,
  error,
  onChange,
}: {
  value: number;
  error: string | null;
  onChange: (seats: number) => void;
}) {
  return (
    <TextField
      label={t("people.seats_label")}
      hint={t("people.seats_hint")}
      type="number"
      min={0}
      max={100}
      error={error}
      value={String(value)}
      onInput={(text) => onChange(Number(text))}
    />
  );
}

export function Skills({
  value,
  error,
  onChange,
}: {
  value: readonly string[];
  error: string | null;
  onChange: (skills: string[]) => void;
}) {
  return (
    <TextList
      label={t("people.skills")}
      hint={t("people.skills_hint")}
      placeholder={t("people.skills_example")}
      addLabel={t("admin.add")}
      error={error}
      values={value}
      onChange={onChange}
    />
  );
}
