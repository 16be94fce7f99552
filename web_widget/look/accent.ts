/** From the one colour that an admin chose to those that a screen needs, each readable where it stands. */

import { inkOn } from "./contrast.ts";

type Colour = readonly [red: number, green: number, blue: number];

const ACCENT = /^#[0-9a-f]{6}$/i;
const LEAST_CONTRAST = 4.5;

/** The custom properties of tokens.css that follow from an accent; none where it is no `#rrggbb`. */
export function accentTokens(accent: string, dark: boolean): Record<string, string> {
  if (!ACCENT.test(accent)) return {};
  const page: Colour = dark ? [0x14, 0x17, 0x1c] : [255, 255, 255];
  const towards: Colour = dark ? [255, 255, 255] : [0, 0, 0];
  const chosen = parsed(accent);
  const soft = mixed(page, chosen, dark ? 0.2 : 0.1);
  const bubble: Colour = dark ? [0x22, 0x27, 0x2f] : [0xee, 0xf0, 0xf3];
  let strong = chosen;
  for (let share = 0; [page, soft, bubble].some((under) => contrast(strong, under) < LEAST_CONTRAST); share += 0.05) {
    strong = mixed(chosen, towards, Math.min(share, 1));
  }
  return {
    "--accent": accent,
    "--on-accent": inkOn(accent),
    "--accent-strong": written(strong),
    "--accent-soft": written(soft),
  };
}

/** Draw a page in an accent. */
export function applyAccent(page: HTMLElement, accent: string, dark: boolean): void {
  for (const [name, value] of Object.entries(accentTokens(accent, dark))) page.style.setProperty(name, value);
}

/** Contrast by WCAG 2.2, from 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

export function parsed(colour: string): Colour {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as unknown as Colour;
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mixed(one: Colour, other: Colour, share: number): Colour {
  return one.map((part, place) => Math.round(part + ((other[place] ?? 0) - part) * share)) as unknown as Colour;
}

function written(colour: Colour): string {
  return `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
