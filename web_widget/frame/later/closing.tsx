import "./later.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { useRoom, well } from "../state/room.ts";
import { t } from "../state/words.ts";

const SCORES = [1, 2, 3, 4, 5] as const;
// from turned down to turned up, drawn alike so that no score is pushed
const MOUTHS = [
  "M8 17c1.200-2 2.500-3 4-3s2.800 1 4 3",
  "M8.500 16.500c1-1 2.200-1.500 3.500-1.500s2.500.5 3.500 1.500",
  "M8.500 15.500h7",
  "M8.500 15c1 1 2.200 1.500 3.500 1.500s2.500-.5 3.500-1.500",
  "M8 14c1.200 2 2.500 3 4 3s2.800-1 4-3",
];

type Step = "solved" | "more" | "survey" | "thanks" | "else";

/** The end: is it solved, and how was the help? Writing again opens the conversation anew. */
export default function Closing() {
  const room = useRoom();
  const { visit } = room;
  const id = visit.conversation.value?.id ?? "";
  const { drawer } = visit.options;
  const [step, setStep] = useState<Step>(drawer.get("rated") === id ? "else" : "solved");
  const [score, setScore] = useState<number | null>(null);
  const [comment, setComment] = useState("");
  const { survey } = visit.config;
  const asks = survey === undefined || (typeof survey === "object" ? survey.on !== false : survey);

  const go = (to: Step) => {
    if (to === "else" || to === "thanks") drawer.set("rated", id);
    setStep(to);
    if (to !== "survey") room.toWriting();
  };
  const faces = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (step === "survey") faces.current?.querySelector("input")?.focus();
  }, [step]);
  if (step === "more" || step === "else" || step === "thanks") {
    const said = { more: "solved.more", else: "solved.else", thanks: "survey.thanks" }[step];
    return (
      <p class="note note-calm" role="status">
        {t(said)}
      </p>
    );
  }
  if (step === "solved") {
    return (
      <section class="card closing" aria-label={t("solved.question")}>
        <p>{t("solved.question")}</p>
        <div class="choices">
          <button type="button" class="pill" onClick={() => go(asks ? "survey" : "else")}>
            {t("solved.yes")}
          </button>
          <button type="button" class="pill" onClick={() => go("more")}>
            {t("solved.no")}
          </button>
        </div>
      </section>
    );
  }
  const send = async (event: Event) => {
    event.preventDefault();
    if (score === null) return;
    const said = { conversation_id: id, score, ...(comment.trim() ? { comment: comment.trim() } : {}) };
    if (well(room, await visit.link.call("survey.submit", said))) {
      room.bridge.tell("rated", { score });
      go("thanks");
    }
  };
  return (
    <form class="card closing" onSubmit={send}>
      <fieldset>
        <legend>{t("survey.question")}</legend>
        <div ref={faces} class="faces">
          {SCORES.map((one) => (
            <label key={one}>
              <input type="radio" name="score" value={one} checked={score === one} onChange={() => setScore(one)} />
              <svg class="face" viewBox="0 0 24 24" aria-hidden="true">
                <path d={`M12 22a10 10 0 1 0 0-20 10 10 0 0 0 0 20zM9 9v1.500M15 9v1.500${MOUTHS[one - 1]}`} />
              </svg>
              <span>{t(`survey.${one}`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {score !== null && (
        <input
          class="text"
          type="text"
          dir="auto"
          maxLength={2000}
          aria-label={t("survey.comment")}
          placeholder={t("survey.comment")}
          value={comment}
          onInput={({ currentTarget }) => setComment(currentTarget.value)}
        />
      )}
      <div class="choices">
        {score !== null && (
          <button type="submit" class="pill pill-main">
            {t("survey.send")}
          </button>
        )}
        <button type="button" class="pill" onClick={() => go("else")}>
          {t("survey.skip")}
        </button>
      </div>
    </form>
  );
}
