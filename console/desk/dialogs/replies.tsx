import { useState } from "preact/hooks";
import { del, patch, post } from "../../app/http.ts";
import { may, me } from "../../app/session.ts";
import { t } from "../../app/texts.ts";
import {
  Button,
  Dialog,
  Empty,
  IconButton,
  Loading,
  Problem,
  Select,
  TextArea,
  TextField,
  toast,
  trouble,
  useLoad,
} from "../../app/ui/index.ts";
import type { Desk } from "../state/desk.ts";
import { type CannedReply, forgetCanned } from "../thread/canned.tsx";
import { close } from "./dialogs.tsx";

type Edited = Pick<CannedReply, "title" | "text"> & { id: string | null; team_id: string };

/** Ready replies: those for everyone, and those of the agent's teams. */
export function Replies({ here }: { here: Desk }) {
  const loaded = useLoad<{ canned_replies: CannedReply[] }>("/canned_replies", { limit: 200 });
  const [edited, setEdited] = useState<Edited | null>(null);
  const all = loaded.value?.canned_replies ?? [];
  const changed = () => {
    forgetCanned();
    loaded.reload();
  };
  const teams = teamsOf(here);
  const begin = () => setEdited({ id: null, title: "", text: "", team_id: teams[0]?.value ?? "" });
  const remove = async (one: CannedReply) => {
    try {
      await del(`/canned_replies/${one.id}`);
      changed();
      const again = { title: one.title, text: one.text, ...(one.team_id ? { team_id: one.team_id } : {}) };
      toast({
        text: t("desk.canned_deleted", { title: one.title }),
        undo: () => post("/canned_replies", again).then(changed),
      });
    } catch (error) {
      trouble(error);
    }
  };
  if (edited) {
    return (
      <EditReply
        edited={edited}
        teams={teams}
        onDone={() => {
          setEdited(null);
          changed();
        }}
        onBack={() => setEdited(null)}
      />
    );
  }
  return (
    <Dialog
      wide
      title={t("desk.canned")}
      onClose={close}
      actions={
        teams.length > 0 && (
          <Button kind="primary" icon="plus" onClick={begin}>
            {t("desk.canned_add")}
          </Button>
        )
      }
    >
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!loaded.value && loaded.busy && <Loading />}
      {loaded.value && all.length === 0 && (
        <Empty icon="pen" title={t("desk.canned_none_title")} text={t("desk.canned_none_text")} />
      )}
      <ul class="replies">
        {all.map((one) => (
          <li key={one.id}>
            <div>
              <b dir="auto">{one.title}</b>
              <p dir="auto">{one.text}</p>
            </div>
            <IconButton
              icon="pen"
              label={`${t("app.edit")}: ${one.title}`}
              onClick={() => setEdited({ ...one, team_id: one.team_id ?? "" })}
            />
            <IconButton icon="close" label={`${t("app.delete")}: ${one.title}`} onClick={() => void remove(one)} />
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

interface EditProps {
  edited: Edited;
  teams: { value: string; label: string }[];
  onDone: () => void;
  onBack: () => void;
}

function EditReply({ edited, teams, onDone, onBack }: EditProps) {
  const [title, setTitle] = useState(edited.title);
  const [text, setText] = useState(edited.text);
  const [team, setTeam] = useState(edited.team_id);
  const [busy, setBusy] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    if (busy || !title.trim() || !text.trim()) return;
    setBusy(true);
    try {
      const body = { title: title.trim(), text: text.trim() };
      if (edited.id) await patch(`/canned_replies/${edited.id}`, body);
      else await post("/canned_replies", { ...body, ...(team ? { team_id: team } : {}) });
      onDone();
    } catch (error) {
      trouble(error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      wide
      title={edited.id ? edited.title : t("desk.canned_new")}
      onClose={onBack}
      actions={
        <>
          <Button onClick={onBack}>{t("app.cancel")}</Button>
          <Button kind="primary" type="submit" form="reply" busy={busy} disabled={!title.trim() || !text.trim()}>
            {t("app.save")}
          </Button>
        </>
      }
    >
      <form id="reply" class="stack" onSubmit={save}>
        <TextField label={t("desk.canned_title")} value={title} onInput={setTitle} maxLength={100} autofocus required />
        <TextArea label={t("desk.canned_text")} value={text} onInput={setText} rows={6} required />
        {!edited.id && <Select label={t("desk.canned_team")} value={team} choices={teams} onChange={setTeam} />}
      </form>
    </Dialog>
  );
}

/** For whom this agent may write one: everyone with the right, and their teams. */
function teamsOf(here: Desk): { value: string; label: string }[] {
  const own = here.people.teams.value.filter((one) => me.value?.team_ids.includes(one.id) || may("knowledge.manage"));
  const everyone = may("knowledge.manage") ? [{ value: "", label: t("desk.canned_everyone") }] : [];
  return [...everyone, ...own.map((one) => ({ value: one.id, label: one.name }))];
}
