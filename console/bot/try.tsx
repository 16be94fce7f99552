import { useRef, useState } from "preact/hooks";
import { useSending } from "../admin/form.ts";
import { Card } from "../admin/page.tsx";
import type { Inbox } from "../admin/shapes.ts";
import { post } from "../app/http.ts";
import { may } from "../app/session.ts";
import { has, t } from "../app/texts.ts";
import { Badge, Button, Link, Select, TextField, type Tone } from "../app/ui/index.ts";
import { languageChoices } from "../inboxes/languages.ts";
import { percent } from "./percent.ts";
import { Said } from "./said.tsx";

type Decision = "answer" | "clarify" | "escalate" | "stay";

export interface Explained {
  text: string;
  decision: Decision;
  intent: string | null;
  confidence: number;
  alternatives: { intent: string; confidence: number }[];
  article: { id: string; question: string } | null;
  reason: string;
  model_version: string | null;
  took_ms: number;
  would: {
    do: Decision;
    reason: string;
    text: string | null;
    kind: string | null;
    content: { choices?: { value: string; title: string }[] } | null;
  };
}

const TONES: Record<Decision, Tone> = { answer: "green", clarify: "amber", escalate: "accent", stay: "plain" };

/** A text in; out comes what a visitor would meet, and why. */
export function Try({ inbox }: { inbox: Inbox }) {
  const [text, setText] = useState("");
  const [locale, setLocale] = useState("");
  const [asked, setAsked] = useState<Explained[]>([]);
  const sending = useSending();
  const field = useRef<HTMLInputElement>(null);
  const ask = async (event: Event) => {
    event.preventDefault();
    if (!text.trim() || sending.busy) return;
    const body = { inbox: inbox.id, text: text.trim(), ...(locale ? { locale } : {}) };
    const found = await sending.run(() => post<Explained>("/understand", body));
    if (!found) return;
    setAsked((before) => [found, ...before].slice(0, 8));
    setText("");
    field.current?.focus();
  };
  const [latest, ...earlier] = asked;
  return (
    <>
      <form onSubmit={ask}>
        <Card>
          <div class="tools">
            <TextField
              label={t("bot.ask")}
              dir="auto"
              autocomplete="off"
              maxLength={10_000}
              placeholder={t("bot.ask_example")}
              error={sending.error("text") ?? sending.rest()}
              inputRef={field}
              value={text}
              onInput={setText}
            />
            <div class="narrow">
              <Select
                label={t("bot.locale")}
                value={locale}
                choices={[{ value: "", label: t("bot.locale_own") }, ...languageChoices()]}
                onChange={setLocale}
              />
            </div>
            <Button kind="primary" type="submit" busy={sending.busy} disabled={!text.trim()}>
              {t("bot.ask_go")}
            </Button>
          </div>
        </Card>
      </form>
      <div class="tried-room" aria-live="polite">
        {latest && <Result found={latest} />}
      </div>
      {earlier.length > 0 && (
        <Card title={t("bot.earlier")}>
          <ul class="rows">
            {earlier.map((one, index) => (
              <li key={`${asked.length - index} ${one.text}`}>
                <span class="grow" dir="auto">
                  {one.text}
                </span>
                <Badge tone={TONES[one.would.do]}>{t(`bot.does_${one.would.do}`)}</Badge>
                <span class="soft small">{percent(one.confidence)}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function Result({ found }: { found: Explained }) {
  const { would } = found;
  const why = `bot.reason_${would.reason}`;
  return (
    <Card title={t("bot.result")}>
      <div class="tried">
        <p class="tried-asked" dir="auto">
          {found.text}
        </p>
        {would.text ? (
          <Said text={would.text} choices={would.content?.choices ?? []} />
        ) : (
          <p class="hint">{t("bot.says_nothing")}</p>
        )}
      </div>
      <dl class="explained">
        <div>
          <dt>{t("bot.does")}</dt>
          <dd>
            <Badge tone={TONES[would.do]}>{t(`bot.does_${would.do}`)}</Badge>
          </dd>
        </div>
        <div>
          <dt>{t("bot.why")}</dt>
          <dd>{has(why) ? t(why) : would.reason}</dd>
        </div>
        <div>
          <dt>{t("bot.understood")}</dt>
          <dd>
            {found.intent ? (
              <Bar name={found.intent} share={found.confidence} main />
            ) : (
              <span class="soft">{t("bot.understood_nothing")}</span>
            )}
            {found.alternatives.map((one) => (
              <Bar key={one.intent} name={one.intent} share={one.confidence} />
            ))}
          </dd>
        </div>
        <div>
          <dt>{t("bot.article")}</dt>
          <dd>
            {found.article ? (
              <Link to={`knowledge/${found.article.id}`}>{found.article.question}</Link>
            ) : (
              <span class="soft">{t("bot.article_none")}</span>
            )}
          </dd>
        </div>
        <div>
          <dt>{t("bot.model")}</dt>
          <dd class="soft">
            {found.model_version ?? t("bot.model_none")},{" "}
            {t("bot.took", { ms: Math.max(1, Math.round(found.took_ms)) })}
          </dd>
        </div>
      </dl>
      {may("knowledge.manage") && (
        <div class="a-line">
          <Link class="button plain s" to={`knowledge/new?question=${encodeURIComponent(found.text)}`}>
            {t("bot.write_article")}
          </Link>
          {found.article && (
            <Link
              class="button plain s"
              to={`knowledge/${found.article.id}?phrasing=${encodeURIComponent(found.text)}`}
            >
              {t("bot.add_phrasing")}
            </Link>
          )}
        </div>
      )}
    </Card>
  );
}

function Bar({ name, share, main = false }: { name: string; share: number; main?: boolean }) {
  return (
    <span class={main ? "likely main" : "likely"}>
      <code>{name}</code>
      <span class="likely-bar" aria-hidden="true">
        <span style={{ inlineSize: `${Math.max(1, share * 100)}%` }} />
      </span>
      <span>{percent(share)}</span>
    </span>
  );
}
