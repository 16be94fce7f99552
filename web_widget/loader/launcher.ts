import css from "./launcher.css?inline";

/** On such screens the open panel covers everything; the same condition stands in launcher.css. */
export const FULL = "(max-width: 480px), (max-height: 500px)";

export interface Look {
  /** `#rrggbb` */
  accent?: string;
  side?: string;
}

/** The button in the corner and the panel above it, in a shadow tree; all styling goes by CSSOM, for strict sites. */
export function launcher() {
  // an element that no rule for div or section of the site means
  const root = document.createElement("frontdesk-widget");
  const panel = document.createElement("section");
  const button = document.createElement("button");
  const badge = document.createElement("i");
  const shadow = root.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  button.append(badge);
  shadow.append(panel, button);

  return {
    root,
    button,
    panel,
    paint({ accent = "#2f5bea", side }: Look) {
      root.style.setProperty("--accent", accent);
      if (side === "start") root.style.setProperty("--side", "20px auto");
    },
    /** Draw the state: what the button is called, its badge, whether the panel is seen and the frame in it works. */
    draw(open: boolean, unread: number, name: string, ready: boolean) {
      root.classList.toggle("ready", ready);
      panel.hidden = !open;
      button.ariaExpanded = `${open}`;
      button.ariaLabel = name;
      badge.hidden = !unread;
      badge.textContent = unread > 9 ? "9+" : `${unread}`;
    },
  };
}
