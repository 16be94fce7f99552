import type { AgentMessage } from "../../../web_widget/wire/types.ts";
import { may } from "../../app/session.ts";
import { has, locale, t } from "../../app/texts.ts";
import { Button } from "../../app/ui/index.ts";
import { dialog } from "../state/view.ts";

/** Why the bot said what it said, and the way to what it should have said. */
export function Understood({ message }: { message: AgentMessage }) {
  const found = message.understanding;
  if (!found) return null;
  const share = new Intl.NumberFormat(locale.value, { style: "percent" });
  return (
    <div class="understood">
      <dl>
        <dt>{t("desk.decided")}</dt>
        <dd>{worded("desk.decision_", found.decision)}</dd>
        {found.intent && (
          <>
            <dt>{t("desk.topic")}</dt>
            <dd>
              {found.intent} <span class="soft">{share.format(found.confidence)}</span>
            </dd>
          </>
        )}
        {found.alternatives.length > 0 && (
          <>
            <dt>{t("desk.or")}</dt>
            <dd>
              {found.alternatives.slice(0, 3).map((one) => (
                <div key={one.intent}>
                  {one.intent} <span class="soft">{share.format(one.confidence)}</span>
                </div>
              ))}
            </dd>
          </>
        )}
        <dt>{t("desk.because")}</dt>
        <dd>{worded("desk.reason_", found.reason)}</dd>
        {found.model_version && (
          <>
            <dt>{t("desk.model")}</dt>
            <dd class="soft">{found.model_version}</dd>
          </>
        )}
      </dl>
      {may("knowledge.manage") && (
        <Button
          size="s"
          icon="bulb"
          onClick={() => {
            dialog.value = { kind: "correct", messageId: message.id, conversationId: message.conversation_id };
          }}
        >
          {t("desk.should_have")}
        </Button>
      )}
    </div>
  );
}

function worded(prefix: string, key: string): string {
  return has(prefix + key) ? t(prefix + key) : key.replaceAll("_", " ");
}
