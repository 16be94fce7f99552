import type { AgentConversation } from "../../../web_widget/wire/types.ts";
import { t } from "../../app/texts.ts";
import { Confirm } from "../../app/ui/index.ts";
import { type Desk, desk } from "../state/desk.ts";
import { dialog } from "../state/view.ts";
import { withdraw } from "../thread/mending.ts";
import { Correct } from "./correct.tsx";
import { EndShift } from "./end_shift.tsx";
import { Help } from "./help.tsx";
import { Labels } from "./labels.tsx";
import { Palette } from "./palette.tsx";
import { Replies } from "./replies.tsx";
import { Resolve } from "./resolve.tsx";
import { Snooze } from "./snooze.tsx";
import { Transfer } from "./transfer.tsx";
import { View } from "./view.tsx";

export function close(): void {
  dialog.value = null;
}

export interface OfOne {
  here: Desk;
  conversation: AgentConversation;
}

/** The one dialog that is open. */
export function Dialogs() {
  const here = desk.value;
  const now = dialog.value;
  if (!here || !now) return null;
  switch (now.kind) {
    case "help":
      return <Help />;
    case "palette":
      return <Palette here={here} />;
    case "end_shift":
      return <EndShift here={here} />;
    case "canned":
      return <Replies here={here} />;
    case "view":
      return <View key={now.id} here={here} id={now.id} />;
    case "correct":
      return <Correct here={here} messageId={now.messageId} conversationId={now.conversationId} />;
    case "withdraw":
      return (
        <Confirm
          danger
          title={t("desk.withdraw")}
          text={t("desk.withdraw_text")}
          action={t("desk.withdraw_do")}
          onClose={close}
          onConfirm={() => {
            close();
            void withdraw(here, now.messageId);
          }}
        />
      );
  }
  const conversation = here.threads.held(now.id)?.thread.value.conversation ?? here.rows.get(now.id);
  if (!conversation) return null;
  switch (now.kind) {
    case "resolve":
      return <Resolve here={here} conversation={conversation} />;
    case "snooze":
      return <Snooze here={here} conversation={conversation} />;
    case "labels":
      return <Labels here={here} conversation={conversation} />;
    case "transfer":
      return <Transfer here={here} conversation={conversation} />;
    case "assign":
      return <Transfer here={here} conversation={conversation} assign />;
  }
}
