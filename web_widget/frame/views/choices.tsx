import { useRef } from "preact/hooks";
import type { Message } from "../../wire/types.ts";
import { useRoom } from "../state/room.ts";
import { t } from "../state/words.ts";

/** What the bot offers to choose from: pills, walked with the arrow keys, "none of these" last. */
export function Choices({ message, picked }: { message: Message; picked: string | null }) {
  const room = useRoom();
  const { visit } = room;
  const list = useRef<HTMLDivElement>(null);
  const { choices = [], none_of_these, none_title } = message.content ?? {};
  const none = { value: "none_of_these", title: none_title ?? t("choices.none") };
  const all = none_of_these ? [...choices, none] : choices;
  const walk = (event: KeyboardEvent) => {
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const back = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const on = back === "ArrowLeft" ? "ArrowRight" : "ArrowLeft";
    const to = { ArrowDown: at + 1, [on]: at + 1, ArrowUp: at - 1, [back]: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    buttons.at(to % buttons.length)?.focus();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as pills everywhere
    <div ref={list} class="choices" role="group" aria-label={t("choices.label")} onKeyDown={walk}>
      {all.map((choice, place) => (
        <button
          key={choice.value}
          type="button"
          class="pill"
          dir="auto"
          tabIndex={place ? -1 : 0}
          aria-pressed={picked === choice.value}
          disabled={picked !== null}
          onClick={() => {
            visit.choose(message, choice);
            room.toWriting();
          }}
        >
          {choice.title}
        </button>
      ))}
    </div>
  );
}
