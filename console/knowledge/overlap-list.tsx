import type { ChosenBot } from "../admin/bots.ts";
import type { Overlap, OverlapSide } from "../admin/shapes.ts";
import { t } from "../app/texts.ts";
import { Badge, Link } from "../app/ui/index.ts";

/** Texts that are nearly alike, and whether they lead to different things. */
export function Overlaps({ items, title, chosen }: { items: readonly Overlap[]; title?: string; chosen: ChosenBot }) {
  return (
    <section class={title ? "notice amber" : "a-stack tight"} role={title ? "status" : undefined} aria-label={title}>
      {title && <strong>{title}</strong>}
      <ul class="rows overlaps">
        {items.map((one) => (
          <li
            key={`${one.a.example_id ?? one.a.article_id} ${one.a.text} ${one.b.example_id ?? one.b.article_id} ${one.b.text}`}
          >
            <Badge tone={one.kind === "conflict" ? "red" : "amber"}>{t(`knowledge.overlap_${one.kind}`)}</Badge>
            <Side side={one.a} chosen={chosen} />
            <Side side={one.b} chosen={chosen} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Side({ side, chosen }: { side: OverlapSide; chosen: ChosenBot }) {
  const to = side.intent_id ? `intents/${side.intent_id}` : side.article_id ? `knowledge/${side.article_id}` : null;
  return (
    <span class="grow overlap-side">
      <q dir="auto">{side.text}</q>
      {to && (
        <Link class="small" to={chosen.to(to)}>
          {side.intent ?? side.article ?? t("knowledge.overlap_open")}
        </Link>
      )}
    </span>
  );
}
