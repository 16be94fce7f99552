import type { ModelVersion } from "../admin/shapes.ts";
import { has, t } from "../app/texts.ts";
import { percent } from "./percent.ts";

/** How far a training is: its step in words, and a bar where the share is known. */
export function Progress({ model }: { model: ModelVersion }) {
  const { progress } = model;
  const step = progress?.step ?? progress?.stage ?? "reading";
  const counted = progress?.total ? (progress.done ?? 0) / progress.total : null;
  const share = progress?.share ?? counted;
  const key = `bot.step_${step}`;
  const words = has(key) ? t(key) : (progress?.message ?? step);
  return (
    <div class="a-stack tight" role="status">
      <p>
        {words}
        {share !== null && <span class="soft"> {percent(share)}</span>}
      </p>
      <progress class="meter" max={1} value={share ?? undefined} aria-label={words} />
    </div>
  );
}
