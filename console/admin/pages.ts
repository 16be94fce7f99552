// All of a list that comes in pages, up to a bound; for lists that are searched and sorted on the screen.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, type Query, sentence } from "../app/http.ts";

const PAGES_MOST = 40;
const PAGE_ROWS = 200;

export interface Listed<T> {
  rows: T[] | undefined;
  busy: boolean;
  error: string | null;
  /** Not all of it was fetched. */
  cut: boolean;
  reload: () => void;
  change: (change: (rows: T[]) => T[]) => void;
}

/** Every row under `name` of the answers of `path`; null loads nothing. What is there already is shown meanwhile. */
export function useAll<T>(path: string | null, name: string, query: Query = {}): Listed<T> {
  const [rows, setRows] = useState<T[]>();
  const [busy, setBusy] = useState(path !== null);
  const [error, setError] = useState<string | null>(null);
  const [cut, setCut] = useState(false);
  const stop = useRef<AbortController>(undefined);
  const asked = JSON.stringify(query);
  const load = useCallback(() => {
    stop.current?.abort();
    if (path === null) return;
    const mine = new AbortController();
    stop.current = mine;
    setBusy(true);
    setError(null);
    fetched<T>(path, name, JSON.parse(asked) as Query, mine.signal)
      .then(({ all, more }) => {
        if (mine.signal.aborted) return;
        setRows(all);
        setCut(more);
      })
      .catch((reason) => !mine.signal.aborted && setError(sentence(reason)))
      .finally(() => !mine.signal.aborted && setBusy(false));
  }, [path, name, asked]);
  useEffect(() => {
    load();
    return () => stop.current?.abort();
  }, [load]);
  return { rows, busy, error, cut, reload: load, change: (change) => setRows((before) => change(before ?? [])) };
}

async function fetched<T>(path: string, name: string, query: Query, signal: AbortSignal) {
  const all: T[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MOST; page++) {
    const answer: Record<string, unknown> = await get(path, { ...query, limit: PAGE_ROWS, cursor }, signal);
    all.push(...((answer[name] as T[] | undefined) ?? (answer.items as T[] | undefined) ?? []));
    cursor = (answer.cursor as string | null | undefined) ?? null;
    if (cursor === null) return { all, more: false };
  }
  return { all, more: true };
}
