// What a screen loads: its value, its ETag, whether it is coming, what went wrong.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { getTagged, type Query, sentence } from "../http.ts";

export interface Loaded<T> {
  value: T | undefined;
  etag: string | null;
  busy: boolean;
  /** A sentence to show. */
  error: string | null;
  reload: () => void;
  /** Show another value, as a save has answered it. */
  set: (value: T, etag?: string | null) => void;
}

/** Load a path of the API, again whenever path or query change; null loads nothing. What was there stays until then. */
export function useLoad<T>(path: string | null, query?: Query): Loaded<T> {
  const [state, setState] = useState<{ value?: T; etag: string | null; error: string | null; busy: boolean }>({
    etag: null,
    error: null,
    busy: path !== null,
  });
  const turn = useRef(0);
  const asked = JSON.stringify(query ?? {});
  const load = useCallback(() => {
    const mine = ++turn.current;
    if (path === null) return;
    setState((before) => ({ ...before, busy: true, error: null }));
    getTagged<T>(path, JSON.parse(asked) as Query).then(
      ({ value, etag }) => mine === turn.current && setState({ value, etag, error: null, busy: false }),
      (error) => mine === turn.current && setState((before) => ({ ...before, error: sentence(error), busy: false })),
    );
  }, [path, asked]);
  useEffect(() => {
    load();
    return () => {
      turn.current++;
    };
  }, [load]);
  const set = useCallback((value: T, etag: string | null = null) => {
    turn.current++;
    setState({ value, etag, error: null, busy: false });
  }, []);
  return { value: state.value, etag: state.etag, busy: state.busy, error: state.error, reload: load, set };
}
