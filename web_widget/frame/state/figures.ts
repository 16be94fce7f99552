/** Times, ranges and sizes in the reader's own way of writing them. */

import { locale } from "./words.ts";

export function clock(iso: string): string {
  return new Intl.DateTimeFormat(locale.value, { timeStyle: "short" }).format(new Date(iso));
}

/** Today, yesterday, or the date. */
export function day(iso: string, now = Date.now()): string {
  const then = new Date(iso);
  const days = Math.round((midnight(then) - midnight(new Date(now))) / 86_400_000);
  if (days > -2) return new Intl.RelativeTimeFormat(locale.value, { numeric: "auto" }).format(days, "day");
  const year = then.getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale.value, { day: "numeric", month: "long", year }).format(then);
}

/** "3-6 minutes" of a range of seconds; null where it is under a minute. */
export function wait([low, high]: readonly [number, number]): string | null {
  const [from, to] = [Math.floor(low / 60), Math.ceil(high / 60)];
  if (to <= 1 && from < 1) return null;
  const hours = from >= 90;
  const unit = { style: "unit", unit: hours ? "hour" : "minute", unitDisplay: "long" } as const;
  const [one, other] = hours ? [Math.floor(from / 60), Math.ceil(to / 60)] : [Math.max(from, 1), to];
  return new Intl.NumberFormat(locale.value, unit).formatRange(one, other);
}

export function size(bytes: number): string {
  const [value, unit] = bytes < 1e6 ? [Math.max(bytes / 1e3, 1), "kilobyte"] : [bytes / 1e6, "megabyte"];
  const style = { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 } as const;
  return new Intl.NumberFormat(locale.value, style).format(value);
}

function midnight(date: Date): number {
  return new Date(date).setHours(0, 0, 0, 0);
}
