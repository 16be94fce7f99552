import { useState } from "preact/hooks";
import { useBots } from "../admin/bots.ts";
import { Page } from "../admin/page.tsx";
import type { Inbox } from "../admin/shapes.ts";
import type { ScreenProps } from "../app/screens.ts";
import { may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Empty, Link, Loading, Problem, Select, useLoad } from "../app/ui/index.ts";
import { BotName } from "./name.tsx";
import { Try } from "./try.tsx";
import "./bot.css";

/** Ask the bot something, and see what it makes of it. */
export default function BotScreen({ query }: ScreenProps) {
  const chosen = useBots("bot", query);
  const inboxes = useLoad<{ inboxes: Inbox[] }>("/inboxes");
  const [inboxId, setInboxId] = useState("");
  const all = inboxes.value?.inboxes ?? [];
  const inbox = all.find((one) => one.id === inboxId) ?? all.find((one) => one.bot_id === chosen.bot?.id) ?? all[0];
  const error = chosen.error ?? inboxes.error;
  return (
    <Page section="bot" here="bot" title={t("bot.try_title")} lead={t("bot.try_lead")}>
      {error && <Problem text={error} retry={chosen.error ? chosen.reload : inboxes.reload} />}
      {!inboxes.value && !error && <Loading />}
      {inboxes.value && !inbox && (
        <Empty
          level={2}
          icon="bot"
          title={t("bot.no_inbox")}
          text={t("bot.no_inbox_text")}
          action={<Link to="inboxes">{t("bot.to_inboxes")}</Link>}
        />
      )}
      {all.length > 1 && inbox && (
        <Select
          label={t("bot.where")}
          value={inbox.id}
          choices={all.map((one) => ({ value: one.id, label: one.name }))}
          onChange={setInboxId}
        />
      )}
      {inbox && <Try key={inbox.id} inbox={inbox} />}
      {chosen.bot && may("bots.manage") && <BotName key={chosen.bot.id} id={chosen.bot.id} onChanged={chosen.reload} />}
    </Page>
  );
}
