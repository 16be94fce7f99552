import { useForm } from "../admin/form.ts";
import { Card, Page } from "../admin/page.tsx";
import { SaveBar } from "../admin/parts.tsx";
import type { Look, Workspace } from "../admin/shapes.ts";
import { patch } from "../app/http.ts";
import { t } from "../app/texts.ts";
import { Loading, Problem, TextField, useLoad } from "../app/ui/index.ts";
import { ACCENT, LookFields } from "./look-fields.tsx";
import { LookPreview } from "./preview.tsx";

/** The company's name, and how its widget looks. */
export default function Company() {
  const loaded = useLoad<Workspace>("/workspace");
  return (
    <Page section="settings" here="company" wide title={t("company.title")} lead={t("company.lead")}>
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!loaded.value && !loaded.error && <Loading />}
      {loaded.value && (
        <Edit
          saved={loaded.value}
          etag={loaded.etag}
          onSaved={(value, etag) => loaded.set(value, etag)}
          onReload={loaded.reload}
        />
      )}
    </Page>
  );
}

interface Edited {
  name: string;
  look: Look;
}

function Edit({
  saved,
  etag,
  onSaved,
  onReload,
}: {
  saved: Workspace;
  etag: string | null;
  onSaved: (value: Workspace, etag: string | null) => void;
  onReload: () => void;
}) {
  const chosen = Boolean(saved.look?.accent);
  const form = useForm<Edited>({
    value: { name: saved.name, look: saved.look ?? {} },
    etag,
    taken: (answer, tag) => onSaved(answer as Workspace, tag),
  });
  const save = () =>
    void form.save((tag) => {
      const look = { ...form.value.look, accent: form.value.look.accent ?? ACCENT };
      return patch<Workspace>("/workspace", { ...form.changes, look }, tag);
    });
  return (
    <form
      class="beside"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div class="a-stack">
        <Card title={t("company.who")}>
          <TextField
            label={t("company.name")}
            hint={t("company.name_hint")}
            autocomplete="organization"
            required
            maxLength={200}
            error={form.error("name")}
            value={form.value.name}
            onInput={(name) => form.set({ name })}
          />
        </Card>
        <Card title={t("company.look")} text={t("company.look_text")}>
          <LookFields look={form.value.look} at="look" error={form.error} onChange={(look) => form.set({ look })} />
        </Card>
        <SaveBar
          form={form}
          onSave={() => {}}
          onReload={onReload}
          always={!chosen}
          label={t(chosen ? "admin.save_changes" : "company.save_first")}
        />
      </div>
      <LookPreview company={form.value.name} look={form.value.look} />
    </form>
  );
}
