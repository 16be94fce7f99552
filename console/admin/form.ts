// What is being edited: the saved state, the changes over it, what the server said to them.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { isRefusal, Refusal, sentence, type Tagged } from "../app/http.ts";
import { beforeLeaving } from "../app/router.ts";
import { t } from "../app/texts.ts";
import { toast } from "../app/ui/index.ts";

export interface Form<T extends object> {
  value: T;
  /** What differs from the saved state; null where nothing does. */
  changes: Partial<T> | null;
  busy: boolean;
  /** Somebody else has saved meanwhile. */
  conflict: boolean;
  /** What is wrong with a field, by the name that the server gives it. */
  error: (field: string) => string | null;
  /** What is wrong with no field that is drawn. */
  rest: () => string | null;
  set: (changes: Partial<T>) => void;
  reset: () => void;
  /** Run a save; its answer is the new saved state. True when it was saved. */
  save: (send: (etag: string | null) => Promise<Tagged<unknown>>, said?: string) => Promise<boolean>;
}

export interface Source<T> {
  value: T;
  etag: string | null;
  /** Take what a save answered. */
  taken: (answer: unknown, etag: string | null) => void;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What of some values is not as in others. */
function differing<T extends object>(values: Partial<T>, from: Partial<T>): Partial<T> {
  const entries = Object.entries(values).filter(([name, value]) => !same(value, from[name as keyof T]));
  return Object.fromEntries(entries) as Partial<T>;
}

/** Edit what was loaded. Asks before it is left with unsaved changes. */
export function useForm<T extends object>(source: Source<T>): Form<T> {
  const [edited, setEdited] = useState<Partial<T>>({});
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const [conflict, setConflict] = useState(false);
  const told = useTold(refused);

  const changed = differing(edited, source.value);
  const changes = Object.keys(changed).length > 0 ? changed : null;
  const dirty = useRef(false);
  dirty.current = changes !== null;
  useUnsaved(dirty);

  const save = async (send: (etag: string | null) => Promise<Tagged<unknown>>, said = t("app.saved")) => {
    if (busy) return false;
    setBusy(true);
    setRefused(null);
    try {
      const answer = await send(conflict ? null : source.etag);
      // what is left right after a save is not unsaved, though it is not drawn yet
      dirty.current = false;
      // what was typed while it was being saved is kept
      setEdited((now) => differing(now, edited));
      setConflict(false);
      source.taken(answer.value, answer.etag);
      toast({ text: said, tone: "good" });
      return true;
    } catch (error) {
      if (isRefusal(error, "conflict") && error.field === "if_match") setConflict(true);
      else setRefused(error);
      return false;
    } finally {
      setBusy(false);
    }
  };

  return {
    value: { ...source.value, ...edited },
    changes,
    busy,
    conflict,
    ...told,
    set: (more) => {
      setEdited((before) => ({ ...before, ...more }));
      setRefused(null);
    },
    reset: () => {
      setEdited({});
      setRefused(null);
      setConflict(false);
    },
    save,
  };
}

/** What a refusal says at the fields that are drawn, and what is left to be said elsewhere. */
function useTold(refused: unknown): Pick<Sending, "error" | "rest"> {
  // what stands over the fields is drawn before they have asked: then those of the last time count
  const before = useRef<ReadonlySet<string>>(new Set());
  const asked = new Set<string>();
  useEffect(() => {
    before.current = asked;
  });
  useWrongField(refused);
  return {
    error: (field) => {
      asked.add(field);
      return concerns(refused, field) ? sentence(refused) : null;
    },
    rest: () => {
      const placed = [...before.current, ...asked].some((one) => concerns(refused, one));
      return refused && !placed ? sentence(refused) : null;
    },
  };
}

/** After a refusal the field that it speaks of has the focus. */
function useWrongField(refused: unknown): void {
  useEffect(() => {
    if (!refused) return;
    const places = [...document.querySelectorAll("dialog[open], .sheet, .opened-card")];
    places
      .map((place) => place.querySelector<HTMLElement>("[aria-invalid]"))
      .find(Boolean)
      ?.focus();
  }, [refused]);
}

/** Whether a refusal speaks of a field, or of a part of it: "settings.sites.0" of "settings.sites". */
export function concerns(error: unknown, field: string): boolean {
  const told = error instanceof Refusal ? error.field : undefined;
  return told === field || (told?.startsWith(`${field}.`) ?? false);
}

/** Ask before leaving while `dirty` says that there is something to lose. */
export function useUnsaved(dirty: { current: boolean }): void {
  useEffect(() => {
    // a page that is being unloaded may not ask; the browser asks in its own words
    let unloading = false;
    const unload = () => {
      unloading = true;
      setTimeout(() => {
        unloading = false;
      });
    };
    addEventListener("beforeunload", unload, { capture: true });
    const stop = beforeLeaving(() => !dirty.current || (!unloading && confirm(t("admin.unsaved"))));
    return () => {
      removeEventListener("beforeunload", unload, { capture: true });
      stop();
    };
  }, []);
}

export interface Sending {
  busy: boolean;
  error: (field: string) => string | null;
  rest: () => string | null;
  /** Do it; undefined where it was refused, which is shown. */
  run: <R>(deed: () => Promise<R>) => Promise<R | undefined>;
  clear: () => void;
}

/** One thing asked of the server at a time, with its refusal placed at the field it speaks of. */
export function useSending(): Sending {
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<unknown>(null);
  const told = useTold(refused);
  const run = useCallback(async <R>(deed: () => Promise<R>) => {
    setBusy(true);
    setRefused(null);
    try {
      return await deed();
    } catch (error) {
      setRefused(error);
      return undefined;
    } finally {
      setBusy(false);
    }
  }, []);
  return {
    busy,
    run,
    clear: () => setRefused(null),
    ...told,
  };
}
