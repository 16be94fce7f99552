import { Page } from "../admin/page.tsx";
import type { Bot, Inbox, Team } from "../admin/shapes.ts";
import { go } from "../app/router.ts";
import { t } from "../app/texts.ts";
import { Loading, Problem, Tabs, useLoad } from "../app/ui/index.ts";
import { Install } from "./install.tsx";
import { Security } from "./security.tsx";
import { Settings } from "./settings.tsx";
import { Words } from "./words.tsx";

/** One inbox, in parts. */
export function InboxDetail({ id, part, bots, teams }: { id: string; part: string; bots: Bot[]; teams: Team[] }) {
  const loaded = useLoad<Inbox>(`/inboxes/${id}`);
  const inbox = loaded.value;
  const parts =
    inbox?.channel === "web" ? ["settings", "words", "install", "security"] : ["settings", "words", "security"];
  const shown = parts.includes(part) ? part : "settings";
  return (
    <Page
      section="settings"
      here="inboxes"
      wide
      title={inbox?.name ?? t("inboxes.title")}
      back={{ to: "inboxes", label: t("inboxes.back") }}
    >
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!inbox && !loaded.error && <Loading />}
      {inbox && (
        <Tabs
          label={t("inboxes.parts")}
          chosen={shown}
          tabs={parts.map((key) => ({ key, label: t(`inboxes.tab_${key}`) }))}
          onChoose={(key) => go(`inboxes/${id}/${key}`)}
        >
          <div class="tab-room">
            {shown === "settings" && (
              <Settings
                inbox={inbox}
                etag={loaded.etag}
                bots={bots}
                teams={teams}
                onSaved={(value, etag) => loaded.set(value, etag)}
                onReload={loaded.reload}
              />
            )}
            {shown === "words" && <Words inbox={inbox} />}
            {shown === "install" && <Install inbox={inbox} onChanged={loaded.reload} />}
            {shown === "security" && <Security inbox={inbox} onChanged={loaded.reload} />}
          </div>
        </Tabs>
      )}
    </Page>
  );
}
