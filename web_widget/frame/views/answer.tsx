import { useState } from "preact/hooks";
import type { Message, ShownArticle } from "../../wire/types.ts";
import { useRoom } from "../state/room.ts";
import { excerpt, isLong } from "../state/shown.ts";
import { t } from "../state/words.ts";
import { later } from "./later.tsx";
import { Link, Text } from "./text.tsx";

const Nodes = later(
  () => import("../later/nodes.tsx"),
  ({ meanwhile }: { meanwhile?: string }) => <Text text={meanwhile ?? ""} />,
);

/** What the other side says. Articles open in place, each from its own tree; any other long text does, too. */
export function Answer({ message: { text, content } }: { message: Message }) {
  const named = content?.articles ?? (content?.article ? [content.article] : []);
  const articles = [...named, ...(content?.answers ?? [])];
  if (!articles.some((one) => one.body?.length)) return <Long text={text} />;
  const aside = typeof content?.aside === "string" ? content.aside : "";
  return (
    <>
      {articles.map((article) => (
        <Article key={article.id ?? article.title} article={article} titled={articles.length > 1} />
      ))}
      {aside && (
        <div class="aside">
          <Text text={aside} />
        </div>
      )}
    </>
  );
}

function Article({ article, titled }: { article: ShownArticle; titled: boolean }) {
  const { title, question, excerpt: short = "", body = [], url } = article;
  const [open, setOpen] = useState(false);
  const long = isLong(body);
  const name = title ?? question;
  return (
    <section class="article">
      {(titled || url) && name && (
        <p class="source" dir="auto">
          {url ? <Link href={url}>{name}</Link> : name}
        </p>
      )}
      {long && !open ? (
        <p class="short">
          <Text text={short} />
        </p>
      ) : (
        <Nodes nodes={body} meanwhile={short} />
      )}
      {long && <More open={open} turn={() => setOpen(!open)} />}
    </section>
  );
}

function Long({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const short = excerpt(text);
  return (
    <>
      <Text text={open ? text : (short ?? text)} />
      {short && <More open={open} turn={() => setOpen(!open)} />}
    </>
  );
}

function More({ open, turn }: { open: boolean; turn: () => void }) {
  const { reading } = useRoom();
  const press = () => {
    // what opens grows downwards: who reads stays at the line where they are
    reading.atEnd.value = false;
    turn();
  };
  return (
    <button type="button" class="plain opens" aria-expanded={open} onClick={press}>
      {t(open ? "answer.less" : "answer.more")}
    </button>
  );
}
