import { useEffect, useState } from "preact/hooks";
import { type ChosenBot, useBots } from "../admin/bots.ts";
import { Card, Page, Told } from "../admin/page.tsx";
import { BotChoice } from "../admin/parts.tsx";
import type { ModelVersion } from "../admin/shapes.ts";
import { get, post } from "../app/http.ts";
import type { ScreenProps } from "../app/screens.ts";
import { may } from "../app/session.ts";
import { t } from "../app/texts.ts";
import { when } from "../app/times.ts";
import { Button, Checkbox, Confirm, Empty, Loading, Problem, toast, trouble, useLoad } from "../app/ui/index.ts";
import { Figures } from "./model-figures.tsx";
import { Progress } from "./progress.tsx";
import { Version } from "./version.tsx";
import "./bot.css";

const LOOK_AGAIN_MS = 1_000;

/** The versions of what the bot has learnt: train, look, publish, go back. */
export default function Models({ query }: ScreenProps) {
  const chosen = useBots("models", query);
  return (
    <Page section="bot" here="models" title={t("bot.models")} lead={t("bot.models_lead")}>
      {chosen.error && <Problem text={chosen.error} retry={chosen.reload} />}
      {!chosen.bot && !chosen.error && <Loading />}
      <BotChoice bots={chosen.bots} chosen={chosen.bot?.id ?? ""} onChoose={chosen.choose} />
      {chosen.bot && <Versions key={chosen.bot.id} botId={chosen.bot.id} chosen={chosen} />}
    </Page>
  );
}

function Versions({ botId, chosen }: { botId: string; chosen: ChosenBot }) {
  const loaded = useLoad<{ models: ModelVersion[] }>("/models", { bot_id: botId, limit: 50 });
  const models = loaded.value?.models ?? [];
  const training = models.find((one) => one.state === "training");
  const live = models.find((one) => one.live);
  const manages = may("models.manage");
  return (
    <>
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!loaded.value && !loaded.error && <Loading />}
      {training && <Watch key={training.id} model={training} onEnd={loaded.reload} />}
      {loaded.value && !training && manages && (
        <Train botId={botId} first={models.length === 0} onBegun={loaded.reload} />
      )}
      {loaded.value && models.length === 0 && (
        <Empty level={2} icon="bulb" title={t("bot.models_none")} text={t("bot.models_none_text")} />
      )}
      {live && (
        <Card
          title={t("bot.live", { number: live.number })}
          actions={
            manages && models.some((one) => !one.live && one.published_at) ? (
              <RollBack botId={botId} onDone={loaded.reload} />
            ) : null
          }
        >
          <Figures model={live} chosen={chosen} />
        </Card>
      )}
      {models.length > 0 && (
        <Card title={t("bot.versions")}>
          <ul class="rows">
            {models.map((one) => (
              <Version
                key={one.id}
                model={one}
                live={live}
                chosen={chosen}
                manages={manages}
                onChanged={loaded.reload}
              />
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function Train({ botId, first, onBegun }: { botId: string; first: boolean; onBegun: () => void }) {
  const [publish, setPublish] = useState(first);
  const [busy, setBusy] = useState(false);
  const train = async () => {
    setBusy(true);
    try {
      await post<ModelVersion>("/models", { bot_id: botId, publish }, { timeoutMs: 60_000 });
      onBegun();
    } catch (error) {
      trouble(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title={t("bot.train")} text={t("bot.train_text")}>
      <Checkbox
        label={t("bot.train_publish")}
        hint={t("bot.train_publish_hint")}
        checked={publish}
        onChange={setPublish}
      />
      <div>
        <Button kind="primary" busy={busy} onClick={() => void train()}>
          {t("bot.train_go")}
        </Button>
      </div>
    </Card>
  );
}

/** A training as it goes on. */
function Watch({ model, onEnd }: { model: ModelVersion; onEnd: () => void }) {
  const [now, setNow] = useState(model);
  const [lost, setLost] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      try {
        const found = await get<ModelVersion>(`/models/${model.id}`, undefined, stop.signal);
        setLost(false);
        setNow(found);
        if (found.state !== "training") {
          toast({
            text: t(found.state === "ready" ? "bot.trained" : "bot.train_failed", { number: found.number }),
            tone: found.state === "ready" ? "good" : "bad",
          });
          onEnd();
          return;
        }
      } catch {
        if (stop.signal.aborted) return;
        setLost(true);
      }
      timer = setTimeout(() => void look(), LOOK_AGAIN_MS);
    };
    timer = setTimeout(() => void look(), LOOK_AGAIN_MS);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [model.id]);
  return (
    <Card title={t("bot.training", { number: now.number })}>
      <Progress model={now} />
      <p class="hint">{t("bot.training_text", { when: when(now.created_at) })}</p>
      {lost && (
        <Told tone="amber">
          <p>{t("bot.training_lost")}</p>
        </Told>
      )}
    </Card>
  );
}

function RollBack({ botId, onDone }: { botId: string; onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const back = async () => {
    setBusy(true);
    try {
      const now = await post<ModelVersion>("/models/roll_back", { bot_id: botId });
      toast({ text: t("bot.rolled_back", { number: now.number }), tone: "good" });
      setAsking(false);
      onDone();
    } catch (error) {
      trouble(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button size="s" onClick={() => setAsking(true)}>
        {t("bot.roll_back")}
      </Button>
      {asking && (
        <Confirm
          title={t("bot.roll_back")}
          text={t("bot.roll_back_text")}
          action={t("bot.roll_back")}
          busy={busy}
          onConfirm={() => void back()}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
