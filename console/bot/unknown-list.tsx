import type { Unknown } from "../admin/shapes.ts";
import { may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { when, whole } from "../app/times.ts";
import { Link } from "../app/ui/index.ts";

/** Questions without an answer, each with the way to mend it. */
export function UnknownList({ items }: { items: readonly Unknown[] }) {
  return (
    <ul class="rows card unknown">
      {items.map((one) => (
        <li key={`${one.conversation_id} ${one.at} ${one.text}`}>
          <span class="grow a-stack none">
            <q dir="auto">{one.text}</q>
            <span class="soft small" title={whole(one.at)}>
              {when(one.at)}
            </span>
          </span>
          <Link class="small" to={`desk/${one.conversation_id}`}>
            {t("bot.unknown_chat")}
          </Link>
          {may("knowledge.manage") && (
            <Link class="button plain s" to={`knowledge/new?question=${encodeURIComponent(one.text)}`}>
              {t("bot.write_article")}
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}
