// A thread that never moves under its reader: at its end it follows what comes; elsewhere it stays where it is read.
import { useLayoutEffect, useRef, useState } from "preact/hooks";

const NEAR_PX = 48;

export interface Scrolling {
  place: { current: HTMLDivElement | null };
  atEnd: boolean;
  toEnd: () => void;
}

/** count: of what stands below; first: the key of the topmost, which changes when older ones come. onTop: it is near. */
export function useScrolling(key: string, count: number, first: string, onTop: () => void): Scrolling {
  const place = useRef<HTMLDivElement>(null);
  const end = useRef(true);
  const before = useRef({ height: 0, first: "", key: "" });
  const [atEnd, setAtEnd] = useState(true);
  const top = useRef(onTop);
  top.current = onTop;
  const toEnd = () => {
    const scroller = place.current;
    if (scroller) scroller.scrollTop = scroller.scrollHeight;
    end.current = true;
    setAtEnd(true);
  };
  useLayoutEffect(() => {
    const scroller = place.current;
    if (!scroller) return;
    const was = before.current;
    if (was.key !== key || end.current) toEnd();
    else if (was.first !== first) scroller.scrollTop += scroller.scrollHeight - was.height;
    before.current = { height: scroller.scrollHeight, first, key };
  }, [key, count, first]);
  useLayoutEffect(() => {
    const scroller = place.current;
    if (!scroller) return;
    const scrolled = () => {
      const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
      end.current = left < NEAR_PX;
      setAtEnd(end.current);
      before.current.height = scroller.scrollHeight;
      if (scroller.scrollTop < 400) top.current();
    };
    // pictures that come, a composer that grows: whoever was at the end stays there
    const observer = new ResizeObserver(() => end.current && toEnd());
    observer.observe(scroller);
    if (scroller.firstElementChild) observer.observe(scroller.firstElementChild);
    scroller.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", scrolled);
    };
  }, [key]);
  return { place, atEnd, toEnd };
}
