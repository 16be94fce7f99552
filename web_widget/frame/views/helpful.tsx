import { useState } from "preact/hooks";
import type { Message } from "../../wire/types.ts";
import { useRoom, well } from "../state/room.ts";
import { t } from "../state/words.ts";
import { Icon } from "./icon.tsx";

/** Was this helpful? Below the last of the bot's answers; the last word counts. */
export function Helpful({ message }: { message: Message }) {
  const room = useRoom();
  const { visit, bridge } = room;
  const [said, setSaid] = useState<boolean | null>(null);
  const helpful = said ?? message.rating?.helpful ?? null;
  const rate = (to: boolean) => async () => {
    setSaid(to);
    const answer = await visit.link.call("answer.rate", { message_id: message.id, helpful: to });
    if (!well(room, answer)) setSaid(null);
    else bridge.tell("rated", { helpful: to });
  };
  const thumb = (to: boolean) => (
    <button
      type="button"
      class={`round thumb${to ? "" : " thumb-down"}`}
      aria-label={t(to ? "answer.yes" : "answer.no")}
      aria-pressed={helpful === to}
      onClick={rate(to)}
    >
      <Icon name="up" />
    </button>
  );
  return (
    <div class="helpful">
      <span aria-live="polite">{t(helpful === null ? "answer.helpful" : "answer.thanks")}</span>
      {thumb(true)}
      {thumb(false)}
    </div>
  );
}
