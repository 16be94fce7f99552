import { memo } from "preact/compat";
import { useState } from "preact/hooks";
import type { AgentMessage, ShownArticle } from "../../../web_widget/wire/types.ts";
import { may } from "../../app/session.ts";
import { has, t } from "../../app/texts.ts";
import { clock, whole } from "../../app/times.ts";
import { Avatar, Button, Icon, Link, Menu, type MenuItem } from "../../app/ui/index.ts";
import { dialog } from "../state/view.ts";
import { pieces } from "../state/words.ts";
import { editing } from "./editing.ts";
import { Files } from "./files.tsx";
import { Understood } from "./understood.tsx";

/** Own messages can be mended for a quarter of an hour. */
const MEND_MS = 15 * 60_000;

interface SaidProps {
  message: AgentMessage;
  own: boolean;
  /** What visitors are called who have not said their name. */
  visitor: string;
  /** Follows one of the same author, within minutes: no name, no face. */
  more: boolean;
  taken: string | undefined;
  /** Sent, delivered, read: under the last own one only. */
  delivery: string | null;
}

/** One message: a bubble, a note, or a line of the house. */
export const Said = memo(function Said({ message, own, visitor, more, taken, delivery }: SaidProps) {
  if (message.kind === "event" || message.author.kind === "system") return <Event message={message} />;
  const ours = message.author.kind !== "visitor";
  const how = message.private ? "note" : message.author.kind;
  return (
    // what one has said oneself is not read out again
    <article
      aria-live={own ? "off" : undefined}
      class={`said ${ours ? "ours" : "theirs"} ${how} ${more ? "more" : ""}`}
      data-message={message.id}
    >
      {!more && <Author message={message} own={own} visitor={visitor} />}
      <div class="said-row">
        <div class="bubble">
          {message.erased_at ? <p class="withdrawn">{t("desk.withdrawn")}</p> : <Words message={message} />}
          {message.attachments && !message.erased_at && <Files files={message.attachments} />}
          {message.content?.article && <FromArticle article={message.content.article} />}
          {message.content?.choices && <Choices message={message} taken={taken} />}
        </div>
        {own && !message.erased_at && <Mend message={message} />}
      </div>
      <Foot message={message} delivery={delivery} />
    </article>
  );
});

function Author({ message, own, visitor }: { message: AgentMessage; own: boolean; visitor: string }) {
  const { kind, name, avatar_url } = message.author;
  const shown = own ? t("desk.you") : kind === "bot" ? (name ?? t("desk.bot")) : (name ?? visitor);
  return (
    <header class="said-by">
      <Avatar name={name ?? shown} url={avatar_url ?? null} bot={kind === "bot"} size={22} />
      <b dir="auto">{shown}</b>
      {kind === "bot" && name && <span class="tag">{t("desk.is_bot")}</span>}
      {message.private && <span class="tag">{t("desk.is_note")}</span>}
      <time dateTime={message.created_at} title={whole(message.created_at)}>
        {clock(message.created_at)}
      </time>
    </header>
  );
}

function Words({ message }: { message: AgentMessage }) {
  if (!message.text) return null;
  return (
    <p class="words" dir="auto">
      {pieces(message.text).map((one, index) =>
        one.href ? (
          <a key={index} href={one.href} target="_blank" rel="noopener noreferrer nofollow">
            {one.text}
          </a>
        ) : (
          one.text
        ),
      )}
    </p>
  );
}

/** Which article the words are of; whoever may change it gets there. */
function FromArticle({ article }: { article: ShownArticle }) {
  const title = article.title ?? article.question;
  if (!title) return null;
  return (
    <p class="from-article" dir="auto">
      <Icon name="knowledge" size={14} />
      {article.id && may("knowledge.manage") ? (
        <Link to={`knowledge/${encodeURIComponent(article.id)}`}>{title}</Link>
      ) : (
        title
      )}
    </p>
  );
}

function Choices({ message, taken }: { message: AgentMessage; taken: string | undefined }) {
  const { choices = [], none_of_these, none_title } = message.content ?? {};
  const all = none_of_these ? [...choices, { value: "none", title: none_title ?? t("desk.none_of_these") }] : choices;
  return (
    <ul class="choices">
      {all.map((one) => (
        <li key={one.value} class={one.value === taken ? "taken" : undefined}>
          {one.value === taken && <Icon name="check" size={14} />}
          {one.title}
          {one.value === taken && <span class="only-heard"> {t("desk.taken")}</span>}
        </li>
      ))}
    </ul>
  );
}

function Foot({ message, delivery }: { message: AgentMessage; delivery: string | null }) {
  const [open, setOpen] = useState(false);
  const rating = message.rating;
  const understood = message.author.kind === "bot" && message.understanding;
  if (!understood && !rating && !message.edited_at && !delivery) return null;
  return (
    <footer class="said-foot">
      {understood && (
        <Button kind="quiet" size="s" icon="eye" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t("desk.understood")}
        </Button>
      )}
      {rating && <span>{t(rating.helpful ? "desk.rated_helpful" : "desk.rated_unhelpful")}</span>}
      {message.edited_at && <span>{t("desk.edited")}</span>}
      {delivery && <span>{t(`desk.delivery_${delivery}`)}</span>}
      {understood && open && <Understood message={message} />}
    </footer>
  );
}

function Mend({ message }: { message: AgentMessage }) {
  if (Date.now() - Date.parse(message.created_at) > MEND_MS) return null;
  const items: MenuItem[] = [
    { key: "edit", label: t("desk.mend"), icon: "pen", onChoose: () => editing.begin(message) },
    {
      key: "withdraw",
      label: t("desk.withdraw"),
      icon: "close",
      danger: true,
      onChoose: () => {
        dialog.value = { kind: "withdraw", messageId: message.id };
      },
    },
  ];
  return (
    <Menu class="icon-button s mend" label={t("desk.mend_menu")} items={items} face={<Icon name="more" size={16} />} />
  );
}

function Event({ message }: { message: AgentMessage }) {
  const said = message.content?.said;
  const key = `desk.event_${said?.key}`;
  // what the visitor is told reads strangely to an agent: in their words, with the visitor's on hover
  const [words, title] = said && has(key) ? [t(key, said.params ?? {}), message.text] : [message.text, undefined];
  return (
    <p class="event" data-message={message.id}>
      <span dir="auto" title={title}>
        {words}
      </span>{" "}
      <time dateTime={message.created_at} title={whole(message.created_at)}>
        {clock(message.created_at)}
      </time>
    </p>
  );
}
