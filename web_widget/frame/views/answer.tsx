import { useState } from "preact/hooks";
import type { Message } from "../../wire/types.ts";
import { excerpt } from "../state/shown.ts";
import { t } from "../state/words.ts";
import { later } from "./later.tsx";
import { Link, Text } from "./text.tsx";

const Nodes = later(() => import("../later/nodes.tsx"));

/** What the other side says: a long text opens in place; an article's is drawn from its tree of nodes. */
export function Answer({ message }: { message: Message }) {
  const [open, setOpen] = useState(false);
  const { article } = message.content ?? {};
  const nodes = article?.body;
  // what an article adds around its text (an offer of a person, say) is not in its tree
  const short = nodes?.length ? (article?.excerpt ?? excerpt(message.text)) : excerpt(message.text);
  return (
    <>
      {article?.url && (
        <p class="source">
          <Link href={article.url}>{article.title ?? article.question ?? article.url}</Link>
        </p>
      )}
      {nodes?.length && (open || !short) ? (
        <Nodes nodes={nodes} />
      ) : (
        <Text text={open || !short ? message.text : short} />
      )}
      {short && (
        <button type="button" class="plain opens" aria-expanded={open} onClick={() => setOpen(!open)}>
          {t(open ? "answer.less" : "answer.more")}
        </button>
      )}
    </>
  );
}
