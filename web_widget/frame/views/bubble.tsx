import type { Unsent } from "../../wire/sending.ts";
import type { Message } from "../../wire/types.ts";
import { clock } from "../state/figures.ts";
import { botName, sentence, useRoom } from "../state/room.ts";
import type { Line } from "../state/shown.ts";
import type { Own } from "../state/visit.ts";
import { t } from "../state/words.ts";
import { Answer } from "./answer.tsx";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { later, nothing } from "./later.tsx";
import { Text } from "./text.tsx";

const Files = later(() => import("../later/files.tsx"), nothing);

interface SaidProps {
  line: Extract<Line, { type: "said" }>;
  /** It is the visitor's last: says whether it was read. */
  tick: boolean;
  read: boolean;
}

/** A message that the desk has. */
export function Said({ line: { message, first, last }, tick, read }: SaidProps) {
  const { visit } = useRoom();
  const { author, text, attachments, edited_at, erased_at, created_at } = message;
  const own = author.kind === "visitor";
  const name = author.name ?? botName(visit.config);
  return (
    <div class={`row ${own ? "row-me" : "row-them"}${first ? " first" : ""}${last ? " last" : ""}`}>
      {!own && (last ? <Face message={message} /> : <span class="avatar" />)}
      <div class="stack">
        {!own && first && (
          <p class="name">
            <bdi>{name}</bdi>
          </p>
        )}
        {own && <Mine />}
        {erased_at ? (
          <p class="bubble erased">{t("thread.erased")}</p>
        ) : (
          <>
            {text && (
              <div class="bubble" dir="auto">
                {own ? <Text text={text} /> : <Answer message={message} />}
              </div>
            )}
            {attachments && attachments.length > 0 && <Files attachments={attachments} />}
          </>
        )}
        {last && (
          <p class="meta">
            <time dateTime={created_at}>{clock(created_at)}</time>
            {edited_at && <span>{t("thread.edited")}</span>}
            {tick && (
              <span class="tick">
                <Icon name={read ? "read" : "sent"} />
                <span class="only-heard">{t(read ? "thread.read" : "thread.sent")}</span>
              </span>
            )}
          </p>
        )}
      </div>
    </div>
  );
}

/** An own message that the desk has not acknowledged: on its way, waiting, or failed. */
export function Unsaid({ unsent }: { unsent: Unsent<Own> }) {
  const { visit, writing } = useRoom();
  const { client_id, payload, state, error } = unsent;
  const online = visit.link.state.value === "online";
  const failed = state === "failed";
  return (
    <div class="row row-me first last">
      <div class={`stack ${failed ? "failed" : "pending"}`}>
        <Mine />
        {(payload.text || payload.title) && (
          <div class="bubble" dir="auto">
            <Text text={payload.text || payload.title || ""} />
          </div>
        )}
        {payload.attachments && <Files attachments={payload.attachments} />}
        {failed ? (
          <p class="meta" role="alert">
            <Icon name="alert" />
            <span>
              {t("thread.failed")} {error && sentence(error)}
            </span>
            <button type="button" class="plain" onClick={() => visit.sending.again(client_id)}>
              {t("thread.again")}
            </button>
            <button
              type="button"
              class="plain"
              onClick={() => {
                const { text } = visit.sending.discard(client_id)?.payload ?? {};
                if (text && !writing.text.value) writing.type(text);
              }}
            >
              {t("thread.discard")}
            </button>
          </p>
        ) : (
          <p class="meta">
            <Icon name="clock" />
            <span>{t(online ? "thread.sending" : "thread.later")}</span>
          </p>
        )}
      </div>
    </div>
  );
}

/** Whose the bubble is, for those who do not see on which side it stands. */
function Mine() {
  return <span class="only-heard">{t("thread.said", { name: t("who.you"), text: "" })}</span>;
}

function Face({ message: { author } }: { message: Message }) {
  const { visit } = useRoom();
  const agent = visit.conversation.value?.agent;
  const picture =
    author.avatar_url ?? (author.kind === "agent" && agent?.name === author.name ? agent?.avatar_url : null);
  return <Avatar kind={author.kind} name={author.name} picture={picture} />;
}
