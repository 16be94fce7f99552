// Moments and spans as people read them: relative under a day, then dates in the reader's locale.
import { signal } from "@preact/signals";
import { locale } from "./texts.ts";

const DAY_MS = 86_400_000;

// making a formatter costs more than a hundred uses of it
const made = new Map<string, unknown>();

function kept<T>(kind: string, options: object, make: () => T): T {
  const key = `${kind} ${locale.value} ${JSON.stringify(options)}`;
  const found = (made.get(key) as T | undefined) ?? make();
  made.set(key, found);
  return found;
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept("date", options, () => new Intl.DateTimeFormat(locale.value, options));
}

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return kept("number", options, () => new Intl.NumberFormat(locale.value, options));
}

/** Now, every second; for clocks. Reading it in a component draws that component every second: keep those small. */
export const second = signal(Date.now());
/** Now, every 15 seconds; for "3 minutes ago". */
export const moment = signal(Date.now());

setInterval(() => {
  second.value = Date.now();
  if (second.value - moment.value >= 15_000) moment.value = second.value;
}, 1_000);

/** "3 minutes ago", "in 2 hours"; beyond a day the date, with its time under a week. */
export function when(iso: string, now: number = moment.value): string {
  const at = Date.parse(iso);
  const away = at - now;
  if (Math.abs(away) < DAY_MS) return relative(away);
  const days = Math.abs(away) < 7 * DAY_MS;
  const year = new Date(at).getFullYear() !== new Date(now).getFullYear();
  return dates({
    day: "numeric",
    month: "short",
    ...(year ? { year: "numeric" } : {}),
    ...(days ? { hour: "2-digit", minute: "2-digit" } : {}),
  }).format(at);
}

/** The whole moment, for a title beside a short form. */
export function whole(iso: string): string {
  return dates({ dateStyle: "full", timeStyle: "medium" }).format(Date.parse(iso));
}

/** "14:05" */
export function clock(iso: string): string {
  return dates({ hour: "2-digit", minute: "2-digit" }).format(Date.parse(iso));
}

/** "12 March 2026" */
export function day(iso: string): string {
  return dates({ dateStyle: "long" }).format(Date.parse(iso));
}

/** How long, to the second: "0:42", "4:12", "1:02:07"; from a day on "3 d". */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds >= 86_400) {
    return numbers({ style: "unit", unit: "day", unitDisplay: "short" }).format(Math.floor(seconds / 86_400));
  }
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

export function size(bytes: number): string {
  const [value, unit] =
    bytes >= 1_048_576 ? [bytes / 1_048_576, "megabyte"] : bytes >= 1024 ? [bytes / 1024, "kilobyte"] : [bytes, "byte"];
  return numbers({
    style: "unit",
    unit: unit as string,
    maximumFractionDigits: (value as number) < 10 ? 1 : 0,
  }).format(value as number);
}

function relative(away: number): string {
  const format = kept("relative", {}, () => new Intl.RelativeTimeFormat(locale.value, { numeric: "auto" }));
  const seconds = Math.round(away / 1000);
  if (Math.abs(seconds) < 45) return format.format(0, "second");
  const minutes = Math.round(seconds / 60);
  if (Math.abs(minutes) < 60) return format.format(minutes, "minute");
  return format.format(Math.round(minutes / 60), "hour");
}
