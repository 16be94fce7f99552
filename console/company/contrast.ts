// How well text is read on a colour, by WCAG 2.2.
import { contrast, parsed } from "../../web_widget/look/accent.ts";
import { inkOn } from "../../web_widget/look/contrast.ts";

export const ENOUGH = 4.5;

export interface Legible {
  ink: "#fff" | "#000";
  /** 1 to 21. */
  ratio: number;
}

/** The text on an accent that reads best, and its contrast; null where it is no colour like #2f5bea. */
export function legible(accent: string): Legible | null {
  if (!/^#[0-9a-f]{6}$/i.test(accent)) return null;
  const ink = inkOn(accent);
  return { ink, ratio: contrast(parsed(accent), ink === "#fff" ? [255, 255, 255] : [0, 0, 0]) };
}
