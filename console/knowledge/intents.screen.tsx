import { useState } from "preact/hooks";
import { type ChosenBot, useBots } from "../admin/bots.ts";
import { useSending } from "../admin/form.ts";
import { Page } from "../admin/page.tsx";
import { useAll } from "../admin/pages.ts";
import { BotChoice } from "../admin/parts.tsx";
import type { Intent } from "../admin/shapes.ts";
import { post } from "../app/http.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import {
  Badge,
  Button,
  type Column,
  Dialog,
  Empty,
  Link,
  Loading,
  Problem,
  Table,
  TextField,
} from "../app/ui/index.ts";
import { bare } from "./bare.ts";
import { ImportPage } from "./import.tsx";
import { IntentPage } from "./intent.tsx";
import "./knowledge.css";

export const FEW_EXAMPLES = 10;

/** What the bot tells apart: the list, one of them, or many from a table. */
export default function Intents({ rest, query }: ScreenProps) {
  const chosen = useBots("intents", query);
  const [part] = rest;
  if (chosen.error) return <Problem text={chosen.error} retry={chosen.reload} />;
  if (!chosen.bot) return <Loading />;
  if (part === "import") return <ImportPage kind="intents" chosen={chosen} />;
  if (part) return <IntentPage key={part} id={part} chosen={chosen} />;
  return <All chosen={chosen} botId={chosen.bot.id} />;
}

function All({ chosen, botId }: { chosen: ChosenBot; botId: string }) {
  const listed = useAll<Intent>("/intents", "intents", { bot_id: botId });
  const [sought, setSought] = useState("");
  const [adding, setAdding] = useState(false);
  const wanted = sought.trim().toLocaleLowerCase();
  const all = listed.rows ?? [];
  const shown = all.filter((one) =>
    `${one.name} ${one.title} ${one.answer ?? ""}`.toLocaleLowerCase().includes(wanted),
  );
  const actions = may("knowledge.manage") && (
    <>
      <Link class="button plain m" to={chosen.to("intents/import")}>
        {t("knowledge.import")}
      </Link>
      <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
        {t("knowledge.intent_new")}
      </Button>
    </>
  );
  return (
    <Page
      section="knowledge"
      here="intents"
      wide
      title={t("knowledge.intents")}
      lead={t("knowledge.intents_lead")}
      actions={actions}
    >
      {listed.error && <Problem text={listed.error} retry={listed.reload} />}
      {!listed.rows && !listed.error && <Loading />}
      {listed.rows?.length === 0 && (
        <Empty
          level={2}
          icon="bulb"
          title={t("knowledge.intents_none")}
          text={t("knowledge.intents_none_text")}
          action={<div class="a-line">{actions}</div>}
        />
      )}
      {all.length > 0 && (
        <>
          <div class="tools">
            <TextField label={t("knowledge.intents_search")} type="search" value={sought} onInput={setSought} />
            <BotChoice bots={chosen.bots} chosen={botId} onChoose={chosen.choose} />
          </div>
          <Table
            label={t("knowledge.intents")}
            columns={columns()}
            rows={shown}
            keyOf={(one) => one.id}
            onOpen={(one) => go(chosen.to(`intents/${one.id}`))}
            csvName="intents"
            busy={listed.busy}
            empty={<Empty level={2} title={t("knowledge.intents_none_found")} />}
          />
        </>
      )}
      {adding && (
        <Add botId={botId} onClose={() => setAdding(false)} onAdded={(id) => go(chosen.to(`intents/${id}`))} />
      )}
    </Page>
  );
}

function columns(): Column<Intent>[] {
  return [
    {
      key: "title",
      title: t("knowledge.intent_title"),
      text: (one) => one.title,
      draw: (one) => (
        <span class="a-stack none">
          <strong dir="auto">{one.title}</strong>
          <code class="soft small">{one.name}</code>
        </span>
      ),
    },
    {
      key: "answer",
      title: t("knowledge.intent_then"),
      text: (one) => t(one.answer === null ? "knowledge.intent_handed" : "knowledge.intent_answered"),
      draw: (one) =>
        one.answer === null ? (
          <Badge>{t("knowledge.intent_handed")}</Badge>
        ) : (
          <span class="soft two-lines" dir="auto">
            {bare(one.answer)}
          </span>
        ),
      minor: true,
    },
    {
      key: "examples",
      title: t("knowledge.examples"),
      definition: t("knowledge.examples_hint"),
      text: (one) => one.examples_count,
      draw: (one) =>
        one.examples_count < FEW_EXAMPLES ? (
          <Badge tone="amber">{t("knowledge.examples_few", { count: one.examples_count })}</Badge>
        ) : (
          one.examples_count
        ),
      end: true,
    },
  ];
}

function Add({ botId, onClose, onAdded }: { botId: string; onClose: () => void; onAdded: (id: string) => void }) {
  const [title, setTitle] = useState("");
  const sending = useSending();
  const add = async (event: Event) => {
    event.preventDefault();
    const made = await sending.run(() =>
      post<Intent>("/intents", { bot_id: botId, name: nameOf(title), title: title.trim() }),
    );
    if (made) onAdded(made.id);
  };
  return (
    <Dialog
      title={t("knowledge.intent_new")}
      onClose={onClose}
      actions={
        <Button kind="primary" type="submit" form="new-intent" busy={sending.busy}>
          {t("knowledge.intent_add")}
        </Button>
      }
    >
      <form id="new-intent" class="a-stack" onSubmit={add}>
        <TextField
          label={t("knowledge.intent_title")}
          hint={t("knowledge.intent_title_hint")}
          required
          maxLength={200}
          error={sending.error("title") ?? sending.error("name") ?? sending.rest()}
          value={title}
          onInput={setTitle}
        />
        {title.trim() && (
          <p class="hint">
            {t("knowledge.intent_name")} <code>{nameOf(title)}</code>
          </p>
        )}
      </form>
    </Dialog>
  );
}

/** "Where is my order?" -> "where_is_my_order"; what has no letters of ours stays as it is. */
function nameOf(title: string): string {
  const plain = title
    .trim()
    .toLocaleLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
  return (plain || title.trim()).slice(0, 100);
}
