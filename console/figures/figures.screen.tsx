import { useMemo, useState } from "preact/hooks";
import { Card, Page } from "../admin/page.tsx";
import type { Overview } from "../admin/shapes.ts";
import type { ScreenProps } from "../app/screens.ts";
import { locale, t } from "../app/texts.ts";
import { Badge, Empty, Link, Loading, Problem, Select, useLoad } from "../app/ui/index.ts";
import { percent } from "../bot/percent.ts";
import { UnknownList } from "../bot/unknown-list.tsx";
import { DayChart } from "./chart.tsx";
import { Figure } from "./figure.tsx";
import { duration, range, SPANS, type Span } from "./span.ts";
import "./figures.css";

const UNKNOWN_SHOWN = 5;

/** How the desk does: asked, answered, handed off, waited, liked, and not known. */
export default function Figures(_: ScreenProps) {
  const [span, setSpan] = useState<Span>("28");
  const asked = useMemo(() => range(span), [span]);
  const loaded = useLoad<Overview>("/reports/overview", { ...asked });
  const found = loaded.value;
  return (
    <Page
      section="figures"
      here="figures"
      wide
      title={t("figures.title")}
      lead={t("figures.lead")}
      actions={
        <Select<Span>
          label={t("figures.span")}
          value={span}
          choices={SPANS.map((one) => ({ value: one, label: t(`figures.span_${one}`) }))}
          onChange={setSpan}
        />
      }
    >
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!found && !loaded.error && <Loading />}
      {found && found.asked === 0 && (
        <Empty
          level={2}
          icon="figures"
          title={t("figures.none")}
          text={t("figures.none_text")}
          action={<Link to="start">{t("figures.to_start")}</Link>}
        />
      )}
      {found && found.asked > 0 && <Found found={found} busy={loaded.busy} />}
    </Page>
  );
}

function Found({ found, busy }: { found: Overview; busy: boolean }) {
  const count = (value: number | null | undefined) =>
    value === null || value === undefined ? "-" : new Intl.NumberFormat(locale.value).format(value);
  const share = (value: number) =>
    found.asked > 0 ? t("figures.of_asked", { share: percent(value / found.asked) }) : null;
  const meaning = (name: string) => found.definitions?.[name] ?? t(`figures.def_${name}`);
  const votes = (found.helpful?.yes ?? 0) + (found.helpful?.no ?? 0);
  const days = found.by_day ?? [];
  const unknown = found.unknown ?? [];
  return (
    <div class={busy ? "a-stack busy" : "a-stack"} aria-busy={busy}>
      <dl class="figure-row cards">
        <Figure name={t("figures.asked")} value={count(found.asked)} definition={meaning("asked")} />
        <Figure
          name={t("figures.answered")}
          value={count(found.answered)}
          definition={meaning("answered")}
          note={share(found.answered)}
        />
        <Figure
          name={t("figures.handed_off")}
          value={count(found.handed_off)}
          definition={meaning("handed_off")}
          note={share(found.handed_off)}
        />
        <Figure name={t("figures.by_person")} value={count(found.by_person)} definition={meaning("by_person")} />
        <Figure
          name={t("figures.waits")}
          value={duration(found.waits?.p50_s)}
          definition={meaning("waits")}
          note={found.waits?.p90_s != null ? t("figures.nine_of_ten", { time: duration(found.waits.p90_s) }) : null}
        />
        <Figure
          name={t("figures.helpful")}
          value={votes > 0 ? percent((found.helpful?.yes ?? 0) / votes) : "-"}
          definition={meaning("helpful")}
          note={votes > 0 ? t("figures.votes", { count: votes }) : null}
        />
        <Figure
          name={t("figures.survey")}
          value={
            found.survey?.mean != null
              ? new Intl.NumberFormat(locale.value, { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(
                  found.survey.mean,
                )
              : "-"
          }
          definition={meaning("survey")}
          note={found.survey?.n ? t("figures.answers", { count: found.survey.n }) : null}
        />
      </dl>
      {days.length > 0 && (
        <Card>
          <DayChart
            title={t("figures.by_day")}
            days={days.map((one) => one.day)}
            series={[
              { key: "answered", name: t("figures.answered"), values: days.map((one) => one.answered ?? 0) },
              { key: "handed", name: t("figures.handed_off"), values: days.map((one) => one.handed_off ?? 0) },
            ]}
          />
        </Card>
      )}
      <section class="a-stack tight" aria-label={t("bot.unknown")}>
        <div class="a-line ends">
          <h2>
            {t("bot.unknown")}{" "}
            {unknown.length > 0 && <Badge tone="amber">{found.unknown_count ?? unknown.length}</Badge>}
          </h2>
          {unknown.length > UNKNOWN_SHOWN && <Link to="unknown">{t("figures.all_unknown")}</Link>}
        </div>
        {unknown.length === 0 ? (
          <p class="soft">{t("bot.unknown_none_text")}</p>
        ) : (
          <UnknownList items={unknown.slice(0, UNKNOWN_SHOWN)} />
        )}
      </section>
    </div>
  );
}
