import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { go } from "./router.ts";
import { NAV, type NavItem } from "./screens.ts";
import { logOut, may, me } from "./session.ts";
import { Stage } from "./stage.tsx";
import { t } from "./texts.ts";
import { choose, type Theme, theme } from "./theme.ts";
import { Avatar, Icon, Link, Menu, type MenuItem, trouble } from "./ui/index.ts";

/** What the desk adds beside every screen, once its part has come. */
interface Beside {
  /** Offers that ring, the line to the server. */
  Beside: ComponentType;
  /** The agent's status in the rail. */
  Standing: ComponentType;
  open: () => () => void;
}

/** The rail, a screen, and what the desk says wherever one is. */
export function Shell({ name }: { name: string }) {
  const beside = useBeside();
  return (
    <div class="shell">
      <a class="skip" href="#place">
        {t("app.skip")}
      </a>
      <nav class="rail" aria-label={t("app.nav")}>
        <ul>
          {NAV.filter((one) => may(...one.rights)).map((one) => (
            <NavLink key={one.key} item={one} name={name} />
          ))}
        </ul>
        <div class="rail-end">
          {beside && <beside.Standing />}
          <Myself />
        </div>
      </nav>
      <main id="place" class="place" tabIndex={-1}>
        <Stage name={name} />
      </main>
      {beside && <beside.Beside />}
    </div>
  );
}

function NavLink({ item, name }: { item: NavItem; name: string }) {
  return (
    <li>
      <Link to={item.to} class="rail-link" aria-current={item.screens.includes(name) ? "page" : undefined}>
        <Icon name={item.key} />
        <span>{t(`app.nav_${item.key}`)}</span>
      </Link>
    </li>
  );
}

function Myself() {
  const agent = me.value;
  if (!agent) return null;
  const themes = (["auto", "light", "dark"] as Theme[]).map(
    (one): MenuItem => ({
      key: one,
      label: t(`app.theme_${one}`),
      checked: theme.value === one,
      onChoose: () => choose(one),
    }),
  );
  const items: MenuItem[] = [
    { key: "account", label: t("app.account"), onChoose: () => go("account") },
    ...themes,
    { key: "out", label: t("app.log_out"), hint: agent.email, onChoose: () => void logOut().catch(trouble) },
  ];
  return (
    <Menu
      class="rail-me"
      label={t("app.me", { name: agent.name })}
      side="start"
      up
      items={items}
      face={<Avatar name={agent.name} url={agent.avatar_url} />}
    />
  );
}

function useBeside(): Beside | null {
  const [beside, setBeside] = useState<Beside | null>(null);
  useEffect(() => {
    let close = () => {};
    let wanted = true;
    const files = import.meta.glob<Beside>("../desk/beside.tsx");
    const load = files["../desk/beside.tsx"];
    load?.().then((found) => {
      if (!wanted) return;
      close = found.open();
      setBeside(found);
    }, trouble);
    return () => {
      wanted = false;
      close();
    };
  }, []);
  return beside;
}
