import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { locale, t } from "../app/texts.ts";

export interface Series {
  key: string;
  name: string;
  values: readonly number[];
}

const HEIGHT = 140;
const FOOT = 24;
const LABEL = 44;
const MANY = 40;

/** Bars by day, one series on another; the same numbers stand in a table for readers, and for who wants to see them. */
export function DayChart({
  title,
  days,
  series,
}: {
  title: string;
  days: readonly string[];
  series: readonly Series[];
}) {
  const hatch = useId();
  const [shown, setShown] = useState<number | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const [bar, gap] = days.length > MANY ? [8, 3] : [22, 8];
  const totals = days.map((_, index) => series.reduce((sum, one) => sum + (one.values[index] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const width = days.length * (bar + gap);
  const every = Math.ceil(LABEL / (bar + gap));
  const told = shown === null ? null : days[shown];
  useLayoutEffect(() => {
    // where not all days have room, the newest are shown
    if (place.current) place.current.scrollLeft = place.current.scrollWidth;
  }, [days.length]);
  return (
    <figure class="chart">
      <figcaption class="a-line ends">
        <strong>{title}</strong>
        <ul class="legend">
          {series.map((one) => (
            <li key={one.key} class={`key-${one.key}`}>
              {one.name}
            </li>
          ))}
        </ul>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a phone, by keys, too */}
      <div ref={place} class="chart-scroll" role="img" tabIndex={0} aria-label={t("figures.chart", { title })}>
        <svg
          viewBox={`0 0 ${width} ${HEIGHT + FOOT}`}
          class="chart-bars"
          style={{ minInlineSize: `${width}px` }}
          aria-hidden="true"
          focusable="false"
          onPointerLeave={() => setShown(null)}
        >
          <defs>
            <pattern id={hatch} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect width={6} height={6} class="hatch-room" />
              <rect width={3} height={6} class="hatch-line" />
            </pattern>
          </defs>
          <line x1={0} x2={width} y1={HEIGHT} y2={HEIGHT} class="chart-ground" />
          {days.map((day, index) => {
            let top = HEIGHT;
            return (
              <g key={day} onPointerEnter={() => setShown(index)}>
                <rect x={index * (bar + gap)} y={0} width={bar + gap} height={HEIGHT + FOOT} class="chart-room" />
                {series.map((one) => {
                  const high = ((one.values[index] ?? 0) / most) * (HEIGHT - 8);
                  top -= high;
                  return (
                    <rect
                      key={one.key}
                      x={index * (bar + gap) + gap / 2}
                      y={top}
                      width={bar}
                      height={high}
                      rx={high > 6 ? 3 : 0}
                      class={`bar-${one.key}`}
                      fill={one.key === "handed" ? `url(#${hatch})` : undefined}
                    />
                  );
                })}
                {(days.length - 1 - index) % every === 0 && index > 0 && (
                  <text x={index * (bar + gap) + (bar + gap) / 2} y={HEIGHT + 16} class="chart-day">
                    {short(day)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <p class="soft small chart-told" aria-hidden="true">
        {told && shown !== null
          ? `${long(told)}: ${series.map((one) => `${one.name} ${one.values[shown] ?? 0}`).join(", ")}`
          : t("figures.most", { count: most })}
      </p>
      <details>
        <summary>{t("figures.as_table")}</summary>
        <div class="table-scroll">
          <table>
            <caption class="only-heard">{title}</caption>
            <thead>
              <tr>
                <th scope="col">{t("figures.day")}</th>
                {series.map((one) => (
                  <th key={one.key} scope="col" class="end">
                    {one.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {days.map((day, index) => (
                <tr key={day}>
                  <th scope="row">{long(day)}</th>
                  {series.map((one) => (
                    <td key={one.key} class="end">
                      {one.values[index] ?? 0}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

const date = (day: string) => new Date(`${day.slice(0, 10)}T12:00:00Z`);
const short = (day: string) =>
  new Intl.DateTimeFormat(locale.value, { day: "numeric", month: "numeric" }).format(date(day));
const long = (day: string) =>
  new Intl.DateTimeFormat(locale.value, { weekday: "short", day: "numeric", month: "long" }).format(date(day));
