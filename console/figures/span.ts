// Which days the figures are of.

export const SPANS = ["7", "28", "90"] as const;
export type Span = (typeof SPANS)[number];

export interface Range {
  /** The first and the last day, such as 2026-05-14, both whole. */
  from: string;
  to: string;
  tz: string;
}

/** So many days, today as the last, in the reader's own time zone. */
export function range(span: Span, now: Date = new Date()): Range {
  const first = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1 - Number(span));
  return { from: day(first), to: day(now), tz: new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" };
}

function day(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "1:05 min", "42 s", "2:10 h" */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "-";
  const rounded = Math.round(seconds);
  if (rounded < 90) return `${rounded} s`;
  if (rounded < 5400) return `${sixtieths(rounded)} min`;
  return `${sixtieths(Math.round(rounded / 60))} h`;
}

function sixtieths(count: number): string {
  return `${Math.floor(count / 60)}:${String(count % 60).padStart(2, "0")}`;
}
