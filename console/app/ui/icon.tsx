// Line icons, 20 px, drawn in the colour of the text beside them; always hidden from readers.
const PATHS = {
  desk: "M3 12l2.5-7h9L17 12M3 12v4h14v-4M3 12h4l1 2h4l1-2h4",
  knowledge: "M4 4.5A1.5 1.5 0 0 1 5.5 3H16v11.5H5.5A1.5 1.5 0 0 0 4 16zm0 11.5A1.5 1.5 0 0 0 5.5 17.5H16",
  bot: "M5 8h10v7H5zM10 5v3M8 11.2v.6M12 11.2v.6M3 10.5v2M17 10.5v2M10 4.6v.1",
  figures: "M4 16V9M8.5 16V4M13 16v-5M17 16V7",
  settings:
    "M10 7.6a2.4 2.4 0 1 0 0 4.8 2.4 2.4 0 0 0 0-4.8zM10 2.8v2M10 15.2v2M4.9 4.9l1.4 1.4M13.7 13.7l1.4 1.4M2.8 10h2M15.2 10h2M4.9 15.1l1.4-1.4M13.7 6.3l1.4-1.4",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.7 12.7L16.5 16.5",
  close: "M5 5l10 10M15 5L5 15",
  check: "M4.5 10.5l3.5 3.5 7.5-8",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  back: "M12 4l-6 6 6 6",
  forward: "M8 4l6 6-6 6",
  down: "M5 8l5 5 5-5",
  up: "M5 12l5-5 5 5",
  plus: "M10 4v12M4 10h12",
  send: "M3.5 10L16.5 4l-4 12.5-2.8-5zM9.7 11.5l3-3.2",
  attach: "M14.5 9.5l-5 5a3 3 0 0 1-4.3-4.3l5.6-5.6a2 2 0 0 1 2.9 2.9l-5.5 5.5a1 1 0 0 1-1.4-1.4l4.7-4.7",
  note: "M4 3.5h12v9l-4 4H4zM12 16.5v-4h4M7 7h6M7 10h3",
  person: "M10 3.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5",
  clock: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5V10l2.5 2",
  warn: "M10 3.5l7 12.5H3zM10 8.5v3.5M10 14v.1",
  help: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM8 8.2c0-2.6 4-2.6 4 0 0 1.6-2 1.6-2 3.2M10 13.7v.1",
  bell: "M5 14h10c-1-1-1.4-2-1.4-4.5C13.6 6.5 12.2 5 10 5S6.4 6.5 6.4 9.5C6.4 12 6 13 5 14zM8.5 16.5h3M10 3.5V5",
  mute: "M4 8v4h3l4 3V5L7 8zM14 8l3.5 4M17.5 8L14 12",
  eye: "M2.5 10S5.5 5 10 5s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  file: "M5 3h7l3 3v11H5zM12 3v3h3",
  pen: "M4 16l1-3.5L13.5 4l2.5 2.5L7.5 15z",
  bulb: "M7.5 14.5h5M8.5 17h3M10 3a5 5 0 0 1 3 9c-.5.5-.6 1-.6 2.5H7.6c0-1.5-.1-2-.6-2.5a5 5 0 0 1 3-9z",
  download: "M10 3.5v9M6 9l4 4 4-4M4 16.5h12",
  list: "M4 5.5h12M4 10h12M4 14.5h12",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
