// The frame of an admin's screen: the sections beside it, its title, what it is for, its main deed.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Link } from "../app/ui/index.ts";
import "./admin.css";
import "./parts.css";

interface Place {
  /** The screen it leads to; also the end of its text's key. */
  name: string;
  rights: string[];
}

export const SECTIONS = {
  settings: [
    { name: "start", rights: ["workspace.manage", "inboxes.manage"] },
    { name: "company", rights: ["workspace.manage", "inboxes.manage"] },
    { name: "inboxes", rights: ["inboxes.manage"] },
    { name: "people", rights: ["agents.manage"] },
    { name: "teams", rights: ["teams.manage"] },
    { name: "mail", rights: ["workspace.manage", "inboxes.manage"] },
    { name: "account", rights: [] },
  ],
  knowledge: [
    { name: "knowledge", rights: [] },
    { name: "intents", rights: [] },
    { name: "overlaps", rights: [] },
    { name: "corrections", rights: [] },
  ],
  bot: [
    { name: "bot", rights: [] },
    { name: "models", rights: [] },
    { name: "unknown", rights: [] },
  ],
  figures: [],
} satisfies Record<string, Place[]>;

export interface PageProps {
  section: keyof typeof SECTIONS;
  here: string;
  title: string;
  lead?: string;
  actions?: ComponentChildren;
  /** Where this came from: a link over the title. */
  back?: { to: string; label: string };
  wide?: boolean;
  children: ComponentChildren;
}

export function Page({ section, here, title, lead, actions, back, wide = false, children }: PageProps) {
  const sections = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${title} - Frontdesk`;
    return () => {
      document.title = "Frontdesk";
    };
  }, [title]);
  useEffect(() => {
    // on a phone the sections are a row that scrolls
    sections.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [here]);
  const places = (SECTIONS[section] as Place[]).filter((one) => may(...one.rights));
  return (
    <div class={places.length > 1 ? "admin" : "admin alone"}>
      {places.length > 1 && (
        <nav ref={sections} class="sections" aria-label={t(`app.nav_${section}`)}>
          <ul>
            {places.map((one) => (
              <li key={one.name}>
                <Link to={one.name} aria-current={one.name === here ? "page" : undefined}>
                  {t(`admin.section_${one.name}`)}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <div class={wide ? "sheet wide" : "sheet"}>
        <header class="sheet-head">
          <div>
            {back && (
              <Link class="sheet-back" to={back.to}>
                {back.label}
              </Link>
            )}
            <h1 dir="auto">{title}</h1>
            {lead && <p class="soft">{lead}</p>}
          </div>
          {actions && <div class="sheet-actions">{actions}</div>}
        </header>
        {children}
      </div>
    </div>
  );
}

/** One matter on a page. */
export function Card({
  title,
  text,
  actions,
  children,
}: {
  title?: string;
  text?: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <section class="card" aria-label={title}>
      {(title || actions) && (
        <header>
          {title && <h2>{title}</h2>}
          {actions}
        </header>
      )}
      {text && <p class="soft">{text}</p>}
      {children}
    </section>
  );
}

/** Something went as asked, or did not: a sentence with its state. */
export function Told({
  tone,
  title,
  children,
}: {
  tone: "green" | "amber" | "red" | "plain";
  title?: string;
  children?: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`} role={tone === "red" ? "alert" : "status"}>
      {title && <strong>{title}</strong>}
      {children}
    </div>
  );
}
