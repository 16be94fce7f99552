import { useEffect, useState } from "preact/hooks";
import type { ChosenBot } from "../admin/bots.ts";
import { useForm } from "../admin/form.ts";
import { Card, Page } from "../admin/page.tsx";
import { SaveBar, TextList } from "../admin/parts.tsx";
import type { Article, Overlap } from "../admin/shapes.ts";
import { ask, del, patch, post } from "../app/http.ts";
import { go } from "../app/router.ts";
import { may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { whole } from "../app/times.ts";
import { Button, Loading, Problem, Select, TextField, toast, trouble, useLoad } from "../app/ui/index.ts";
import { languageChoices } from "../inboxes/languages.ts";
import { FEW_PHRASINGS } from "./knowledge.screen.tsx";
import { Markdown } from "./markdown.tsx";
import { Overlaps } from "./overlap-list.tsx";

interface Props {
  /** null: a new one. */
  id: string | null;
  chosen: ChosenBot;
  query: URLSearchParams;
}

/** One article: its question, other ways to ask it, its answer. */
export function ArticlePage({ id, chosen, query }: Props) {
  const loaded = useLoad<Article>(id ? `/articles/${id}` : null);
  const article = id ? loaded.value : fresh(query);
  return (
    <Page
      section="knowledge"
      here="knowledge"
      wide
      title={id ? (article?.question ?? t("knowledge.title")) : t("knowledge.new")}
      back={{ to: chosen.to("knowledge"), label: t("knowledge.back") }}
    >
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!article && !loaded.error && <Loading />}
      {article && (
        <Edit
          article={article}
          etag={loaded.etag}
          isNew={id === null}
          chosen={chosen}
          phrasing={query.get("phrasing")}
          onSaved={(value, etag) =>
            id ? loaded.set(value, etag) : go(chosen.to(`knowledge/${value.id}`), { replace: true })
          }
          onReload={loaded.reload}
        />
      )}
    </Page>
  );
}

function fresh(query: URLSearchParams): Article {
  return {
    id: "",
    question: query.get("question") ?? "",
    answer: "",
    category: null,
    locale: null,
    phrasings: [],
    rev: 0,
    updated_at: "",
  };
}

interface Edited {
  question: string;
  answer: string;
  category: string | null;
  locale: string | null;
  phrasings: string[];
}

interface EditProps {
  article: Article;
  etag: string | null;
  isNew: boolean;
  chosen: ChosenBot;
  /** To be added to the others, once it is saved. */
  phrasing: string | null;
  onSaved: (value: Article, etag: string | null) => void;
  onReload: () => void;
}

function Edit({ article, etag, isNew, chosen, phrasing, onSaved, onReload }: EditProps) {
  const { question, answer, category, locale, phrasings } = article;
  const [warnings, setWarnings] = useState<Overlap[]>(article.overlaps ?? []);
  const form = useForm<Edited>({
    value: { question, answer, category, locale, phrasings },
    etag,
    taken: (given, tag) => {
      const saved = given as Article;
      setWarnings(saved.overlaps ?? []);
      onSaved(saved, tag);
    },
  });
  const { value } = form;
  useEffect(() => {
    if (phrasing && !phrasings.includes(phrasing)) form.set({ phrasings: [...phrasings, phrasing] });
  }, [phrasing]);
  const reads = !may("knowledge.manage");
  const save = () =>
    void form.save(
      (tag) =>
        isNew
          ? ask<Article>("POST", "/articles", { body: { ...value, bot_id: chosen.bot?.id }, key: crypto.randomUUID() })
          : patch<Article>(`/articles/${article.id}`, form.changes, tag),
      t(isNew ? "knowledge.added" : "knowledge.saved"),
    );
  return (
    <form
      class="a-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!reads) save();
      }}
    >
      {warnings.length > 0 && <Overlaps items={warnings} title={t("knowledge.warned")} chosen={chosen} />}
      <fieldset class="plain-set" disabled={reads}>
        <Card>
          <TextField
            label={t("knowledge.question")}
            hint={t("knowledge.question_hint")}
            dir="auto"
            required
            maxLength={1000}
            error={form.error("question")}
            value={value.question}
            onInput={(next) => form.set({ question: next })}
          />
          <TextList
            label={t("knowledge.phrasings")}
            hint={t("knowledge.phrasings_hint")}
            placeholder={t("knowledge.phrasing_example")}
            addLabel={t("admin.add")}
            error={form.error("phrasings")}
            values={value.phrasings}
            onChange={(next) => form.set({ phrasings: next })}
          />
          {value.phrasings.length < FEW_PHRASINGS && !reads && (
            <p class="notice amber small">
              {t("knowledge.nudge", { missing: FEW_PHRASINGS - value.phrasings.length })}
            </p>
          )}
        </Card>
        <Markdown
          label={t("knowledge.answer")}
          error={form.error("answer")}
          value={value.answer}
          onInput={(next) => form.set({ answer: next })}
        />
        <Card>
          <div class="pair">
            <TextField
              label={t("knowledge.category_optional")}
              hint={t("knowledge.category_hint")}
              maxLength={200}
              error={form.error("category")}
              value={value.category ?? ""}
              onInput={(next) => form.set({ category: next || null })}
            />
            <Select
              label={t("knowledge.locale")}
              hint={t("knowledge.locale_hint")}
              error={form.error("locale")}
              value={value.locale ?? ""}
              choices={[{ value: "", label: t("knowledge.locale_any") }, ...languageChoices(value.locale)]}
              onChange={(next) => form.set({ locale: next || null })}
            />
          </div>
        </Card>
      </fieldset>
      {!reads && (
        <SaveBar
          form={form}
          onSave={() => {}}
          onReload={onReload}
          always={isNew}
          label={t(isNew ? "knowledge.add" : "admin.save_changes")}
        />
      )}
      {!isNew && (
        <div class="a-line ends">
          <span class="soft small">
            {t("knowledge.changed_at", { when: whole(article.updated_at), rev: article.rev })}
          </span>
          {!reads && !form.changes && <Archive article={article} chosen={chosen} />}
        </div>
      )}
    </form>
  );
}

function Archive({ article, chosen }: { article: Article; chosen: ChosenBot }) {
  const archive = async () => {
    try {
      await del(`/articles/${article.id}`);
    } catch (error) {
      trouble(error);
      return;
    }
    const { question, answer, category, locale, phrasings } = article;
    toast({
      text: t("knowledge.archived"),
      undo: async () => {
        const back = await post<Article>("/articles", {
          question,
          answer,
          category,
          locale,
          phrasings,
          bot_id: chosen.bot?.id,
        });
        go(chosen.to(`knowledge/${back.id}`));
      },
    });
    go(chosen.to("knowledge"));
  };
  return (
    <Button kind="danger" onClick={() => void archive()}>
      {t("knowledge.archive")}
    </Button>
  );
}
