import type { ChosenBot } from "../admin/bots.ts";
import { useAll } from "../admin/pages.ts";
import type { Intent, ModelVersion } from "../admin/shapes.ts";
import { locale, t } from "../app/texts.ts";
import { size } from "../app/times.ts";
import { Link } from "../app/ui/index.ts";
import { Figure } from "../figures/figure.tsx";
import { percent } from "./percent.ts";

interface Weak {
  intent: string;
  accuracy?: number;
  f1?: number;
  recall?: number;
  confused_with?: string | null;
}

const number = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);

/** The share of held-out examples that it got right; null where it was not measured. */
export function accuracy(model: ModelVersion): number | null {
  return number(model.figures.accuracy) ?? number(model.figures.cross_validated_accuracy);
}

/** How good a version is, as far as its training measured it. */
export function Figures({ model, chosen }: { model: ModelVersion; chosen: ChosenBot }) {
  const { figures } = model;
  const right = accuracy(model);
  const off = number(figures.calibration_error) ?? number(figures.cross_validated_calibration_error);
  const examples = number(figures.n_examples);
  const bytes = number(figures.size_bytes);
  const weak = (figures.weakest_intents ?? figures.weakest ?? []) as Weak[];
  const intents = useAll<Intent>(weak.length > 0 ? "/intents" : null, "intents", { bot_id: model.bot_id });
  const ids = new Map((intents.rows ?? []).map((one) => [one.name, one.id]));
  return (
    <div class="a-stack">
      <dl class="figure-row">
        <Figure
          name={t("bot.accuracy")}
          value={right === null ? "-" : percent(right)}
          definition={t("bot.accuracy_def")}
        />
        <Figure
          name={t("bot.calibration")}
          value={off === null ? "-" : percent(off)}
          definition={t("bot.calibration_def")}
        />
        {examples !== null && (
          <Figure
            name={t("bot.examples")}
            value={new Intl.NumberFormat(locale.value).format(examples)}
            definition={t("bot.examples_def")}
          />
        )}
        {bytes !== null && <Figure name={t("bot.size")} value={size(bytes)} definition={t("bot.size_def")} />}
      </dl>
      {Array.isArray(weak) && weak.length > 0 && (
        <div class="a-stack tight">
          <h3>{t("bot.weakest")}</h3>
          <p class="hint">{t("bot.weakest_text")}</p>
          <ul class="rows weak">
            {weak.map((one) => (
              <li key={one.intent}>
                <span class="grow">
                  {ids.has(one.intent) ? (
                    <Link to={chosen.to(`intents/${ids.get(one.intent)}`)}>{one.intent}</Link>
                  ) : (
                    <code>{one.intent}</code>
                  )}
                  {one.confused_with && (
                    <span class="soft small"> {t("bot.confused", { intent: one.confused_with })}</span>
                  )}
                </span>
                <span>{percent(one.accuracy ?? one.f1 ?? one.recall ?? 0)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
