import { wait } from "../state/figures.ts";
import { useRoom } from "../state/room.ts";
import { t } from "../state/words.ts";
import { later, nothing } from "./later.tsx";

const Closing = later(() => import("../later/closing.tsx"), nothing);

/** What holds for the moment, between what was said and what will be: the line, the place in the queue, the end. */
export function Dock() {
  const { visit } = useRoom();
  const state = visit.link.state.value;
  const conversation = visit.conversation.value;
  return (
    <>
      <div class="line" role="status">
        {(state === "offline" || state === "reconnecting" || state === "refused") && (
          <p class={`line-${state}`}>{t(`line.${state}`)}</p>
        )}
      </div>
      {conversation?.status === "waiting" && <Waiting />}
      {conversation?.status === "resolved" && <Closing key={conversation.id} />}
    </>
  );
}

/** Place and likely wait; the numbers change in place. */
function Waiting() {
  const { visit, view } = useRoom();
  const queue = visit.conversation.value?.queue;
  const range = queue?.wait_s ? (wait(queue.wait_s) ?? t("wait.soon")) : t("wait.unknown");
  return (
    <section class="card waiting" aria-label={t("wait.title")}>
      <dl>
        <div>
          <dt>{t("wait.place")}</dt>
          <dd>{queue?.position ?? "–"}</dd>
        </div>
        <div>
          <dt>{t("wait.time")}</dt>
          <dd>{range}</dd>
        </div>
      </dl>
      <p>{t("wait.kept")}</p>
      {!visit.detailsGiven.value && visit.config.start_form && (
        <button
          type="button"
          class="plain"
          onClick={() => {
            view.value = "details";
          }}
        >
          {t("menu.details")}
        </button>
      )}
    </section>
  );
}
