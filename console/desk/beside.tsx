// What the desk says wherever its agent is: offers that ring, the line, the status, the palette.
import { useEffect } from "preact/hooks";
import { t } from "../app/texts.ts";
import { Button, Icon, Menu, type MenuItem } from "../app/ui/index.ts";
import "./look/beside.css";
import "./look/dialogs.css";
import { Dialogs } from "./dialogs/dialogs.tsx";
import { useKeys } from "./keys.ts";
import { accept, Offered } from "./offered.tsx";
import { decline, setStatus } from "./state/acts.ts";
import { desk, openDesk } from "./state/desk.ts";
import { dialog } from "./state/view.ts";

export const open = openDesk;

/** Over every screen. */
export function Beside() {
  const here = desk.value;
  const first = here?.offers.live.value[0];
  useTitle();
  useKeys([
    { code: "KeyK", mod: true, run: () => openDialog("palette") },
    { sign: "?", run: () => openDialog("help") },
    { code: "KeyA", alt: true, run: () => first && here && void accept(here, first) },
    { code: "KeyX", alt: true, run: () => first && here && void decline(here, first.id) },
  ]);
  if (!here) return null;
  return (
    <>
      <Line />
      <Offered here={here} />
      <Dialogs />
    </>
  );
}

function openDialog(kind: "palette" | "help"): void {
  dialog.value = { kind };
}

/** A lost connection is said until it is mended. */
function Line() {
  const here = desk.value;
  const state = here?.state.value;
  const shown = state !== undefined && state !== "online" && !(state === "connecting" && !here?.welcomed.value);
  return (
    <div class="line" role="status">
      {shown && (
        <p>
          <Icon name="warn" size={16} />
          {t(`desk.line_${state}`)}
          {state === "reconnecting" && (
            <Button kind="quiet" size="s" onClick={() => here?.link.reopen()}>
              {t("desk.connect_now")}
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

/** The agent's status, and what goes with it. */
export function Standing() {
  const here = desk.value;
  if (!here) return null;
  const status = here.status.value;
  const each = (["online", "away"] as const).map(
    (one): MenuItem => ({
      key: one,
      label: t(`desk.status_of_${one}`),
      hint: t(`desk.status_hint_${one}`),
      checked: status === one,
      onChoose: () => void setStatus(here, one),
    }),
  );
  const items: MenuItem[] = [
    ...each,
    {
      key: "offline",
      label: t(status === "offline" ? "desk.status_of_offline" : "desk.end_shift"),
      hint: t(status === "offline" ? "desk.status_hint_offline" : "desk.end_shift_hint"),
      checked: status === "offline",
      onChoose: () => {
        dialog.value = { kind: "end_shift" };
      },
    },
    {
      key: "sound",
      label: t(here.offers.muted.value ? "desk.sound_on" : "desk.sound_off"),
      icon: here.offers.muted.value ? "bell" : "mute",
      onChoose: () => here.offers.mute(!here.offers.muted.value),
    },
    ...notices(),
    {
      key: "help",
      label: t("desk.help_title"),
      icon: "help",
      shortcut: "?",
      onChoose: () => {
        dialog.value = { kind: "help" };
      },
    },
  ];
  return (
    <Menu
      class={`standing ${status}`}
      label={t("desk.status_menu", { status: t(`desk.status_of_${status}`) })}
      side="start"
      up
      items={items}
      face={
        <>
          <span class="dot" aria-hidden="true" />
          <span>{t(`desk.status_short_${status}`)}</span>
        </>
      }
    />
  );
}

function notices(): MenuItem[] {
  if (!("Notification" in window) || Notification.permission !== "default") return [];
  return [
    {
      key: "notices",
      label: t("desk.notices_on"),
      icon: "bell",
      onChoose: () => void Notification.requestPermission(),
    },
  ];
}

/** How much waits for this agent, before the page's name. */
function useTitle(): void {
  const here = desk.value;
  void here?.rows.version;
  const offers = here?.offers.live.value.length ?? 0;
  let unread = 0;
  for (const id of here?.lists.get("mine")?.ids ?? []) unread += here?.rows.peek(id)?.unread ? 1 : 0;
  const count = offers + unread;
  useEffect(() => {
    document.title = count > 0 ? t("desk.title_counted", { count }) : t("desk.title");
  }, [count]);
}
