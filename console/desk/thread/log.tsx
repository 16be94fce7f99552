import { memo } from "preact/compat";
import type { Unsent } from "../../../web_widget/wire/sending.ts";
import type { AgentConversation, AgentMessage } from "../../../web_widget/wire/types.ts";
import { me } from "../../app/session.ts";
import { t } from "../../app/texts.ts";
import { day } from "../../app/times.ts";
import { Button } from "../../app/ui/index.ts";
import { told } from "../state/acts.ts";
import { type Desk, desk, type Outgoing } from "../state/desk.ts";
import { Files } from "./files.tsx";
import { Said } from "./message.tsx";

/** So many messages are one piece: only pieces that changed are drawn again. */
const PIECE = 40;
const TOGETHER_MS = 5 * 60_000;

interface LogProps {
  conversation: AgentConversation;
  messages: readonly AgentMessage[];
  pending: readonly Unsent<Outgoing>[];
}

export function Log({ conversation, messages, pending }: LogProps) {
  const taken = choicesOf(messages);
  const last = lastDelivered(messages);
  const pieces: AgentMessage[][] = [];
  for (const message of messages) {
    // by the place in the conversation, not in what is held: older ones that come leave the pieces as they are
    const piece = Math.floor(message.made_rev / PIECE);
    const now = pieces.at(-1);
    if (now?.[0] && Math.floor(now[0].made_rev / PIECE) === piece) now.push(message);
    else pieces.push([message]);
  }
  return (
    <>
      {pieces.map((some, index) => (
        <Piece
          key={Math.floor((some[0]?.made_rev ?? 0) / PIECE)}
          messages={some}
          before={pieces[index - 1]?.at(-1)}
          taken={taken}
          visitor={conversation.contact.name || t("desk.visitor")}
          last={last && some.includes(last) ? last.id : null}
          delivery={last && some.includes(last) ? state(last, conversation) : null}
        />
      ))}
      {pending.map((one) => (
        <Pending key={one.client_id} unsent={one} />
      ))}
    </>
  );
}

interface PieceProps {
  messages: readonly AgentMessage[];
  before: AgentMessage | undefined;
  taken: ReadonlyMap<string, string>;
  visitor: string;
  last: string | null;
  delivery: string | null;
}

const Piece = memo(
  function Piece({ messages, before, taken, visitor, last, delivery }: PieceProps) {
    return (
      <div class="piece">
        {messages.map((message, index) => {
          const previous = messages[index - 1] ?? before;
          const newDay = !previous || dayOf(previous) !== dayOf(message);
          return [
            newDay && (
              <p class="day" key={`day ${message.id}`}>
                {day(message.created_at)}
              </p>
            ),
            <Said
              key={message.id}
              message={message}
              own={message.author.kind === "agent" && message.author.id === me.peek()?.id}
              visitor={visitor}
              more={!newDay && together(previous, message)}
              taken={taken.get(message.id)}
              delivery={message.id === last ? delivery : null}
            />,
          ];
        })}
      </div>
    );
  },
  (one, other) =>
    one.last === other.last &&
    one.visitor === other.visitor &&
    one.delivery === other.delivery &&
    one.before === other.before &&
    one.messages.length === other.messages.length &&
    one.messages.every(
      (message, index) =>
        message === other.messages[index] && one.taken.get(message.id) === other.taken.get(message.id),
    ),
);

function Pending({ unsent }: { unsent: Unsent<Outgoing> }) {
  const here = desk.value;
  const { text, files, private: hidden } = unsent.payload;
  const failed = unsent.state === "failed";
  return (
    <article class={`said ours pending ${hidden ? "note" : "agent"} ${failed ? "failed" : ""}`}>
      <div class="said-row">
        <div class="bubble">
          {text && (
            <p class="words" dir="auto">
              {text}
            </p>
          )}
          {files.length > 0 && <Files files={files} />}
        </div>
      </div>
      <footer class="said-foot" aria-live="polite">
        {failed ? (
          <>
            <span class="error">{t("desk.not_sent", { why: unsent.error ? told(unsent.error) : "" })}</span>
            <Button kind="quiet" size="s" onClick={() => here?.sending.again(unsent.client_id)}>
              {t("app.try_again")}
            </Button>
            <Button kind="quiet" size="s" onClick={() => here && toDraft(here, unsent)}>
              {t("desk.to_draft")}
            </Button>
          </>
        ) : (
          <span>{t(here?.state.value === "online" ? "desk.sending" : "desk.sent_later")}</span>
        )}
      </footer>
    </article>
  );
}

/** Back into the composer, before what is there. */
function toDraft(here: Desk, unsent: Unsent<Outgoing>): void {
  const given = here.sending.discard(unsent.client_id);
  if (!given) return;
  const draft = here.drafts.of(given.line).peek();
  const field = given.payload.private ? "note" : "text";
  here.drafts.change(given.line, {
    [field]: [given.payload.text, draft[field]].filter(Boolean).join("\n"),
    mode: given.payload.private ? "note" : "reply",
    files: [...given.payload.files, ...draft.files],
  });
}

function choicesOf(messages: readonly AgentMessage[]): Map<string, string> {
  const taken = new Map<string, string>();
  for (const { content } of messages) if (content?.choice) taken.set(content.choice.message_id, content.choice.value);
  return taken;
}

function lastDelivered(messages: readonly AgentMessage[]): AgentMessage | undefined {
  for (let index = messages.length - 1; index >= 0; index--) {
    const one = messages[index];
    if (one?.seq == null || one.kind === "event" || one.author.kind === "system") continue;
    return one.author.kind === "agent" && !one.erased_at ? one : undefined;
  }
  return undefined;
}

function state(message: AgentMessage, conversation: AgentConversation): string {
  const seq = message.seq ?? 0;
  if (conversation.channel !== "web") return message.delivery?.state ?? "sent";
  if (seq <= conversation.read.visitor) return "read";
  return seq <= (conversation.read.delivered ?? 0) ? "delivered" : "sent";
}

function together(before: AgentMessage | undefined, message: AgentMessage): boolean {
  return (
    before !== undefined &&
    before.kind !== "event" &&
    before.author.kind !== "system" &&
    before.author.kind === message.author.kind &&
    before.author.id === message.author.id &&
    before.private === message.private &&
    Date.parse(message.created_at) - Date.parse(before.created_at) < TOGETHER_MS
  );
}

function dayOf(message: AgentMessage): string {
  return new Date(message.created_at).toDateString();
}
