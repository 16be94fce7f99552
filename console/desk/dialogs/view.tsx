import { useState } from "preact/hooks";
import { del, patch, post } from "../../app/http.ts";
import { t } from "../../app/texts.ts";
import { Button, Checkbox, Dialog, Select, TextField, toast, trouble } from "../../app/ui/index.ts";
import type { Desk } from "../state/desk.ts";
import type { SavedView } from "../state/lists.ts";
import { chosenList, showList } from "../state/view.ts";
import { close } from "./dialogs.tsx";

type Fields = Omit<SavedView["filter"], "waiting"> & { waiting: boolean };

/** A list of one's own: a name and what has to be so. */
export function View({ here, id }: { here: Desk; id: string | null }) {
  const before = here.lists.views.peek().find((one) => one.id === id);
  const [name, setName] = useState(before?.name ?? "");
  const [filter, setFilter] = useState<Fields>({
    view: "all",
    status: "open",
    ...before?.filter,
    waiting: before?.filter.waiting ?? false,
  });
  const [busy, setBusy] = useState(false);
  const set = (field: keyof Fields) => (value: string) => setFilter({ ...filter, [field]: value });
  const any = { value: "", label: t("desk.view_any") };
  const save = async (event: Event) => {
    event.preventDefault();
    if (!name.trim() || busy) return;
    setBusy(true);
    try {
      const body = { name: name.trim(), filter: said(filter) };
      const saved = before
        ? (await patch<SavedView>(`/views/${before.id}`, body)).value
        : await post<SavedView>("/views", body);
      await here.lists.viewsChanged(saved.id);
      close();
      showList(saved.id);
    } catch (error) {
      trouble(error);
      setBusy(false);
    }
  };
  const remove = async () => {
    if (!before || busy) return;
    setBusy(true);
    try {
      await del(`/views/${before.id}`);
      close();
      if (chosenList.peek() === before.id) showList("now");
      await here.lists.viewsChanged(before.id);
      const again = { name: before.name, filter: before.filter };
      toast({
        text: t("desk.view_deleted"),
        undo: () => post<SavedView>("/views", again).then((made) => here.lists.viewsChanged(made.id)),
      });
    } catch (error) {
      trouble(error);
      setBusy(false);
    }
  };
  const statuses = ["open", "bot", "queued", "assigned", "snoozed", "resolved"];
  return (
    <Dialog
      title={t(before ? "desk.edit_view" : "desk.add_view")}
      onClose={close}
      actions={
        <>
          {before && (
            <Button kind="danger" busy={busy} onClick={remove}>
              {t("desk.delete_view")}
            </Button>
          )}
          <Button onClick={close}>{t("app.cancel")}</Button>
          <Button kind="primary" type="submit" form="view" busy={busy} disabled={!name.trim()}>
            {t("desk.view_save")}
          </Button>
        </>
      }
    >
      <form id="view" class="stack" onSubmit={save}>
        <TextField label={t("desk.view_name")} value={name} onInput={setName} maxLength={100} autofocus required />
        <div class="two">
          <Select
            label={t("desk.view_of")}
            value={filter.view ?? "all"}
            onChange={set("view")}
            choices={(["all", "team", "mine", "queue"] as const).map((one) => ({
              value: one,
              label: t(`desk.list_${one}`),
            }))}
          />
          <Select
            label={t("desk.view_status")}
            value={filter.status ?? ""}
            onChange={set("status")}
            choices={[
              any,
              ...statuses.map((one) => ({
                value: one,
                label: t(one === "open" ? "desk.view_open" : `desk.status_${one}`),
              })),
            ]}
          />
          <Select
            label={t("desk.view_team")}
            value={filter.team_id ?? ""}
            onChange={set("team_id")}
            choices={[any, { value: "none", label: t("desk.view_no_team") }, ...here.people.teams.value.map(named)]}
          />
          <Select
            label={t("desk.view_assignee")}
            value={filter.assignee_id ?? ""}
            onChange={set("assignee_id")}
            choices={[
              any,
              { value: "me", label: t("desk.view_me") },
              { value: "none", label: t("desk.view_nobody") },
              ...here.people.agents.value.map(named),
            ]}
          />
          <TextField label={t("desk.view_label")} value={filter.label ?? ""} onInput={set("label")} maxLength={50} />
          <TextField
            label={t("desk.view_category")}
            value={filter.category ?? ""}
            onInput={set("category")}
            maxLength={100}
          />
        </div>
        <Checkbox
          label={t("desk.view_waiting")}
          checked={filter.waiting}
          onChange={(waiting) => setFilter({ ...filter, waiting })}
        />
      </form>
    </Dialog>
  );
}

function named(one: { id: string; name: string }): { value: string; label: string } {
  return { value: one.id, label: one.name };
}

/** Only what says something. */
function said({ waiting, ...rest }: Fields): Record<string, unknown> {
  const told = Object.entries(rest).filter(([, value]) => value !== undefined && value !== "");
  return { ...Object.fromEntries(told), ...(waiting ? { waiting } : {}), sort: waiting ? "waiting" : "updated" };
}
