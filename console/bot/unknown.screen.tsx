import { useMemo } from "preact/hooks";
import { Page } from "../admin/page.tsx";
import type { Overview } from "../admin/shapes.ts";
import { t } from "../app/texts.ts";
import { Empty, Loading, Problem, useLoad } from "../app/ui/index.ts";
import { range } from "../figures/span.ts";
import { UnknownList } from "./unknown-list.tsx";
import "./bot.css";

/** What visitors asked, and the bot did not know. */
export default function UnknownScreen() {
  const asked = useMemo(() => range("28"), []);
  const loaded = useLoad<Overview>("/reports/overview", { ...asked });
  const items = loaded.value ? (loaded.value.unknown ?? []) : undefined;
  return (
    <Page section="bot" here="unknown" title={t("bot.unknown")} lead={t("bot.unknown_lead")}>
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!items && !loaded.error && <Loading />}
      {items?.length === 0 && (
        <Empty level={2} icon="check" title={t("bot.unknown_none")} text={t("bot.unknown_none_text")} />
      )}
      {items && items.length > 0 && <UnknownList items={items} />}
    </Page>
  );
}
