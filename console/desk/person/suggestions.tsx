import { useState } from "preact/hooks";
import type { AgentConversation, AgentMessage } from "../../../web_widget/wire/types.ts";
import { get, isRefusal, post } from "../../app/http.ts";
import { t } from "../../app/texts.ts";
import { Button, trouble } from "../../app/ui/index.ts";
import type { Desk } from "../state/desk.ts";

interface Explained {
  article: { id: string; question: string } | null;
  decision: "answer" | "clarify" | "escalate" | "stay";
}

/** What the bot would answer to the visitor's last words: asked for, never sent by itself. */
export function Suggestions({
  here,
  conversation,
  messages,
}: {
  here: Desk;
  conversation: AgentConversation;
  messages: readonly AgentMessage[];
}) {
  const [found, setFound] = useState<{ question: string; answer: string } | "none" | null>(null);
  const [busy, setBusy] = useState(false);
  const last = [...messages].reverse().find((one) => one.author.kind === "visitor" && one.text.trim());
  if (!last || conversation.status === "resolved") return null;
  const ask = async () => {
    setBusy(true);
    try {
      const explained = await post<Explained>("/understand", { inbox: conversation.inbox_id, text: last.text });
      // the best article is told even where nothing fits
      if (!explained.article || explained.decision === "escalate" || explained.decision === "stay") setFound("none");
      else setFound(await article(explained.article.id));
    } catch (error) {
      if (isRefusal(error, "not_found")) setFound("none");
      else trouble(error);
    }
    setBusy(false);
  };
  const insert = (text: string) => {
    const draft = here.drafts.of(conversation.id).peek();
    here.drafts.change(conversation.id, { text: [draft.text, text].filter(Boolean).join("\n"), mode: "reply" });
    document.querySelector<HTMLTextAreaElement>("[data-composer]")?.focus();
  };
  return (
    <section>
      <h3>{t("desk.suggestions")}</h3>
      {found === null && (
        <Button size="s" icon="bulb" busy={busy} onClick={ask}>
          {t("desk.suggest")}
        </Button>
      )}
      {found === "none" && <p class="soft small">{t("desk.no_suggestion")}</p>}
      {found !== null && found !== "none" && (
        <div class="suggestion">
          <b dir="auto">{found.question}</b>
          <p dir="auto">{found.answer}</p>
          <Button size="s" onClick={() => insert(found.answer)}>
            {t("desk.use_suggestion")}
          </Button>
        </div>
      )}
    </section>
  );
}

function article(id: string): Promise<{ question: string; answer: string }> {
  return get(`/articles/${id}`);
}
