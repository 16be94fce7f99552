// A long list of which only what is seen is drawn: items of known heights, whatever their number.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface Item {
  key: string;
  /** In px where text has its usual size. */
  height: number;
}

export interface VirtualProps<T extends Item> {
  label: string;
  items: readonly T[];
  draw: (item: T, index: number) => ComponentChildren;
  /** The item that shall be seen when it changes. */
  seen?: string | null;
  /** The end is near. */
  onEnd?: () => void;
}

const BEYOND_PX = 600;

export function Virtual<T extends Item>({ label, items, draw, seen, onEnd }: VirtualProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [window_, setWindow] = useState({ top: 0, height: 900 });
  const scale = useTextScale();
  const offsets = new Float64Array(items.length + 1);
  for (let index = 0; index < items.length; index++)
    offsets[index + 1] = (offsets[index] ?? 0) + (items[index]?.height ?? 0) * scale;
  const whole = offsets[items.length] ?? 0;
  const first = after(offsets, window_.top - BEYOND_PX);
  const last = after(offsets, window_.top + window_.height + BEYOND_PX);
  useLayoutEffect(() => {
    const place = scroller.current;
    if (!place) return;
    const measure = () => setWindow({ top: place.scrollTop, height: place.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(place);
    place.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      place.removeEventListener("scroll", measure);
    };
  }, []);
  useEffect(() => {
    const place = scroller.current;
    const index = items.findIndex((one) => one.key === seen);
    if (!place || index < 0) return;
    const top = offsets[index] ?? 0;
    const end = offsets[index + 1] ?? 0;
    if (top < place.scrollTop) place.scrollTop = top;
    else if (end > place.scrollTop + place.clientHeight) place.scrollTop = end - place.clientHeight;
  }, [seen]);
  const near = whole - window_.top - window_.height < BEYOND_PX;
  useEffect(() => {
    if (near) onEnd?.();
  }, [near, items.length]);
  return (
    <div class="virtual" ref={scroller}>
      <ul aria-label={label} style={{ blockSize: `${whole}px` }}>
        {items.slice(first, last + 1).map((item, place) => (
          <li
            key={item.key}
            aria-setsize={items.length}
            aria-posinset={first + place + 1}
            style={{ transform: `translateY(${offsets[first + place]}px)`, blockSize: `${item.height * scale}px` }}
          >
            {draw(item, first + place)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** How much larger than usual text is set here: heights are given for 16 px. */
function useTextScale(): number {
  const [scale, setScale] = useState(1);
  useLayoutEffect(() => {
    const measure = () => setScale(Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1);
    measure();
    addEventListener("resize", measure);
    return () => removeEventListener("resize", measure);
  }, []);
  return scale;
}

/** The index of the item that holds this height. */
function after(offsets: Float64Array, height: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= height) low = middle;
    else high = middle - 1;
  }
  return low;
}
