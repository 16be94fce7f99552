import { useMemo } from "preact/hooks";
import { Page } from "../admin/page.tsx";
import { useAll } from "../admin/pages.ts";
import type { Article, Intent } from "../admin/shapes.ts";
import { del } from "../app/http.ts";
import { type Agent, may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { when } from "../app/times.ts";
import { Badge, Button, Empty, Link, Loading, Problem, toast, trouble, useLoad } from "../app/ui/index.ts";
import "./knowledge.css";

interface Correction {
  id: string;
  conversation_id: string;
  intent_id: string | null;
  article_id: string | null;
  texts: string[];
  note: string | null;
  /** Such as `agent:agt_1`. */
  made_by: string;
  created_at: string;
}

/** What people have taught the bot out of conversations. */
export default function Corrections() {
  const listed = useAll<Correction>("/corrections", "corrections");
  const wanted = (listed.rows?.length ?? 0) > 0;
  const intents = useAll<Intent>(wanted ? "/intents" : null, "intents");
  const articles = useAll<Article>(wanted ? "/articles" : null, "articles");
  const agents = useLoad<{ agents: Agent[] }>("/agents");
  const names = useMemo(
    () =>
      new Map([
        ...(intents.rows ?? []).map((one) => [one.id, one.title] as const),
        ...(articles.rows ?? []).map((one) => [one.id, one.question] as const),
        ...(agents.value?.agents ?? []).map((one) => [`agent:${one.id}`, one.name] as const),
      ]),
    [intents.rows, articles.rows, agents.value],
  );
  const undo = async (one: Correction) => {
    try {
      await del(`/corrections/${one.id}`);
      listed.change((rows) => rows.filter((other) => other.id !== one.id));
      toast({ text: t("knowledge.correction_undone") });
    } catch (error) {
      trouble(error);
    }
  };
  return (
    <Page
      section="knowledge"
      here="corrections"
      title={t("knowledge.corrections")}
      lead={t("knowledge.corrections_lead")}
    >
      {listed.error && <Problem text={listed.error} retry={listed.reload} />}
      {!listed.rows && !listed.error && <Loading />}
      {listed.rows?.length === 0 && (
        <Empty
          level={2}
          icon="pen"
          title={t("knowledge.corrections_none")}
          text={t("knowledge.corrections_none_text")}
          action={<Link to="desk">{t("app.to_desk")}</Link>}
        />
      )}
      {listed.rows && listed.rows.length > 0 && (
        <ul class="rows card">
          {listed.rows.map((one) => (
            <li key={one.id}>
              <Told correction={one} names={names} />
              <Link class="small" to={`desk/${one.conversation_id}`}>
                {t("knowledge.correction_chat")}
              </Link>
              {may("knowledge.manage") && (
                <Button size="s" onClick={() => void undo(one)}>
                  {t("knowledge.correction_undo")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

function Told({ correction: one, names }: { correction: Correction; names: ReadonlyMap<string, string> }) {
  const target = one.article_id ?? one.intent_id;
  return (
    <span class="grow a-stack none">
      {one.texts.map((text) => (
        <q key={text} dir="auto">
          {text}
        </q>
      ))}
      {target && (
        <span class="a-line small">
          <Badge tone={one.article_id ? "green" : "accent"}>
            {t(one.article_id ? "knowledge.correction_article" : "knowledge.correction_intent")}
          </Badge>
          <Link to={one.article_id ? `knowledge/${target}` : `intents/${target}`}>
            {names.get(target) ?? t("knowledge.overlap_open")}
          </Link>
        </span>
      )}
      {one.note && (
        <span class="small" dir="auto">
          {one.note}
        </span>
      )}
      <span class="soft small">{[names.get(one.made_by), when(one.created_at)].filter(Boolean).join(", ")}</span>
    </span>
  );
}
