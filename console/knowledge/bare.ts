/** The beginning of an answer without its Markdown marks, for lists. */
export function bare(markdown: string, most = 220): string {
  return markdown
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s*(?:[-*+>]|#{1,6}|\d+\.)\s+/gm, "")
    .replace(/[*_`~]{1,3}/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, most);
}
