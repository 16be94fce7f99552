import { useForm } from "../admin/form.ts";
import { Card } from "../admin/page.tsx";
import { SaveBar } from "../admin/parts.tsx";
import type { Bot } from "../admin/shapes.ts";
import { patch } from "../app/http.ts";
import { t } from "../app/texts.ts";
import { Link, TextField, useLoad } from "../app/ui/index.ts";

/** What the bot is called. How it behaves is the inbox's. */
export function BotName({ id, onChanged }: { id: string; onChanged: () => void }) {
  const loaded = useLoad<Bot>(`/bots/${id}`);
  if (!loaded.value) return null;
  return (
    <Edit
      bot={loaded.value}
      etag={loaded.etag}
      onReload={loaded.reload}
      onSaved={(value, etag) => {
        loaded.set(value, etag);
        onChanged();
      }}
    />
  );
}

function Edit({
  bot,
  etag,
  onSaved,
  onReload,
}: {
  bot: Bot;
  etag: string | null;
  onSaved: (bot: Bot, etag: string | null) => void;
  onReload: () => void;
}) {
  const form = useForm<{ name: string }>({
    value: { name: bot.name },
    etag,
    taken: (answer, tag) => onSaved(answer as Bot, tag),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void form.save((tag) => patch<Bot>(`/bots/${bot.id}`, form.changes, tag));
      }}
    >
      <Card title={t("bot.settings")}>
        <TextField
          label={t("bot.name")}
          hint={t("bot.name_hint")}
          required
          maxLength={200}
          error={form.error("name")}
          value={form.value.name}
          onInput={(name) => form.set({ name })}
        />
        <SaveBar form={form} onSave={() => {}} onReload={onReload} />
        <p class="hint">
          {t("bot.settings_text")} <Link to="inboxes">{t("bot.to_inboxes")}</Link>
        </p>
      </Card>
    </form>
  );
}
