import { useState } from "preact/hooks";
import { t } from "../../app/texts.ts";
import { Button, Dialog, TextField } from "../../app/ui/index.ts";
import { MOD } from "../keys.ts";
import { act } from "../state/acts.ts";
import { walk } from "../state/view.ts";
import { close, type OfOne } from "./dialogs.tsx";

/** Close a conversation, with what it was about where the agent wants to say. */
export function Resolve({ here, conversation }: OfOne) {
  const [category, setCategory] = useState(conversation.category ?? "");
  const [cause, setCause] = useState("");
  const [outcome, setOutcome] = useState("");
  const [busy, setBusy] = useState(false);
  const name = conversation.contact.name || t("desk.visitor");
  const save = async (event?: Event) => {
    event?.preventDefault();
    if (busy) return;
    setBusy(true);
    const wrap_up = Object.fromEntries(
      Object.entries({ category, cause, outcome }).filter(([, value]) => value.trim()),
    );
    const more = Object.keys(wrap_up).length > 0 ? { wrap_up } : {};
    const done = await act(here, conversation, {
      name: "conversation.resolve",
      more,
      said: t("desk.resolved", { name }),
    });
    close();
    if (done) walk(1);
  };
  return (
    <Dialog
      title={t("desk.resolve_title", { name })}
      onClose={close}
      actions={
        <>
          <Button onClick={close}>{t("app.cancel")}</Button>
          <Button kind="primary" type="submit" form="resolve" busy={busy}>
            {t("desk.resolve_do")}
          </Button>
        </>
      }
    >
      <form
        id="resolve"
        class="stack"
        onSubmit={save}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save(event);
        }}
      >
        <p>{t("desk.resolve_text", { name })}</p>
        <TextField label={t("desk.category")} value={category} onInput={setCategory} maxLength={100} autofocus />
        <TextField label={t("desk.cause")} value={cause} onInput={setCause} maxLength={100} />
        <TextField
          label={t("desk.outcome")}
          value={outcome}
          onInput={setOutcome}
          maxLength={100}
          hint={t("desk.resolve_hint", { mod: MOD })}
        />
      </form>
    </Dialog>
  );
}
