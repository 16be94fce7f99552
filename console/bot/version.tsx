import { useState } from "preact/hooks";
import type { ChosenBot } from "../admin/bots.ts";
import type { ModelVersion } from "../admin/shapes.ts";
import { post } from "../app/http.ts";
import { t } from "../app/texts.ts";
import { when } from "../app/times.ts";
import { Badge, Button, toast, trouble } from "../app/ui/index.ts";
import { accuracy, Figures } from "./model-figures.tsx";
import { percent } from "./percent.ts";

interface Props {
  model: ModelVersion;
  live: ModelVersion | undefined;
  chosen: ChosenBot;
  manages: boolean;
  onChanged: () => void;
}

/** One version in the list, with what may be done with it. */
export function Version({ model, live, chosen, manages, onChanged }: Props) {
  const [busy, setBusy] = useState(false);
  const publish = async (id: string, said: string, undo?: string) => {
    setBusy(true);
    try {
      await post(`/models/${id}/publish`);
      toast({
        text: said,
        tone: "good",
        ...(undo ? { undo: () => publish(undo, t("bot.published_back")) } : {}),
      });
      onChanged();
    } catch (error) {
      trouble(error);
    } finally {
      setBusy(false);
    }
  };
  const right = accuracy(model);
  const before = live ? accuracy(live) : null;
  const better = right !== null && before !== null && !model.live ? right - before : null;
  return (
    <li>
      <span class="grow a-stack none">
        <span class="a-line">
          <strong>{t("bot.version", { number: model.number })}</strong>
          <State model={model} />
        </span>
        <span class="soft small">
          {when(model.created_at)}
          {right !== null && ` · ${t("bot.accuracy_is", { share: percent(right) })}`}
          {better !== null &&
            Math.abs(better) >= 0.001 &&
            ` (${t(better > 0 ? "bot.better" : "bot.worse", { by: percent(Math.abs(better)) })})`}
        </span>
        {model.state === "failed" && (
          <span class="error">{String(model.figures.error ?? t("bot.failed_unknown"))}</span>
        )}
        {model.state === "ready" && !model.live && (
          <details>
            <summary>{t("bot.figures")}</summary>
            <Figures model={model} chosen={chosen} />
          </details>
        )}
      </span>
      {manages && model.state === "ready" && !model.live && (
        <Button
          size="s"
          busy={busy}
          onClick={() => void publish(model.id, t("bot.published", { number: model.number }), live?.id)}
        >
          {t("bot.publish", { number: model.number })}
        </Button>
      )}
    </li>
  );
}

function State({ model }: { model: ModelVersion }) {
  if (model.live) {
    return (
      <Badge tone="green" icon="check">
        {t("bot.is_live")}
      </Badge>
    );
  }
  if (model.state === "failed") return <Badge tone="red">{t("bot.is_failed")}</Badge>;
  if (model.state === "training") return <Badge tone="amber">{t("bot.is_training")}</Badge>;
  return null;
}
