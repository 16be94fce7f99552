import { useEffect, useRef, useState } from "preact/hooks";
import { wait } from "../state/figures.ts";
import { useRoom, type View, well } from "../state/room.ts";
import { t } from "../state/words.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";

/** Who answers now, and what happens. */
export function Header() {
  const room = useRoom();
  const { visit, view, bridge, full } = room;
  const agent = visit.conversation.value?.agent;
  const { look, company, bot, inbox } = visit.config;
  const name = agent?.name || company || bot?.name || inbox.name || visit.welcome.value?.inbox.name || t("who.bot");
  const inside = view.value !== "chat";
  return (
    <header class={full.value ? "head head-full" : "head"}>
      {inside && (
        <button type="button" class="round" aria-label={t("frame.back")} onClick={() => back(room)}>
          <Icon name="back" flip />
        </button>
      )}
      <Avatar kind={agent ? "agent" : "bot"} name={agent?.name} picture={agent ? agent.avatar_url : look.logo_url} />
      <div class="head-who">
        <h1>
          <bdi>{name}</bdi>
        </h1>
        <p aria-live="polite">{now(room)}</p>
      </div>
      <Menu />
      {(bridge.embedded || full.value) && (
        <button
          type="button"
          class="round"
          aria-label={t("frame.close")}
          onClick={() => bridge.post({ type: "close" })}
        >
          <Icon name={full.value ? "close" : "down"} />
        </button>
      )}
    </header>
  );
}

function now({ visit }: ReturnType<typeof useRoom>): string {
  const line = visit.link.state.value;
  if (line !== "online") return t(`now.${line}`);
  const conversation = visit.conversation.value;
  if (visit.typing.value === "agent") return t("now.typing");
  switch (visit.status.value) {
    case "waiting": {
      const range = conversation?.queue?.wait_s && wait(conversation.queue.wait_s);
      return range ? `${t("now.waiting")}, ${range}` : t("now.waiting");
    }
    case "person":
      return t("now.person");
    case "resolved":
      return t("now.closed");
    default:
      return visit.welcome.value?.inbox.bot === false ? t("hello.people") : t("now.bot");
  }
}

export function back(room: ReturnType<typeof useRoom>): void {
  room.view.value = "chat";
  room.toWriting();
}

/** What is needed seldom. A list of buttons that opens in place; Escape closes it, and gives the focus back. */
function Menu() {
  const room = useRoom();
  const { visit, view } = room;
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (!open) return;
    list.current?.querySelector("button")?.focus();
    const away = ({ target }: Event) => {
      if (!list.current?.parentElement?.contains(target as Node)) setOpen(false);
    };
    const leave = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    addEventListener("pointerdown", away);
    addEventListener("keydown", leave, true);
    return () => {
      removeEventListener("pointerdown", away);
      removeEventListener("keydown", leave, true);
    };
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const item = (label: string, act: () => void) => (
    <li>
      <button
        type="button"
        onClick={() => {
          close();
          act();
        }}
      >
        {t(label)}
      </button>
    </li>
  );
  const go = (to: View) => () => {
    view.value = to;
  };
  const { status, open: shown, config } = visit;
  const begin = () => {
    visit.startNew();
    back(room);
  };
  const end = async () => {
    back(room);
    well(room, await visit.ask("conversation.end"));
  };
  return (
    <div class="menu">
      <button
        ref={button}
        type="button"
        class="round"
        aria-label={t("frame.menu")}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="menu" />
      </button>
      {open && (
        <ul ref={list} class="menu-list">
          {shown.value && item("menu.new", begin)}
          {item("menu.earlier", go("earlier"))}
          {config.help?.on !== false && item("menu.help", go("help"))}
          {config.start_form?.fields?.length && item("menu.details", go("details"))}
          {shown.value && item("menu.transcript", go("transcript"))}
          {shown.value && status.value !== "resolved" && item("menu.end", end)}
        </ul>
      )}
    </div>
  );
}
