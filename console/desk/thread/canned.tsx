import { useEffect, useMemo, useState } from "preact/hooks";
import { get } from "../../app/http.ts";
import { t } from "../../app/texts.ts";
import { Button } from "../../app/ui/index.ts";
import { find } from "../state/find.ts";
import { dialog } from "../state/view.ts";

export interface CannedReply {
  id: string;
  title: string;
  text: string;
  team_id?: string | null;
}

const MOST = 8;
let asked: Promise<readonly CannedReply[]> | null = null;
let askedAt = 0;

/** They were changed: ask again. */
export function forgetCanned(): void {
  asked = null;
}

async function replies(): Promise<readonly CannedReply[]> {
  if (!asked || Date.now() - askedAt > 60_000) {
    askedAt = Date.now();
    asked = get<{ canned_replies: CannedReply[] }>("/canned_replies", { limit: 200 }).then(
      (found) => found.canned_replies,
    );
    asked.catch(() => {
      asked = null;
    });
  }
  return asked;
}

export interface CannedState {
  found: readonly CannedReply[] | null;
  chosen: number;
  close: () => void;
  /** Whether the key was for the list. */
  keyed: (event: KeyboardEvent, insert: (reply: CannedReply) => void) => boolean;
}

/** The replies that a text beginning with / asks for. */
export function useCanned(text: string, area: { current: HTMLTextAreaElement | null }): CannedState {
  const [all, setAll] = useState<readonly CannedReply[] | null>(null);
  const [chosen, setChosen] = useState(0);
  const [closed, setClosed] = useState<string | null>(null);
  const asks = /^\/[^\n]{0,60}$/.test(text) && closed !== text && document.activeElement === area.current;
  useEffect(() => {
    if (!asks) return;
    let wanted = true;
    replies().then(
      (found) => wanted && setAll(found),
      () => wanted && setAll([]),
    );
    return () => {
      wanted = false;
    };
  }, [asks]);
  const found = useMemo(
    () => (asks && all ? find(all, text.slice(1), (one) => `${one.title} ${one.text}`).slice(0, MOST) : null),
    [asks, all, text],
  );
  useEffect(() => setChosen(0), [text]);
  return {
    found,
    chosen,
    close: () => setClosed(text),
    keyed: (event, insert) => {
      if (!found) return false;
      const count = found.length;
      if (event.key === "Escape") setClosed(text);
      else if (count > 0 && event.key === "ArrowDown") setChosen((chosen + 1) % count);
      else if (count > 0 && event.key === "ArrowUp") setChosen((chosen - 1 + count) % count);
      else if (found[chosen] && (event.key === "Enter" || event.key === "Tab") && !event.ctrlKey && !event.metaKey)
        insert(found[chosen]);
      else return false;
      event.preventDefault();
      event.stopPropagation();
      return true;
    },
  };
}

interface CannedProps {
  found: readonly CannedReply[];
  chosen: number;
  onChoose: (reply: CannedReply) => void;
}

export function Canned({ found, chosen, onChoose }: CannedProps) {
  return (
    <div class="canned">
      <div id="canned" role="listbox" aria-label={t("desk.canned")}>
        {found.map((one, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the text field has the focus and its arrow keys choose
          <div
            key={one.id}
            id={`canned-${index}`}
            role="option"
            aria-selected={index === chosen}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => onChoose(one)}
          >
            <b dir="auto">{one.title}</b>
            <span dir="auto">{one.text}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p class="soft small">{t("desk.no_canned")}</p>}
      <Button
        kind="quiet"
        size="s"
        icon="pen"
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => {
          dialog.value = { kind: "canned" };
        }}
      >
        {t("desk.edit_canned")}
      </Button>
    </div>
  );
}
