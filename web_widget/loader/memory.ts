type Kept = Record<string, string | undefined>;

/**
 * What is kept for an inbox in the site's own localStorage (where that is refused, for as long as the page lives): all
 * of it as it is now, after this change if there is one. Another tab may have written since.
 */
export function memory(inbox: string) {
  const name = `frontdesk:${inbox}`;
  let kept: Kept = {};
  return (change?: (kept: Kept) => Kept): Kept => {
    try {
      kept = JSON.parse(localStorage.getItem(name) ?? "0") || kept;
    } catch {}
    if (change) {
      kept = change(kept);
      try {
        localStorage.setItem(name, JSON.stringify(kept));
      } catch {}
    }
    return kept;
  };
}
