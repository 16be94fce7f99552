import { accentTokens } from "../../web_widget/look/accent.ts";
import type { Look } from "../admin/shapes.ts";
import { t } from "../app/texts.ts";
import { theme } from "../app/theme.ts";
import { Icon } from "../app/ui/index.ts";
import { legible } from "./contrast.ts";
import { ACCENT } from "./look-fields.tsx";
import "./company.css";

/** The widget's header, bubbles and launcher as the look makes them. A picture for the eye alone. */
export function LookPreview({ company, look }: { company: string; look: Look }) {
  const accent = look.accent && legible(look.accent) ? look.accent : ACCENT;
  const dark = theme.value === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme.value === "dark";
  return (
    <figure class="preview" style={accentTokens(accent, dark)}>
      <figcaption class="soft small">{t("company.preview")}</figcaption>
      <div class="preview-widget" aria-hidden="true">
        <div class="preview-head">
          <span class="preview-mark">
            {look.logo_url ? ([...company.trim()][0]?.toUpperCase() ?? "?") : <Icon name="bot" size={20} />}
          </span>
          <div>
            <strong dir="auto">{company.trim() || t("company.name")}</strong>
            <span class="soft">{t("company.preview_bot")}</span>
          </div>
        </div>
        <div class="preview-thread">
          <p class="preview-greeting" dir="auto">
            {look.greeting?.trim() || t("company.preview_greeting")}
          </p>
          <p class="preview-bubble own" dir="auto">
            {t("company.preview_question")}
          </p>
          <p class="preview-bubble bot" dir="auto">
            {t("company.preview_answer")}
          </p>
        </div>
        <div class="preview-foot">
          <div class="preview-write">{t("company.preview_write")}</div>
          <span class="preview-person">{t("company.preview_person")}</span>
        </div>
      </div>
      <div class={`preview-launcher ${look.side ?? "end"}`} aria-hidden="true">
        <span>
          <svg viewBox="0 0 20 20" width="24" height="24" class="icon" aria-hidden="true" focusable="false">
            <path d="M3.5 5.5A1.5 1.5 0 0 1 5 4h10a1.5 1.5 0 0 1 1.5 1.5v7A1.5 1.5 0 0 1 15 14H9l-4 3v-3a1.5 1.5 0 0 1-1.5-1.5z" />
          </svg>
        </span>
      </div>
    </figure>
  );
}
