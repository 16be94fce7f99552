// How well text is read on a colour, by WCAG 2.2.
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
  const behind = luminance(accent);
  const ratio = ink === "#fff" ? 1.05 / (behind + 0.05) : (behind + 0.05) / 0.05;
  return { ink, ratio };
}

/** 0 to 1. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
