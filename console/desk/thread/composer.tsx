import { useEffect, useRef, useState } from "preact/hooks";
import type { AgentConversation } from "../../../web_widget/wire/types.ts";
import { t } from "../../app/texts.ts";
import { Button, Icon, IconButton } from "../../app/ui/index.ts";
import { isMac, MOD } from "../keys.ts";
import type { Desk } from "../state/desk.ts";
import { Canned, type CannedReply, useCanned } from "./canned.tsx";
import { editing } from "./editing.ts";
import { isMine } from "./head.tsx";
import { sendEdit } from "./mending.ts";
import { Uploads, useUploads } from "./uploads.tsx";

const TYPING_EVERY_MS = 3_000;
const LONGEST = 10_000;
const NAME_LETTERS = 22;
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

/** Where replies and notes are written. Drafts stay with their conversation. */
export function Composer({ here, conversation }: { here: Desk; conversation: AgentConversation }) {
  const { id } = conversation;
  const draft = here.drafts.of(id).value;
  const mine = conversation.status === "assigned" && isMine(conversation);
  const edited = editing.now.value?.conversation_id === id ? editing.now.value : null;
  const mode = mine ? draft.mode : "note";
  const text = edited ? edited.text : mode === "note" ? draft.note : draft.text;
  const area = useRef<HTMLTextAreaElement>(null);
  const uploads = useUploads(here, id);
  const typed = useTyping(here, id);
  const canned = useCanned(edited ? "" : text, area);
  useGrowing(area, text);
  useEffect(() => {
    if (edited) area.current?.focus();
  }, [edited?.id]);
  const change = (value: string) => {
    if (edited) editing.change(value);
    else here.drafts.change(id, mode === "note" ? { note: value } : { text: value });
    if (mode === "reply" && !edited) typed(value !== "");
  };
  const send = () => {
    if (edited) return void sendEdit(here, edited);
    const said = text.trim();
    if ((!said && draft.files.length === 0) || uploads.busy || said.length > LONGEST) return;
    const payload = { text: said, files: draft.files, private: mode === "note", epoch: conversation.epoch };
    if (here.sending.send(id, payload)) here.drafts.change(id, { [mode === "note" ? "note" : "text"]: "", files: [] });
    typed(false);
    area.current?.focus();
  };
  const insert = (reply: CannedReply) => {
    change(reply.text);
    canned.close();
    area.current?.focus();
  };
  const keyed = (event: KeyboardEvent) => {
    if (canned.keyed(event, insert) || event.isComposing) return;
    if (event.key === "Enter" && (isMac ? event.metaKey : event.ctrlKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      if (edited) editing.end();
      else area.current?.blur();
    }
  };
  const name = short(conversation.contact.name || t("desk.visitor"));
  const placeholder = t(mode === "note" ? "desk.write_note" : "desk.write_reply", { name });
  return (
    <div class={`composer ${edited ? "" : mode}`} {...uploads.drop}>
      {!mine && !edited && <Taking conversation={conversation} />}
      {canned.found && <Canned found={canned.found} chosen={canned.chosen} onChoose={insert} />}
      <div class="composer-box">
        <textarea
          ref={area}
          class="composer-text"
          data-composer
          dir="auto"
          rows={1}
          aria-label={edited ? t("desk.mend") : placeholder}
          placeholder={placeholder}
          value={text}
          aria-controls={canned.found ? "canned" : undefined}
          aria-activedescendant={canned.found?.[canned.chosen] ? `canned-${canned.chosen}` : undefined}
          onInput={(event) => change(event.currentTarget.value)}
          onKeyDown={keyed}
          onPaste={uploads.paste}
        />
        <Uploads here={here} id={id} uploads={uploads} />
        <div class="composer-foot">
          {!edited && (
            <fieldset class="modes">
              <legend class="only-heard">{t("desk.modes")}</legend>
              <button
                type="button"
                disabled={!mine}
                aria-pressed={mode === "reply"}
                onClick={() => here.drafts.change(id, { mode: "reply" })}
              >
                {t("desk.mode_reply")}
              </button>
              <button
                type="button"
                aria-pressed={mode === "note"}
                onClick={() => here.drafts.change(id, { mode: "note" })}
              >
                <Icon name="note" size={16} />
                {t("desk.mode_note")}
              </button>
            </fieldset>
          )}
          <IconButton icon="attach" label={t("desk.attach")} disabled={Boolean(edited)} onClick={uploads.pick} />
          {text.length > LONGEST - 500 && (
            <span class={text.length > LONGEST ? "error" : "soft small"}>
              {t("desk.letters_left", { count: LONGEST - text.length })}
            </span>
          )}
          <span class="composer-hint">{t("desk.send_hint", { mod: MOD })}</span>
          {edited && <Button onClick={() => editing.end()}>{t("app.cancel")}</Button>}
          <Button
            kind="primary"
            icon={edited ? "pen" : "send"}
            busy={uploads.busy}
            onClick={send}
            aria-keyshortcuts="Control+Enter"
          >
            {edited ? (
              t("desk.mend_send")
            ) : mode === "note" ? (
              t("desk.note_send")
            ) : (
              <>
                <span class="on-wide">{t("desk.send_to", { name })}</span>
                <span class="on-phone">{t("desk.send")}</span>
              </>
            )}
          </Button>
        </div>
      </div>
    </div>
  );
}

/** A name for a button and a field that it must not fill. */
function short(name: string): string {
  return name.length > NAME_LETTERS ? `${name.slice(0, NAME_LETTERS - 1).trimEnd()}…` : name;
}

/** Whose it is; notes may be written anyhow. */
function Taking({ conversation }: { conversation: AgentConversation }) {
  const { status } = conversation;
  const agent = conversation.assignee?.name ?? t("desk.a_colleague");
  return (
    <div class="taking">
      <p>{t(`desk.taking_${status}`, { agent })}</p>
    </div>
  );
}

function useGrowing(area: { current: HTMLTextAreaElement | null }, text: string): void {
  useEffect(() => {
    const box = area.current;
    // where the browser does it by itself (field-sizing), nothing has to be measured at each key
    if (!box || GROWS_BY_ITSELF) return;
    box.style.blockSize = "auto";
    box.style.blockSize = `${Math.min(box.scrollHeight, 240)}px`;
  }, [text]);
}

/** Tell the visitor that we type, at most every 3 s, and when we stopped. */
function useTyping(here: Desk, id: string): (on: boolean) => void {
  const told = useRef(0);
  const [, set] = useState(id);
  useEffect(() => {
    set(id);
    told.current = 0;
  }, [id]);
  return (on) => {
    const now = Date.now();
    if (on ? now - told.current < TYPING_EVERY_MS : told.current === 0) return;
    told.current = on ? now : 0;
    void here.link.call("typing", { conversation_id: id, on });
  };
}
