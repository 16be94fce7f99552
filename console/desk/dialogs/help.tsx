import { t } from "../../app/texts.ts";
import { Dialog } from "../../app/ui/index.ts";
import { isMac, MOD } from "../keys.ts";
import { close } from "./dialogs.tsx";

/** Every key of the desk. */
export function Help() {
  const alt = isMac ? "⌥" : "Alt";
  const keys: [string, string[]][] = [
    ["desk.key_accept", [alt, "A"]],
    ["desk.key_decline", [alt, "X"]],
    ["desk.key_next", [alt, "J"]],
    ["desk.key_previous", [alt, "K"]],
    ["desk.key_reply", ["R"]],
    ["desk.key_note", ["N"]],
    ["desk.key_send", [MOD, "Enter"]],
    ["desk.key_canned", ["/"]],
    ["desk.key_resolve", ["E"]],
    ["desk.key_leave", ["Esc"]],
    ["desk.key_palette", [MOD, "K"]],
    ["desk.key_help", ["?"]],
  ];
  return (
    <Dialog title={t("desk.help_title")} onClose={close}>
      <dl class="keys">
        {keys.map(([text, signs]) => (
          <div key={text}>
            <dt>{t(text)}</dt>
            <dd>
              {signs.map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
