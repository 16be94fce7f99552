import { useMemo, useState } from "preact/hooks";
import { useAll } from "../../admin/pages.ts";
import { del, isRefusal, post, sentence } from "../../app/http.ts";
import { go } from "../../app/router.ts";
import { may } from "../../app/session.ts";
import { t } from "../../app/texts.ts";
import { Button, Dialog, Problem, Tabs, TextArea, TextField, toast } from "../../app/ui/index.ts";
import type { Desk } from "../state/desk.ts";
import { find } from "../state/find.ts";
import { close } from "./dialogs.tsx";

interface CorrectProps {
  here: Desk;
  messageId: string;
  conversationId: string;
}

interface Choice {
  id: string;
  title: string;
  text: string;
}

interface Filed {
  id: string;
  example_id?: string;
  phrasing?: string;
  article?: { id: string };
  /** What is taught already and comes near to it. */
  overlaps?: readonly unknown[];
}

/** "Should have answered...": files the visitor's words under the article or topic that fits. */
export function Correct({ here, messageId, conversationId }: CorrectProps) {
  const [kind, setKind] = useState("article");
  const [asked, setAsked] = useState("");
  const [chosen, setChosen] = useState<Choice | null>(null);
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const botId = botOf(here, conversationId);
  const words = useMemo(() => turnOf(here, conversationId, messageId), [messageId]);
  const file = async () => {
    if ((!chosen && !note.trim()) || busy) return;
    setBusy(true);
    setError(null);
    const target = !chosen ? {} : kind === "article" ? { article_id: chosen.id } : { intent_id: chosen.id };
    try {
      const filed = await post<Filed>("/corrections", {
        message_id: messageId,
        ...target,
        ...(note.trim() ? { note: note.trim() } : {}),
      });
      close();
      toast({
        text: filedAs(kind, chosen, filed),
        ...(filed.id ? { undo: () => del(`/corrections/${filed.id}`) } : {}),
      });
    } catch (reason) {
      setError(isRefusal(reason, "not_found") ? t("desk.no_corrections") : sentence(reason));
      setBusy(false);
    }
  };
  return (
    <Dialog
      wide
      title={t("desk.should_have")}
      onClose={close}
      actions={
        <>
          {kind === "article" && chosen && may("knowledge.manage") && (
            <Button
              kind="quiet"
              icon="pen"
              onClick={() => {
                close();
                go(`knowledge/${chosen.id}`);
              }}
            >
              {t("desk.fix_article")}
            </Button>
          )}
          <Button onClick={close}>{t("app.cancel")}</Button>
          <Button kind="primary" busy={busy} disabled={!chosen && !note.trim()} onClick={file}>
            {t("desk.correct_do")}
          </Button>
        </>
      }
    >
      <blockquote class="asked" dir="auto">
        {words || t("desk.nothing_said")}
      </blockquote>
      <Tabs
        label={t("desk.correct_kind")}
        chosen={kind}
        onChoose={(key) => {
          setKind(key);
          setChosen(null);
        }}
        tabs={[
          { key: "article", label: t("desk.correct_article") },
          { key: "intent", label: t("desk.correct_intent") },
        ]}
      />
      <TextField label={t("desk.correct_find")} type="search" value={asked} onInput={setAsked} />
      <Found key={kind} kind={kind} botId={botId} asked={asked} chosen={chosen} onChoose={setChosen} />
      <TextArea label={t("desk.correct_note")} rows={2} value={note} onInput={setNote} maxLength={1_000} />
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </Dialog>
  );
}

function filedAs(kind: string, chosen: Choice | null, filed: Filed): string {
  if (!chosen) return t("desk.corrected_note");
  const said = t(kind === "article" ? "desk.corrected_article" : "desk.corrected_intent", { title: chosen.title });
  const near = filed.overlaps?.length ?? 0;
  return near > 0 ? `${said} ${t("desk.corrected_near", { count: near })}` : said;
}

interface FoundProps {
  kind: string;
  botId: string | null;
  asked: string;
  chosen: Choice | null;
  onChoose: (one: Choice) => void;
}

function Found({ kind, botId, asked, chosen, onChoose }: FoundProps) {
  const articles = useAll<Article>(kind === "article" ? "/articles" : null, "articles", { bot_id: botId });
  const intents = useAll<Intent>(kind === "intent" ? "/intents" : null, "intents", { bot_id: botId });
  const loaded = kind === "article" ? articles : intents;
  if (loaded.error) return <Problem text={loaded.error} retry={loaded.reload} />;
  const all: Choice[] =
    kind === "article"
      ? (articles.rows ?? []).map((one) => ({ id: one.id, title: one.question, text: one.answer }))
      : (intents.rows ?? []).map((one) => ({ id: one.id, title: one.title || one.name, text: one.name }));
  const found = find(all, asked, (one) => `${one.title} ${one.text}`).slice(0, 40);
  if (!loaded.busy && found.length === 0) return <p class="soft">{t("desk.correct_none")}</p>;
  return (
    <ul class="places" aria-busy={loaded.busy}>
      {found.map((one) => (
        <li key={one.id}>
          <button type="button" aria-pressed={chosen?.id === one.id} onClick={() => onChoose(one)}>
            <span dir="auto">{one.title}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface Article {
  id: string;
  question: string;
  answer: string;
}

interface Intent {
  id: string;
  name: string;
  title: string;
}

/** Whose knowledge it is: of the bot that answers in the conversation's inbox. */
function botOf(here: Desk, conversationId: string): string | null {
  const inboxId = here.threads.held(conversationId)?.thread.peek().conversation.inbox_id;
  return here.people.inboxes.value.find((one) => one.id === inboxId)?.bot_id ?? null;
}

/** What the visitor said before this message of the bot. */
function turnOf(here: Desk, conversationId: string, messageId: string): string {
  const messages = here.threads.held(conversationId)?.thread.peek().messages ?? [];
  const at = messages.findIndex((one) => one.id === messageId);
  const said: string[] = [];
  for (let index = at - 1; index >= 0; index--) {
    const one = messages[index];
    if (one?.author.kind === "visitor") said.unshift(one.text);
    else if (one?.author.kind === "bot" || one?.author.kind === "agent") break;
  }
  return said.join("\n");
}
