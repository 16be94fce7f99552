import { useEffect } from "preact/hooks";
import { stillPending } from "../../../web_widget/wire/thread.ts";
import type { AgentConversation } from "../../../web_widget/wire/types.ts";
import { t } from "../../app/texts.ts";
import { Button, Empty, Loading } from "../../app/ui/index.ts";
import { type Desk, desk } from "../state/desk.ts";
import type { Held } from "../state/threads.ts";
import { show } from "../state/view.ts";
import { Composer } from "./composer.tsx";
import { Head, isMine } from "./head.tsx";
import { Log } from "./log.tsx";
import { Packet } from "./packet.tsx";
import { useScrolling } from "./scroll.ts";

/** The conversation of the address. */
export function ThreadPane({ id }: { id: string | null }) {
  const here = desk.value;
  if (!here?.welcomed.value) return <Loading />;
  if (id === null) {
    return <Empty level={2} icon="desk" title={t("desk.choose_title")} text={t("desk.choose_text")} />;
  }
  const opening = here.threads.open(id).value;
  switch (opening.state) {
    case "coming":
      return <Loading />;
    case "failed":
      return (
        <Empty
          level={2}
          icon="warn"
          title={t("desk.not_seen_title")}
          text={opening.code === "not_found" ? t("desk.not_seen_text") : opening.message}
          action={<Button onClick={() => show(null)}>{t("desk.back")}</Button>}
        />
      );
    case "here":
      return <Thread key={id} here={here} following={opening.following} />;
  }
}

function Thread({ here, following }: { here: Desk; following: Held }) {
  const { conversation: held, messages, older } = following.thread.value;
  const { id } = held;
  const conversation = withWait(held, here.rows.get(id));
  const pending = stillPending(
    here.sending.unsent.value.filter((one) => one.line === id),
    messages,
  );
  const first = messages[0]?.id ?? "";
  const { place, atEnd, toEnd } = useScrolling(id, messages.length + pending.length, first, () => {
    if (older) void following.fetchOlder();
  });
  const unread = messages.filter(
    (one) => one.author.kind === "visitor" && (one.seq ?? 0) > conversation.read.us,
  ).length;
  useReading(here, following, atEnd);
  return (
    <section class="thread" aria-label={t("desk.conversation")}>
      <Head conversation={conversation} />
      <Packet conversation={conversation} messages={messages} />
      <div class="log-place">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys */}
        <div class="log" ref={place} tabIndex={0} role="log" aria-label={t("desk.log")} aria-relevant="additions">
          <div class="log-inside">
            {older && <p class="event">{t("desk.older_coming")}</p>}
            <Log conversation={conversation} messages={messages} pending={pending} />
            <Types here={here} id={id} name={conversation.contact.name ?? t("desk.visitor")} />
          </div>
        </div>
        {!atEnd && (
          <Button class="to-end" size="s" kind={unread > 0 ? "primary" : "plain"} icon="down" onClick={toEnd}>
            {unread > 0 ? t("desk.new_messages", { count: unread }) : t("desk.to_end")}
          </Button>
        )}
      </div>
      <Composer here={here} conversation={conversation} />
    </section>
  );
}

/** The list's row knows first whether the visitor still waits: a message changes that, and carries no conversation. */
function withWait(held: AgentConversation, row: AgentConversation | undefined): AgentConversation {
  if (!row || row.rev < held.rev || row.epoch !== held.epoch) return held;
  return { ...held, waiting_on: row.waiting_on, waiting_since: row.waiting_since };
}

function Types({ here, id, name }: { here: Desk; id: string; name: string }) {
  const on = here.typing.value.has(id);
  return (
    <p class="typing" aria-live="polite">
      {on && t("desk.name_types", { name })}
    </p>
  );
}

/** What stands before the eyes of its holder has been read. */
function useReading(here: Desk, following: Held, atEnd: boolean): void {
  const { conversation } = following.thread.value;
  const { id, last_seq, read } = conversation;
  const due = isMine(conversation) && atEnd && last_seq > read.us;
  useEffect(() => {
    if (!due) return;
    const tell = () => {
      if (document.hidden || !document.hasFocus()) return;
      here.rows.read(id, last_seq);
      void here.link.call("read", { conversation_id: id, seq: last_seq });
    };
    tell();
    addEventListener("focus", tell);
    return () => removeEventListener("focus", tell);
  }, [due, id, last_seq]);
}
