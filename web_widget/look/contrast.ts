const SHARES = [0.2126, 0.7152, 0.0722];
// where white and black contrast alike: the root of 1.05 * 0.05, less 0.05
const EVEN = 0.179;

/**
 * The colour of text on an accent (`#rrggbb`): white or black, whichever contrasts more. Whatever the accent, its
 * contrast is at least 4.5:1 by WCAG 2.2; a gamma of 2.2 is near enough to sRGB's curve for that, which a test proves.
 */
export function inkOn(accent: string): "#fff" | "#000" {
  const light = SHARES.reduce(
    (sum, share, part) => sum + share * (Number.parseInt(accent.substr(1 + 2 * part, 2), 16) / 255) ** 2.2,
    0,
  );
  return light > EVEN ? "#000" : "#fff";
}
