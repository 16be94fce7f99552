import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../../wire/types.ts";
import { day } from "../state/figures.ts";
import { botName, useRoom } from "../state/room.ts";
import { isAnswer, type Line, lines, taken } from "../state/shown.ts";
import { t } from "../state/words.ts";
import { Avatar } from "./avatar.tsx";
import { Said, Unsaid } from "./bubble.tsx";
import { Choices } from "./choices.tsx";
import { Helpful } from "./helpful.tsx";
import { Icon } from "./icon.tsx";

const NEAR_PX = 48;
/** Drawn at once; more where the visitor asks for what was before. */
const DRAWN = 150;
const FURTHER = 50;

/** The conversation: what was said, what is on its way, who types. Own messages are not announced, others' are. */
export function Thread() {
  const room = useRoom();
  const { visit, reading } = room;
  const box = useRef<HTMLDivElement>(null);
  const top = useRef(0);
  const drawn = useRef(new WeakMap<Message, { how: string; row: VNode }>());
  const thread = visit.thread.value;
  const pending = visit.pending.value;
  const all = thread?.messages ?? [];
  const [drawnMost, further] = useDrawn(all);
  const messages = all.length > drawnMost ? all.slice(-drawnMost) : all;
  const since = useNewSince();
  const shown = lines(messages, pending, since);
  // what the visitor may still react to: nothing that they have answered
  const last = pending.length ? undefined : messages.findLast((one) => one.author.kind !== "system");
  const lastOwn = messages.findLast((one) => one.author.kind === "visitor");
  const read = thread?.conversation.read.us ?? 0;
  useScrolling(box, messages, pending.length);
  useAnnouncing(messages);

  const row = (line: Line) => {
    if (line.type !== "said") return <Other key={line.key} line={line} />;
    const { message } = line;
    const tick = message === lastOwn;
    const how = `${line.first}${line.last}${tick && (message.seq ?? 0) <= read}${tick}`;
    const known = drawn.current.get(message);
    // what has not changed is not drawn again: threads can be long
    if (known?.how === how) return known.row;
    const made = <Said key={line.key} line={line} tick={tick} read={(message.seq ?? 0) <= read} />;
    drawn.current.set(message, { how, row: made });
    return made;
  };

  const below = (line: Line) => {
    if (line.type !== "said") return null;
    const { message } = line;
    if (message.kind === "choices") {
      const picked = taken(message, messages, pending);
      return (message === last || picked) && <Choices key={`choices ${line.key}`} message={message} picked={picked} />;
    }
    return message === last && isAnswer(message) && <Helpful key={`helpful ${line.key}`} message={message} />;
  };

  return (
    <div
      ref={box}
      class="thread"
      role="log"
      aria-live="off"
      aria-label={t("thread.label")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reached by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        // only the visitor leaves the end: what grows below moves nobody up
        if (scrollHeight - scrollTop - clientHeight < NEAR_PX) reading.atEnd.value = true;
        else if (scrollTop < top.current) reading.atEnd.value = false;
        top.current = scrollTop;
      }}
    >
      <div class="thread-in">
        {thread?.older || messages !== all ? <Older further={further} /> : <Greeting />}
        {shown.flatMap((line) => [row(line), below(line)])}
        {visit.typing.value && <Typing kind={visit.typing.value} />}
      </div>
      {!reading.atEnd.value && reading.unread.value > 0 && (
        <button type="button" class="jump" onClick={() => toEnd(box.current, true)}>
          {t("thread.newest")} <Icon name="down" />
        </button>
      )}
    </div>
  );
}

function Other({ line }: { line: Exclude<Line, { type: "said" }> }) {
  if (line.type === "own") return <Unsaid unsent={line.unsent} />;
  if (line.type === "event") {
    return (
      <p class="event" dir="auto">
        {line.message.text}
      </p>
    );
  }
  return <p class={`mark mark-${line.type}`}>{line.type === "day" ? day(line.at) : t("thread.newest")}</p>;
}

function Greeting() {
  const { visit, view } = useRoom();
  const bot = visit.welcome.value?.inbox.bot !== false;
  const pill = (to: "help" | "earlier") => (
    <button
      type="button"
      class="pill"
      onClick={() => {
        view.value = to;
      }}
    >
      {t(`menu.${to}`)}
    </button>
  );
  return (
    <div class="greeting">
      <p class="greeting-text" dir="auto">
        {visit.config.look.greeting || t("hello.text")}
      </p>
      <p>{t(bot ? "hello.bot" : "hello.people")}</p>
      {!visit.open.value && !visit.pending.value.length && (
        <div class="choices">
          {visit.config.help?.on !== false && pill("help")}
          {visit.returning.value && pill("earlier")}
        </div>
      )}
    </div>
  );
}

