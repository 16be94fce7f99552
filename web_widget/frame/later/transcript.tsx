import "./later.css";
import { useState } from "preact/hooks";
import { ask, request } from "../state/http.ts";
import { sentence, useRoom } from "../state/room.ts";
import { t } from "../state/words.ts";

/** The conversation to take along: as a file, or by mail. */
export default function Transcript() {
  const { visit } = useRoom();
  const [email, setEmail] = useState("");
  const [told, setTold] = useState("");
  const [problem, setProblem] = useState("");
  const conversation = visit.conversation.value;
  const path = `/conversations/${conversation?.id}/transcript`;
  const say = (said: string, isProblem: boolean) => {
    setTold(isProblem ? "" : said);
    setProblem(isProblem ? said : "");
  };
  const download = (format: "text" | "html") => async () => {
    const answer = await request(visit, `${path}?format=${format}`);
    if (!(answer instanceof Response)) return say(sentence(answer.error), true);
    say("", false);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = `${t("transcript.file", { reference: conversation?.reference ?? "" })}.${format === "text" ? "txt" : "html"}`;
    link.click();
    // long enough for any browser to have begun
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  const mail = async (event: Event) => {
    event.preventDefault();
    const answer = await ask(visit, `${path}/mail`, { email: email.trim() });
    if (answer.ok) return say(t("transcript.mailed", { email: email.trim() }), false);
    say(answer.error.code === "invalid" ? t("form.bad_email") : sentence(answer.error), true);
  };
  return (
    <div class="form">
      <h2>{t("transcript.title")}</h2>
      {problem && (
        <p class="note" role="alert">
          {problem}
        </p>
      )}
      <p class="note note-calm" role="status">
        {told}
      </p>
      <div class="choices">
        <button type="button" class="pill" onClick={download("text")}>
          {t("transcript.text")}
        </button>
        <button type="button" class="pill" onClick={download("html")}>
          {t("transcript.html")}
        </button>
      </div>
      <form class="form" onSubmit={mail}>
        <label>
          <span>{t("transcript.email")}</span>
          <input
            class="text"
            type="email"
            autocomplete="email"
            required
            value={email}
            onInput={({ currentTarget }) => setEmail(currentTarget.value)}
          />
        </label>
        <div class="choices">
          <button type="submit" class="pill pill-main">
            {t("transcript.mail")}
          </button>
        </div>
      </form>
    </div>
  );
}
