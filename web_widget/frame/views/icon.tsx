const PATHS = {
  bot: "M12 4v3M6 7h12a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM9 12v2M15 12v2",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20c.6-3.600 3.700-5.500 7.500-5.500s6.900 1.900 7.500 5.500",
  send: "M5 12h13M12 5l7 7-7 7",
  clip: "M20 11l-8.500 8.500a5 5 0 0 1-7-7L13 4a3.300 3.300 0 0 1 4.700 4.700l-8.500 8.500a1.700 1.700 0 0 1-2.400-2.400L14.500 7",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.500a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400z",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 9l6 6 6-6",
  menu: "M5 12h.01M12 12h.01M19 12h.01",
  back: "M15 5l-7 7 7 7",
  sent: "M5 12.500l4.500 4.500L19 7.500",
  read: "M2 12.500l4.500 4.500L15 7.500M12 15.500l1.500 1.500L22 7.500",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2",
  alert: "M12 4l9 16H3zM12 10v4M12 17h.01",
  up: "M7 11v9H4v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9H19a1.800 1.800 0 0 1 1.800 2.200l-1.500 7A2 2 0 0 1 17.400 20H7",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  play: "M8 5l11 7-11 7z",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawn sign beside words, never instead of a name: screen readers do not hear it. */
export function Icon({ name, flip }: { name: IconName; flip?: boolean }) {
  return (
    <svg class={`icon icon-${name}${flip ? " flips" : ""}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
