import { useEffect, useState } from "preact/hooks";
import { Page } from "../admin/page.tsx";
import { sentence } from "../app/http.ts";
import { me } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { Icon, Link, Loading, Problem } from "../app/ui/index.ts";
import { ARTICLES_WANTED, type Progress, progress, STEPS, type Step } from "./progress.ts";
import "./start.css";

const LOOK_AGAIN_MS = 10_000;

/** The first hour: what is done, what is next, each with the way there. */
export default function Start() {
  const [found, setFound] = useState<Progress>();
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    const look = () => {
      if (document.hidden) return;
      progress().then(
        (now) => {
          if (!wanted) return;
          setFound(now);
          setError(null);
        },
        (reason) => wanted && setError(sentence(reason)),
      );
    };
    look();
    const timer = setInterval(look, LOOK_AGAIN_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      wanted = false;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);
  const count = found ? STEPS.filter((one) => found.done[one]).length : 0;
  const whole = count === STEPS.length;
  return (
    <Page
      section="settings"
      here="start"
      title={whole ? t("start.hour_done") : t("start.hour_title", { name: (me.value?.name ?? "").split(" ")[0] ?? "" })}
      lead={whole ? t("start.hour_done_text") : t("start.hour_lead")}
    >
      {error && !found && <Problem text={error} />}
      {!found && !error && <Loading />}
      {found && (
        <>
          <div class="hour-head">
            <p>{t("start.hour_count", { done: count, all: STEPS.length })}</p>
            <progress class="meter" max={STEPS.length} value={count} aria-label={t("start.hour_bar")} />
          </div>
          <ol class="steps">
            {STEPS.map((step, index) => (
              <StepRow key={step} step={step} index={index} found={found} />
            ))}
          </ol>
        </>
      )}
    </Page>
  );
}

function StepRow({ step, index, found }: { step: Step; index: number; found: Progress }) {
  const done = found.done[step];
  const next = !done && STEPS.slice(0, index).every((one) => found.done[one]);
  const params = { have: found.articles, wanted: ARTICLES_WANTED };
  return (
    <li class={`step ${done ? "done" : ""} ${next ? "next" : ""}`} aria-current={next ? "step" : undefined}>
      <span class="step-mark" aria-hidden="true">
        {done ? <Icon name="check" size={16} /> : index + 1}
      </span>
      <div>
        <h2>
          {t(`start.step_${step}`)}
          <span class="only-heard">{done ? t("start.step_is_done") : t("start.step_is_open")}</span>
        </h2>
        <p>{t(`start.step_${step}_text`, params)}</p>
      </div>
      <Link class={`button m ${next ? "primary" : "plain"}`} to={way(step, found)}>
        {t(done ? "start.look_again" : `start.step_${step}_go`)}
      </Link>
    </li>
  );
}

function way(step: Step, { inbox }: Progress): string {
  const place = inbox ? `inboxes/${inbox.id}` : "inboxes";
  switch (step) {
    case "company":
      return "company";
    case "words":
      return inbox ? `${place}/words` : place;
    case "inbox":
      return inbox ? `${place}/install` : place;
    case "articles":
      return "knowledge/import";
    case "invite":
      return "people/invite";
    case "answered":
      return "bot";
    case "taken":
      return "desk";
  }
}
