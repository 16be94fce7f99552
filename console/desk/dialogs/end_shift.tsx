import { useState } from "preact/hooks";
import { t } from "../../app/texts.ts";
import { Button, Dialog, Select } from "../../app/ui/index.ts";
import { acted, setStatus, told } from "../state/acts.ts";
import type { Desk } from "../state/desk.ts";
import { close } from "./dialogs.tsx";

interface Left {
  name: string;
  why: string;
}

/** The end of a shift: every own chat passes on, one after the other, and the agent goes offline. */
export function EndShift({ here }: { here: Desk }) {
  const [to, setTo] = useState("queue");
  const [done, setDone] = useState<number | null>(null);
  const [left, setLeft] = useState<readonly Left[]>([]);
  const mine = [...(here.lists.get("mine")?.ids ?? [])];
  void here.rows.version;
  const live = mine.map((id) => here.rows.peek(id)).filter((one) => one?.status === "assigned");
  const handOver = async () => {
    const failed: Left[] = [];
    // first no new ones
    await setStatus(here, "away");
    for (const [index, one] of live.entries()) {
      setDone(index);
      if (!one) continue;
      const at = { conversation_id: one.id, epoch: one.epoch };
      const answer =
        to === "queue"
          ? await here.link.call("conversation.release", at)
          : await here.link.call("conversation.transfer", { ...at, to: { team_id: to } });
      if (answer.ok) here.take(answer.conversation);
      else failed.push({ name: one.contact.name ?? one.reference, why: told(answer.error) });
    }
    acted.value++;
    setDone(null);
    setLeft(failed);
    if (failed.length > 0) return;
    await setStatus(here, "offline");
    close();
  };
  const choices = [
    { value: "queue", label: t("desk.shift_to_queue") },
    ...here.people.teams.value.map((one) => ({ value: one.id, label: one.name })),
  ];
  return (
    <Dialog
      title={t("desk.end_shift")}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{t("app.cancel")}</Button>
          <Button kind="primary" busy={done !== null} onClick={handOver}>
            {live.length > 0 ? t("desk.end_shift_do", { count: live.length }) : t("desk.go_offline")}
          </Button>
        </>
      }
    >
      <p>{live.length > 0 ? t("desk.end_shift_text", { count: live.length }) : t("desk.end_shift_none")}</p>
      {live.length > 0 && <Select label={t("desk.shift_to")} value={to} choices={choices} onChange={setTo} />}
      {done !== null && <progress max={live.length} value={done} aria-label={t("desk.end_shift")} />}
      {left.length > 0 && (
        <ul class="error" role="alert">
          {left.map((one) => (
            <li key={one.name}>{t("desk.not_handed_over", { name: one.name, why: one.why })}</li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
