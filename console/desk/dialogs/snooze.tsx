import { useState } from "preact/hooks";
import { t } from "../../app/texts.ts";
import { when } from "../../app/times.ts";
import { Button, Dialog, TextField } from "../../app/ui/index.ts";
import { act } from "../state/acts.ts";
import { close, type OfOne } from "./dialogs.tsx";

/** Put a conversation aside until a moment; it comes back by itself, or when its visitor writes. */
export function Snooze({ here, conversation }: OfOne) {
  const [at, setAt] = useState("");
  const name = conversation.contact.name || t("desk.visitor");
  const until = (date: Date | null) => {
    close();
    void act(here, conversation, {
      name: "conversation.snooze",
      more: date ? { until: date.toISOString() } : {},
      said: date
        ? t("desk.snoozed_until", { name, when: when(date.toISOString(), Date.now()) })
        : t("desk.snoozed", { name }),
      undo: "conversation.wake",
    });
  };
  const chosen = at ? new Date(at) : null;
  return (
    <Dialog title={t("desk.snooze_title", { name })} onClose={close}>
      <div class="choices-list">
        <Button autofocus onClick={() => until(in_(1))}>
          {t("desk.in_an_hour")}
        </Button>
        <Button onClick={() => until(in_(3))}>{t("desk.in_three_hours")}</Button>
        <Button onClick={() => until(tomorrow())}>{t("desk.tomorrow")}</Button>
        <Button onClick={() => until(null)}>{t("desk.until_writes")}</Button>
      </div>
      <form
        class="inline"
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen && chosen.getTime() > Date.now()) until(chosen);
        }}
      >
        <TextField label={t("desk.until")} type="datetime-local" value={at} onInput={setAt} />
        <Button type="submit" kind="primary" disabled={!chosen || chosen.getTime() <= Date.now()}>
          {t("desk.snooze_do")}
        </Button>
      </form>
    </Dialog>
  );
}

function in_(hours: number): Date {
  return new Date(Date.now() + hours * 3_600_000);
}

function tomorrow(): Date {
  const date = new Date();
  date.setDate(date.getDate() + 1);
  date.setHours(9, 0, 0, 0);
  return date;
}
