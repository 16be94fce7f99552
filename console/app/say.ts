// Sentences with their parameters filled in. A text is a string, or by plural category: {"one": ..., "other": ...},
// chosen by the parameter `count`.

export type Params = Record<string, string | number>;
export type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Catalogue = Record<string, Text>;

export function say(text: Text, params: Params, locale: string): string {
  return fill(typeof text === "string" ? text : chosen(text, params.count, locale), params, locale);
}

function chosen(forms: Exclude<Text, string>, count: string | number | undefined, locale: string): string {
  const category = new Intl.PluralRules(locale).select(Number(count ?? 0));
  return forms[category] ?? forms.other ?? "";
}

function fill(text: string, params: Params, locale: string): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(locale).format(value) : value;
  });
}
