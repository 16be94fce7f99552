import { useState } from "preact/hooks";
import { go } from "../../app/router.ts";
import { NAV } from "../../app/screens.ts";
import { may } from "../../app/session.ts";
import { t } from "../../app/texts.ts";
import { Dialog } from "../../app/ui/index.ts";
import { act, setStatus } from "../state/acts.ts";
import type { Desk } from "../state/desk.ts";
import { find } from "../state/find.ts";
import { chosenId, dialog, pathTo, showList } from "../state/view.ts";
import { isMine, takeAct } from "../thread/head.tsx";
import { close } from "./dialogs.tsx";

interface Entry {
  key: string;
  label: string;
  run: () => void;
}

const MOST = 12;

/** Anything by its name: acts, lists, conversations, places. */
export function Palette({ here }: { here: Desk }) {
  const [asked, setAsked] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = find(entries(here), asked, (one) => one.label).slice(0, MOST);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    entry.run();
  };
  const keyed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setChosen((chosen + step + found.length) % Math.max(found.length, 1));
    else if (event.key === "Enter") run(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("desk.palette")} onClose={close}>
      <input
        class="input"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette"
        aria-activedescendant={found[chosen] ? `palette-${chosen}` : undefined}
        aria-label={t("desk.palette_ask")}
        placeholder={t("desk.palette_ask")}
        autofocus
        value={asked}
        onInput={(event) => {
          setAsked(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={keyed}
      />
      <div class="palette" id="palette" role="listbox" aria-label={t("desk.palette")}>
        {found.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the text field has the focus and its arrow keys choose
          <div
            key={one.key}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(one)}
          >
            {one.label}
          </div>
        ))}
        {found.length === 0 && <p class="soft">{t("desk.palette_none")}</p>}
      </div>
    </Dialog>
  );
}

function entries(here: Desk): Entry[] {
  return [...onThis(here), ...lists(here), ...conversations(here), ...places(here)];
}

function onThis(here: Desk): Entry[] {
  const id = chosenId.value;
  const one = id ? (here.threads.held(id)?.thread.value.conversation ?? here.rows.peek(id)) : undefined;
  if (!one) return [];
  const found: Entry[] = [];
  const take = takeAct(here, one);
  if (take) found.push({ key: "take", ...take });
  if (one.status === "assigned" && isMine(one)) {
    const asks = (kind: "resolve" | "transfer" | "snooze") => ({
      key: kind,
      label: t(`desk.${kind}`),
      run: () => {
        dialog.value = { kind, id: one.id };
      },
    });
    found.push(asks("resolve"), asks("transfer"), asks("snooze"), {
      key: "hand_back",
      label: t("desk.hand_back"),
      run: () =>
        void act(here, one, {
          name: "conversation.hand_back",
          said: t("desk.handed_back", { name: one.contact.name ?? t("desk.visitor") }),
          undo: "conversation.take_over",
        }),
    });
  }
  return found;
}

function lists(here: Desk): Entry[] {
  const own = ["now", "queue", "mine", "team", "all"].map((key) => ({
    key: `list ${key}`,
    label: t("desk.go_list", { name: t(`desk.list_${key}`) }),
    run: () => showList(key),
  }));
  const saved = here.lists.views.value.map((one) => ({
    key: `list ${one.id}`,
    label: t("desk.go_list", { name: one.name }),
    run: () => showList(one.id),
  }));
  return [...own, ...saved];
}

function conversations(here: Desk): Entry[] {
  return [...here.rows.all()].slice(0, 500).map((one) => ({
    key: one.id,
    label: `${one.contact.name ?? t("desk.visitor")} ${one.reference}`,
    run: () => void go(pathTo(one.id)),
  }));
}

function places(here: Desk): Entry[] {
  const nav = NAV.filter((one) => may(...one.rights)).map((one) => ({
    key: `nav ${one.key}`,
    label: t("desk.go_place", { name: t(`app.nav_${one.key}`) }),
    run: () => void go(one.to),
  }));
  return [
    { key: "search", label: t("desk.search"), run: () => void go("search") },
    ...nav,
    ...(["online", "away"] as const).map((one) => ({
      key: one,
      label: t(`desk.be_${one}`),
      run: () => void setStatus(here, one),
    })),
    {
      key: "end_shift",
      label: t("desk.end_shift"),
      run: () => {
        dialog.value = { kind: "end_shift" };
      },
    },
    {
      key: "canned",
      label: t("desk.edit_canned"),
      run: () => {
        dialog.value = { kind: "canned" };
      },
    },
    {
      key: "help",
      label: t("desk.help_title"),
      run: () => {
        dialog.value = { kind: "help" };
      },
    },
  ];
}
