// Languages that the house has sentences in, by their own names.
export const LANGUAGES = ["en", "de", "es", "fr", "ar"] as const;

/** "Deutsch" of "de". */
export function languageName(code: string): string {
  try {
    const name = new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code;
    return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
  } catch {
    return code;
  }
}

export function languageChoices(present?: string | null): { value: string; label: string }[] {
  const codes: string[] = [...LANGUAGES];
  if (present && !codes.includes(present)) codes.push(present);
  return codes.map((value) => ({ value, label: languageName(value) }));
}
