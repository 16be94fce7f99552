import { useState } from "preact/hooks";
import { type ChosenBot, useBots } from "../admin/bots.ts";
import { Page } from "../admin/page.tsx";
import { useAll } from "../admin/pages.ts";
import { BotChoice } from "../admin/parts.tsx";
import type { Article } from "../admin/shapes.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { when } from "../app/times.ts";
import { Badge, type Column, Empty, Link, Loading, Problem, Select, Table, TextField } from "../app/ui/index.ts";
import { ArticlePage } from "./article.tsx";
import { bare } from "./bare.ts";
import { ImportPage } from "./import.tsx";
import "./knowledge.css";

export const FEW_PHRASINGS = 3;

/** What the bot answers from: the list of articles, one of them, or many from a table. */
export default function Knowledge({ rest, query }: ScreenProps) {
  const chosen = useBots("knowledge", query);
  const [part] = rest;
  if (chosen.error) return <Problem text={chosen.error} retry={chosen.reload} />;
  if (!chosen.bot) return <Loading />;
  if (part === "import") return <ImportPage kind="articles" chosen={chosen} />;
  if (part) return <ArticlePage key={part} id={part === "new" ? null : part} chosen={chosen} query={query} />;
  return <Articles chosen={chosen} botId={chosen.bot.id} />;
}

function Articles({ chosen, botId }: { chosen: ChosenBot; botId: string }) {
  const listed = useAll<Article>("/articles", "articles", { bot_id: botId });
  const [sought, setSought] = useState("");
  const [category, setCategory] = useState("");
  const all = listed.rows ?? [];
  const categories = [...new Set(all.map((one) => one.category ?? ""))].filter(Boolean).sort();
  const words = sought.trim().toLocaleLowerCase().split(/\s+/);
  const shown = all.filter((one) => {
    if (category && one.category !== category) return false;
    const text = `${one.question} ${one.phrasings.join(" ")} ${one.answer} ${one.category ?? ""}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
  const writes = may("knowledge.manage");
  const actions = writes && (
    <>
      <Link class="button plain m" to={chosen.to("knowledge/import")}>
        {t("knowledge.import")}
      </Link>
      <Link class="button primary m" to={chosen.to("knowledge/new")}>
        {t("knowledge.new")}
      </Link>
    </>
  );
  return (
    <Page
      section="knowledge"
      here="knowledge"
      wide
      title={t("knowledge.title")}
      lead={t("knowledge.lead")}
      actions={actions}
    >
      {listed.error && <Problem text={listed.error} retry={listed.reload} />}
      {!listed.rows && !listed.error && <Loading />}
      {listed.rows?.length === 0 && (
        <Empty
          level={2}
          icon="knowledge"
          title={t("knowledge.none")}
          text={t("knowledge.none_text")}
          action={<div class="a-line">{actions}</div>}
        />
      )}
      {all.length > 0 && (
        <>
          <div class="tools">
            <TextField label={t("knowledge.search")} type="search" value={sought} onInput={setSought} />
            {categories.length > 0 && (
              <Select
                label={t("knowledge.category")}
                value={category}
                choices={[
                  { value: "", label: t("knowledge.category_all") },
                  ...categories.map((one) => ({ value: one, label: one })),
                ]}
                onChange={setCategory}
              />
            )}
            <BotChoice bots={chosen.bots} chosen={botId} onChoose={chosen.choose} />
          </div>
          <p class="soft small" role="status">
            {shown.length === all.length
              ? t("knowledge.count", { count: all.length })
              : t("knowledge.count_found", { count: shown.length, all: all.length })}
            {listed.cut && ` ${t("knowledge.cut")}`}
          </p>
          <Table
            label={t("knowledge.title")}
            columns={columns()}
            rows={shown}
            keyOf={(one) => one.id}
            onOpen={(one) => go(chosen.to(`knowledge/${one.id}`))}
            csvName="articles"
            busy={listed.busy}
            empty={<Empty level={2} title={t("knowledge.none_found")} text={t("knowledge.none_found_text")} />}
          />
        </>
      )}
    </Page>
  );
}

function columns(): Column<Article>[] {
  return [
    {
      key: "question",
      title: t("knowledge.question"),
      text: (one) => one.question,
      draw: (one) => (
        <span class="a-stack none">
          <strong dir="auto">{one.question}</strong>
          <span class="soft small two-lines" dir="auto">
            {bare(one.answer)}
          </span>
        </span>
      ),
    },
    {
      key: "category",
      title: t("knowledge.category"),
      text: (one) => one.category ?? "",
      draw: (one) => (one.category ? <Badge>{one.category}</Badge> : ""),
      minor: true,
    },
    {
      key: "phrasings",
      title: t("knowledge.phrasings_short"),
      definition: t("knowledge.phrasings_hint"),
      text: (one) => one.phrasings.length,
      draw: (one) =>
        one.phrasings.length < FEW_PHRASINGS ? (
          <Badge tone="amber">{t("knowledge.phrasings_few", { count: one.phrasings.length })}</Badge>
        ) : (
          one.phrasings.length
        ),
      end: true,
      minor: true,
    },
    {
      key: "changed",
      title: t("knowledge.changed"),
      text: (one) => one.updated_at,
      draw: (one) => <span class="soft no-wrap">{when(one.updated_at)}</span>,
      minor: true,
    },
  ];
}
