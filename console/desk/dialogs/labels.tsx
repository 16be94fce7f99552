import { useState } from "preact/hooks";
import { t } from "../../app/texts.ts";
import { Button, Dialog, IconButton, TextField } from "../../app/ui/index.ts";
import { update } from "../state/acts.ts";
import { close, type OfOne } from "./dialogs.tsx";

const MOST = 30;

/** What a conversation is about: category and labels. */
export function Labels({ here, conversation }: OfOne) {
  const [category, setCategory] = useState(conversation.category ?? "");
  const [labels, setLabels] = useState<readonly string[]>(conversation.labels);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const add = () => {
    const label = typed.trim();
    if (label && !labels.includes(label) && labels.length < MOST) setLabels([...labels, label]);
    setTyped("");
  };
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const all = typed.trim() && !labels.includes(typed.trim()) ? [...labels, typed.trim()] : labels;
    const change = { labels: all, ...(category.trim() ? { category: category.trim() } : {}) };
    if (await update(here, conversation.id, change)) close();
    else setBusy(false);
  };
  return (
    <Dialog
      title={t("desk.labels")}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{t("app.cancel")}</Button>
          <Button kind="primary" type="submit" form="labels" busy={busy}>
            {t("app.save")}
          </Button>
        </>
      }
    >
      <form id="labels" class="stack" onSubmit={save}>
        <TextField label={t("desk.category")} value={category} onInput={setCategory} maxLength={100} />
        <div class="inline">
          <TextField
            label={t("desk.new_label")}
            value={typed}
            onInput={setTyped}
            maxLength={50}
            onKeyDown={(event) => {
              if (event.key === "Enter" && typed.trim()) {
                event.preventDefault();
                add();
              }
            }}
          />
          <Button onClick={add} disabled={!typed.trim()}>
            {t("desk.add_label")}
          </Button>
        </div>
        <ul class="label-list">
          {labels.map((one) => (
            <li key={one}>
              <span dir="auto">{one}</span>
              <IconButton
                icon="close"
                size="s"
                label={t("desk.remove_label", { label: one })}
                onClick={() => setLabels(labels.filter((other) => other !== one))}
              />
            </li>
          ))}
        </ul>
      </form>
    </Dialog>
  );
}
