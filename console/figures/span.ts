// Which days the figures are of.

export const SPANS = ["7", "28", "90"] as const;
export type Span = (typeof SPANS)[number];

const DAY_MS = 86_400_000;

/** So many whole days up to the end of today, as the reader's clock has it; ISO 8601. */
export function range(span: Span, now: Date = new Date()): { from: string; to: string } {
  const end = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  return { from: new Date(end.getTime() - Number(span) * DAY_MS).toISOString(), to: end.toISOString() };
}

/** "1:05 min", "42 s", "2:10 h" */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "-";
  const rounded = Math.round(seconds);
  if (rounded < 90) return `${rounded} s`;
  if (rounded < 5400) return `${two(rounded)} min`;
  return `${two(Math.round(rounded / 60))} h`;
}

function two(sixtieths: number): string {
  return `${Math.floor(sixtieths / 60)}:${String(sixtieths % 60).padStart(2, "0")}`;
}
