import { useComputed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../../app/session.ts";
import { t } from "../../app/texts.ts";
import { Button, Empty, Icon, Link, Loading, Menu, type MenuItem, Problem } from "../../app/ui/index.ts";
import { acted } from "../state/acts.ts";
import { type Desk, desk } from "../state/desk.ts";
import type { ListState } from "../state/lists.ts";
import { ordered } from "../state/order.ts";
import { chosenId, chosenList, dialog, pathTo, showList, shownIds } from "../state/view.ts";
import { ROW_PX, Row } from "./row.tsx";
import { useSteady } from "./steady.ts";
import { Virtual } from "./virtual.tsx";

const HEAD_PX = 40;
const MORE_PX = 44;
/** Of who waits, beside what is mine. */
const FIRST_WAITING = 6;

type Shown =
  | { kind: "row"; key: string; height: number; id: string; list: string }
  | { kind: "head"; key: string; height: number; text: string; count: number }
  | { kind: "none"; key: string; height: number; text: string }
  | { kind: "more"; key: string; height: number; count: number };

/** The lists: who waits and what is mine, or one whole list. */
export function ListPane() {
  const here = desk.value;
  if (!here) return <Loading />;
  return (
    <section class="lists" aria-label={t("desk.lists")}>
      <header class="pane-head">
        <Switch here={here} />
        <Link class="icon-button" to="search" title={t("desk.search")} aria-label={t("desk.search")}>
          <Icon name="search" />
        </Link>
      </header>
      {chosenList.value === "now" ? (
        <Now here={here} />
      ) : (
        <One key={chosenList.value} here={here} name={chosenList.value} />
      )}
    </section>
  );
}

function Switch({ here }: { here: Desk }) {
  const key = chosenList.value;
  const count = (name: string) => here.lists.get(name)?.ids.size;
  const own = ["now", "queue", "mine", "team", "all"].map((name): MenuItem => {
    const many = name === "queue" || name === "mine" ? count(name) : undefined;
    const label = t(`desk.list_${name}`);
    return {
      key: name,
      label: many === undefined ? label : t("desk.list_counted", { label, count: many }),
      checked: key === name,
      onChoose: () => showList(name),
    };
  });
  const saved = here.lists.views.value.map(
    (one): MenuItem => ({
      key: one.id,
      label: one.name,
      icon: "list",
      checked: key === one.id,
      onChoose: () => showList(one.id),
    }),
  );
  return (
    <Menu
      class="list-switch"
      side="start"
      label={t("desk.choose_list")}
      items={[
        ...own,
        ...saved,
        ...(saved.some((one) => one.key === key)
          ? [{ key: "edit", label: t("desk.edit_view"), icon: "pen" as const, onChoose: () => openView(key) }]
          : []),
        { key: "add", label: t("desk.add_view"), icon: "plus", onChoose: () => openView(null) },
      ]}
      face={
        <>
          <h1>{titleOf(here, key)}</h1>
          <Icon name="down" size={16} />
        </>
      }
    />
  );
}

function openView(id: string | null): void {
  dialog.value = { kind: "view", id };
}

function titleOf(here: Desk, key: string): string {
  return here.lists.views.value.find((one) => one.id === key)?.name ?? t(`desk.list_${key}`);
}

function useOrder(here: Desk, name: string): { list: ListState | undefined; ids: readonly string[] } {
  useEffect(() => here.lists.ask(name), [here, name]);
  const list = here.lists.get(name);
  const ids = useComputed(() => {
    void here.rows.version;
    const state = here.lists.get(name);
    if (!state) return [];
    const rows = [...state.ids].map((id) => here.rows.peek(id)).filter((one) => one !== undefined);
    return ordered(rows, state.view);
  });
  return { list, ids: ids.value };
}

function Now({ here }: { here: Desk }) {
  const waiting = useOrder(here, "queue");
  const mine = useOrder(here, "mine");
  const first = waiting.ids.slice(0, FIRST_WAITING);
  const steady = useSteady([...first, "|", ...mine.ids], `now ${acted.value}`);
  useEffect(() => {
    shownIds.value = steady.shown.filter((id) => id !== "|");
  }, [steady.shown]);
  const error = waiting.list?.error ?? mine.list?.error;
  if (error) return <Problem text={error} retry={() => here.lists.refresh()} />;
  if (!waiting.list?.loaded || !mine.list?.loaded) return <Loading />;
  const cut = steady.shown.indexOf("|");
  const rows = (ids: readonly string[], list: string) =>
    ids.map((id): Shown => ({ kind: "row", key: `${list} ${id}`, height: ROW_PX, id, list: "now" }));
  const items: Shown[] = [
    { kind: "head", key: "waiting", height: HEAD_PX, text: t("desk.list_queue"), count: waiting.ids.length },
    ...rows(steady.shown.slice(0, cut), "queue"),
    ...nobody("no_waiting", waiting.ids.length, "desk.nobody_waits"),
    ...(waiting.ids.length > FIRST_WAITING
      ? [{ kind: "more", key: "more", height: MORE_PX, count: waiting.ids.length } as Shown]
      : []),
    { kind: "head", key: "mine", height: HEAD_PX, text: t("desk.list_mine"), count: mine.ids.length },
    ...rows(steady.shown.slice(cut + 1), "mine"),
    ...nobody("no_mine", mine.ids.length, here.status.value === "online" ? "desk.none_mine" : "desk.none_mine_away"),
  ];
  const held = new Set([...first, ...mine.ids]);
  return <Held here={here} steady={steady} items={items} held={held} label={t("desk.list_now")} />;
}

function nobody(key: string, count: number, text: string): Shown[] {
  return count === 0 ? [{ kind: "none", key, height: 60, text: t(text) }] : [];
}

function One({ here, name }: { here: Desk; name: string }) {
  const { list, ids } = useOrder(here, name);
  const steady = useSteady(ids, `${name} ${acted.value} ${list?.loaded}`);
  useEffect(() => {
    shownIds.value = steady.shown;
  }, [steady.shown]);
  if (list?.error && ids.length === 0) return <Problem text={list.error} retry={() => void here.lists.fetch(name)} />;
  if (!list?.loaded) return <Loading />;
  if (ids.length === 0) return <Nothing name={name} />;
  const items = steady.shown.map((id): Shown => ({ kind: "row", key: id, height: ROW_PX, id, list: name }));
  return (
    <Held
      here={here}
      steady={steady}
      items={items}
      held={list.ids}
      label={titleOf(here, name)}
      onEnd={() => void here.lists.more(name)}
    />
  );
}

function Nothing({ name }: { name: string }) {
  const teamless = name === "team" && me.value?.team_ids.length === 0;
  const known = ["queue", "mine", "team", "all"].includes(name) ? name : "view";
  const key = teamless ? "no_team" : `none_${known}`;
  return <Empty level={2} icon="desk" title={t(`desk.${key}_title`)} text={t(`desk.${key}_text`)} />;
}

interface HeldProps {
  here: Desk;
  steady: ReturnType<typeof useSteady>;
  items: readonly Shown[];
  held: ReadonlySet<string>;
  label: string;
  onEnd?: () => void;
}

function Held({ here, steady, items, held, label, onEnd }: HeldProps) {
  const id = chosenId.value;
  void here.rows.version;
  const draw = (item: Shown) => {
    switch (item.kind) {
      case "head":
        return (
          <h2 class="list-head">
            {item.text} <span class="count">{item.count}</span>
          </h2>
        );
      case "none":
        return <p class="list-none">{item.text}</p>;
      case "more":
        return (
          <Link class="list-more" to={pathTo(id, "queue")}>
            {t("desk.all_waiting", { count: item.count })}
          </Link>
        );
      case "row": {
        const one = here.rows.peek(item.id);
        return one && <Row one={one} list={item.list} chosen={item.id === id} gone={!held.has(item.id)} />;
      }
    }
  };
  const seen = items.find((one) => one.kind === "row" && one.id === id)?.key ?? null;
  return (
    <div class="list-place" {...steady.hold}>
      {steady.news > 0 && (
        <Button class="news" kind="primary" size="s" onClick={steady.release}>
          {t("desk.news", { count: steady.news })}
        </Button>
      )}
      <Virtual label={label} items={items} draw={draw} seen={seen} {...(onEnd ? { onEnd } : {})} />
    </div>
  );
}
