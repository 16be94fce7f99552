// Finding by words that are typed: every word has to be in it; those whose beginning it is come first. Pure.

export function find<T>(all: readonly T[], asked: string, textOf: (one: T) => string): T[] {
  const words = plain(asked).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...all];
  const whole = words.join(" ");
  const found = all
    .map((one) => ({ one, text: plain(textOf(one)) }))
    .filter(({ text }) => words.every((word) => text.includes(word)));
  return found.sort((a, b) => rank(a.text, whole) - rank(b.text, whole)).map(({ one }) => one);
}

function rank(text: string, asked: string): number {
  if (text.startsWith(asked)) return 0;
  return text.includes(` ${asked}`) ? 1 : 2;
}

function plain(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
