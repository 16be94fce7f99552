import { Takeaway } from "../admin/parts.tsx";
import type { Access } from "../admin/shapes.ts";
import { t } from "../app/texts.ts";

/** Secrets of an `api` inbox, which are never shown again. */
export function AccessShown({ access }: { access: Access }) {
  return (
    <div class="a-stack">
      <p class="notice amber">{t("inboxes.access_note")}</p>
      <Takeaway label={t("inboxes.access_token")} text={access.token} hint={t("inboxes.access_token_hint")} />
      <Takeaway
        label={t("inboxes.access_secret")}
        text={access.webhook_secret}
        hint={t("inboxes.access_secret_hint")}
      />
    </div>
  );
}
