// Lists that hold still while somebody points at them or walks through them by keys.
import { useEffect, useRef, useState } from "preact/hooks";
import { settle } from "../state/order.ts";

const IDLE_MS = 15_000;

export interface Steady {
  shown: readonly string[];
  /** How many are new and not yet shown. */
  news: number;
  release: () => void;
  hold: {
    onPointerEnter: () => void;
    onPointerMove: () => void;
    onPointerLeave: () => void;
    onFocusIn: () => void;
    onFocusOut: () => void;
  };
}

/** What to show of the ids in their present order. anew: another list, or an own act: take the order at once. */
export function useSteady(fresh: readonly string[], anew: string): Steady {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [, redraw] = useState(0);
  const shown = useRef<readonly string[]>(fresh);
  const of = useRef(anew);
  const idle = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (of.current !== anew) {
    of.current = anew;
    shown.current = fresh;
  }
  const first = shown.current.length === 0;
  const settled = settle(shown.current, fresh, (pointed || focused) && !first);
  shown.current = settled.shown;
  useEffect(() => () => clearTimeout(idle.current), []);
  const stir = () => {
    if (!pointed) setPointed(true);
    clearTimeout(idle.current);
    idle.current = setTimeout(() => setPointed(false), IDLE_MS);
  };
  return {
    shown: settled.shown,
    news: settled.news,
    release: () => {
      shown.current = fresh;
      redraw((count) => count + 1);
    },
    hold: {
      onPointerEnter: stir,
      onPointerMove: stir,
      onPointerLeave: () => {
        clearTimeout(idle.current);
        setPointed(false);
      },
      onFocusIn: () => setFocused(true),
      onFocusOut: () => setFocused(false),
    },
  };
}