function Older({ further }: { further: () => void }) {
  return (
    <button type="button" class="pill older" onClick={further}>
      {t("thread.older")}
    </button>
  );
}

function Typing({ kind }: { kind: string }) {
  const { visit } = useRoom();
  const agent = visit.conversation.value?.agent;
  return (
    <div class="row row-them">
      <Avatar kind={kind} name={agent?.name} picture={kind === "agent" ? agent?.avatar_url : null} />
      <p class="bubble typing">
        <span class="only-heard">
          {(kind === "agent" && agent?.name) || botName(visit.config)} {t("now.typing")}
        </span>
        <i />
        <i />
        <i />
      </p>
    </div>
  );
}

/** How many messages are drawn, and the way to more. Back at the end it is few again: chats can be long. */
function useDrawn(all: readonly Message[]): [most: number, further: () => void] {
  const { visit, reading } = useRoom();
  const [most, setMost] = useState(DRAWN);
  const newest = all.at(-1)?.id;
  useEffect(() => {
    if (reading.atEnd.peek()) setMost(DRAWN);
  }, [newest]);
  const further = async () => {
    if (all.length < most + FURTHER) await visit.open.value?.fetchOlder();
    setMost(most + FURTHER);
  };
  return [most, () => void further()];
}

/** The seq after which messages are new to the visitor, fixed from when they come until they write. */
function useNewSince(): number | null {
  const { visit, reading } = useRoom();
  const [since, setSince] = useState<number | null>(null);
  const sees = reading.sees.value;
  const id = visit.open.value?.id;
  const written = visit.pending.value.length;
  useEffect(() => {
    const conversation = visit.conversation.peek();
    const news = sees && conversation && visit.begun !== id && reading.unread.peek();
    setSince(news ? conversation.read.visitor : null);
  }, [sees, id]);
  useEffect(() => {
    if (written) setSince(null);
  }, [written]);
  return since;
}

/** At the end the thread stays at its end; elsewhere what the visitor reads stays where it is. */
function useScrolling(box: { current: HTMLDivElement | null }, messages: readonly Message[], pending: number): void {
  const { reading, visit } = useRoom();
  const before = useRef({ first: "", height: 0, pending: 0, id: "" });
  const id = visit.open.value?.id ?? "";
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const was = before.current;
    const first = messages[0]?.id ?? "";
    if (id !== was.id || pending > was.pending) toEnd(element);
    else if (was.first && first !== was.first) element.scrollTop += element.scrollHeight - was.height;
    before.current = { first, height: element.scrollHeight, pending, id };
  });
  useEffect(() => {
    const inside = box.current?.firstElementChild;
    if (!inside) return;
    const watch = new ResizeObserver(() => {
      if (reading.atEnd.peek()) toEnd(box.current);
    });
    watch.observe(inside);
    if (box.current) watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
}

function toEnd(element: HTMLElement | null, smoothly = false): void {
  element?.scrollTo({ top: element.scrollHeight, behavior: smoothly ? "smooth" : "auto" });
}

/** A screen reader is told what the other side says while the conversation is before the visitor. */
function useAnnouncing(messages: readonly Message[]): void {
  const { heard, visit } = useRoom();
  const told = useRef({ id: "", seq: 0 });
  const id = visit.open.value?.id ?? "";
  useEffect(() => {
    const was = told.current;
    const seq = messages.at(-1)?.seq ?? 0;
    told.current = { id, seq };
    // a conversation that was only opened is read by its reader, not to them; one that they began is new to its first word
    if (id !== was.id && visit.begun !== id) return;
    const heardSeq = id === was.id ? was.seq : 0;
    const fresh = messages.filter((one) => (one.seq ?? 0) > heardSeq && one.author.kind !== "visitor");
    if (!fresh.length) return;
    heard.value = fresh
      .map(({ author, text }) => {
        const name = author.name ?? (author.kind === "bot" ? botName(visit.config) : "");
        return name ? t("thread.said", { name, text }) : text;
      })
      .join("\n");
  }, [messages, id]);
}
