import { locale } from "../app/texts.ts";

/** "73 %"; under ten with one decimal. */
export function percent(share: number): string {
  return new Intl.NumberFormat(locale.value, {
    style: "percent",
    maximumFractionDigits: share < 0.1 ? 1 : 0,
  }).format(share);
}
