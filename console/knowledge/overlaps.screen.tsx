import { useState } from "preact/hooks";
import { useBots } from "../admin/bots.ts";
import { Page } from "../admin/page.tsx";
import { BotChoice } from "../admin/parts.tsx";
import type { Overlap } from "../admin/shapes.ts";
import type { ScreenProps } from "../app/screens.ts";
import { t } from "../app/texts.ts";
import { Empty, Loading, Problem, Tabs, useLoad } from "../app/ui/index.ts";
import { Overlaps } from "./overlap-list.tsx";
import "./knowledge.css";

type Kind = "conflict" | "duplicate";

/** Which texts of the bot's knowledge are nearly alike. */
export default function OverlapsScreen({ query }: ScreenProps) {
  const chosen = useBots("overlaps", query);
  const loaded = useLoad<{ items: Overlap[]; whole?: boolean }>(chosen.bot ? `/bots/${chosen.bot.id}/overlaps` : null);
  const [kind, setKind] = useState<Kind>("conflict");
  const items = loaded.value?.items;
  const of = (wanted: Kind) => (items ?? []).filter((one) => one.kind === wanted);
  return (
    <Page section="knowledge" here="overlaps" wide title={t("knowledge.overlaps")} lead={t("knowledge.overlaps_lead")}>
      {(chosen.error ?? loaded.error) && (
        <Problem text={chosen.error ?? loaded.error ?? ""} retry={chosen.error ? chosen.reload : loaded.reload} />
      )}
      <BotChoice bots={chosen.bots} chosen={chosen.bot?.id ?? ""} onChoose={chosen.choose} />
      {!items && !loaded.error && !chosen.error && <Loading label={t("knowledge.overlaps_busy")} />}
      {items?.length === 0 && (
        <Empty level={2} icon="check" title={t("knowledge.overlaps_none")} text={t("knowledge.overlaps_none_text")} />
      )}
      {items && items.length > 0 && (
        <Tabs
          label={t("knowledge.overlaps")}
          chosen={kind}
          onChoose={(key) => setKind(key as Kind)}
          tabs={(["conflict", "duplicate"] as const).map((one) => ({
            key: one,
            label: t(`knowledge.overlap_${one}s`),
            count: of(one).length,
          }))}
        >
          <div class="a-stack overlap-room">
            {loaded.value?.whole === false && <p class="hint">{t("knowledge.overlaps_more")}</p>}
            <p class="soft">{t(`knowledge.overlap_${kind}s_text`)}</p>
            {of(kind).length === 0 ? (
              <Empty level={2} title={t("knowledge.overlaps_none")} />
            ) : (
              <Overlaps items={of(kind)} chosen={chosen} />
            )}
          </div>
        </Tabs>
      )}
    </Page>
  );
}
