import { useState } from "preact/hooks";
import { me } from "../../app/session.ts";
import { t } from "../../app/texts.ts";
import { Badge, Button, Dialog, TextArea, TextField } from "../../app/ui/index.ts";
import { act, type Target } from "../state/acts.ts";
import type { Desk } from "../state/desk.ts";
import { find } from "../state/find.ts";
import { close, type OfOne } from "./dialogs.tsx";

interface Place {
  key: string;
  name: string;
  hint: string;
  online: boolean;
  to: Target;
}

/** Pass a chat on, with a note for whoever takes it; or, for a supervisor, give it to an agent. */
export function Transfer({ here, conversation, assign = false }: OfOne & { assign?: boolean }) {
  const [asked, setAsked] = useState("");
  const [to, setTo] = useState<Place | null>(null);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const name = conversation.contact.name || t("desk.visitor");
  const found = find(places(here, assign), asked, (one) => one.name);
  const send = async () => {
    if (!to || busy) return;
    setBusy(true);
    await act(here, conversation, {
      name: assign ? "conversation.assign" : "conversation.transfer",
      more: assign ? { ...to.to } : { to: to.to, ...(note.trim() ? { note: note.trim() } : {}) },
      said: t("desk.transferred", { name, to: to.name }),
      ...("team_id" in to.to && !assign ? { undo: "conversation.accept" as const } : {}),
    });
    close();
  };
  return (
    <Dialog
      title={t(assign ? "desk.assign_title" : "desk.transfer_title", { name })}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{t("app.cancel")}</Button>
          <Button kind="primary" busy={busy} disabled={!to} onClick={send}>
            {to ? t("desk.transfer_do", { to: to.name }) : t("desk.transfer_choose")}
          </Button>
        </>
      }
    >
      <TextField label={t("desk.find_place")} type="search" value={asked} onInput={setAsked} autofocus />
      <Places found={found} chosen={to} onChoose={setTo} />
      {!assign && (
        <TextArea
          label={t("desk.transfer_note")}
          hint={t("desk.transfer_note_hint")}
          rows={2}
          value={note}
          onInput={setNote}
          maxLength={2_000}
        />
      )}
    </Dialog>
  );
}

function Places({
  found,
  chosen,
  onChoose,
}: {
  found: readonly Place[];
  chosen: Place | null;
  onChoose: (place: Place) => void;
}) {
  if (found.length === 0) return <p class="soft">{t("desk.no_place")}</p>;
  return (
    <ul class="places">
      {found.slice(0, 50).map((one) => (
        <li key={one.key}>
          <button type="button" aria-pressed={chosen?.key === one.key} onClick={() => onChoose(one)}>
            <span dir="auto">{one.name}</span>
            <Badge tone={one.online ? "green" : "plain"}>{one.hint}</Badge>
          </button>
        </li>
      ))}
    </ul>
  );
}

function places(here: Desk, onlyAgents: boolean): Place[] {
  const agents = here.people.agents.value
    .filter((one) => one.id !== me.value?.id)
    .map((one): Place => {
      const online = here.people.isOnline(one.id);
      return {
        key: one.id,
        name: one.name,
        hint: t(online ? "desk.is_online" : "desk.is_not_there"),
        online,
        to: { agent_id: one.id },
      };
    })
    .sort((a, b) => Number(b.online) - Number(a.online) || a.name.localeCompare(b.name));
  if (onlyAgents) return agents;
  const teams = here.people.teams.value.map((one): Place => {
    const count = one.member_ids.filter((id) => here.people.isOnline(id)).length;
    return {
      key: one.id,
      name: one.name,
      hint: t("desk.team_online", { count }),
      online: count > 0,
      to: { team_id: one.id },
    };
  });
  return [...teams, ...agents];
}
