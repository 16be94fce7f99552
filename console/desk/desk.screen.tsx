import type { ScreenProps } from "../app/screens.ts";
import { Loading } from "../app/ui/index.ts";
import { useKeys } from "./keys.ts";
import { ListPane } from "./list/pane.tsx";
import "./look/desk.css";
import "./look/list.css";
import "./look/person.css";
import "./look/thread.css";
import "./look/composer.css";
import { PersonPane } from "./person/pane.tsx";
import { type Desk, desk } from "./state/desk.ts";
import { chosenId, dialog, personOpen, walk } from "./state/view.ts";
import { isMine } from "./thread/head.tsx";
import { ThreadPane } from "./thread/pane.tsx";

/** The agents' screen: lists, the conversation, the person. On a phone one of them at a time. */
export default function DeskScreen(_: ScreenProps) {
  const here = desk.value;
  const id = chosenId.value;
  useKeys([
    { code: "KeyJ", alt: true, run: () => walk(1) },
    { code: "KeyK", alt: true, run: () => walk(-1) },
    { code: "KeyE", run: () => here && id && resolve(here, id) },
    { code: "KeyR", run: () => here && id && write(here, id, "reply") },
    { code: "KeyN", run: () => here && id && write(here, id, "note") },
    { sign: "/", run: () => here && id && write(here, id, "reply") },
  ]);
  if (!here) return <Loading />;
  return (
    <div class={`desk ${id ? "reads" : "chooses"} ${personOpen.value ? "with-person" : ""}`}>
      <ListPane />
      <div class="middle">
        <ThreadPane id={id} />
      </div>
      {id && <PersonPane id={id} />}
    </div>
  );
}

function resolve(here: Desk, id: string): void {
  const one = here.threads.held(id)?.thread.peek().conversation;
  if (one && one.status !== "resolved" && isMine(one)) dialog.value = { kind: "resolve", id };
}

function write(here: Desk, id: string, mode: "reply" | "note"): void {
  const one = here.threads.held(id)?.thread.peek().conversation;
  if (!one) return;
  if (isMine(one)) here.drafts.change(id, { mode });
  document.querySelector<HTMLTextAreaElement>("[data-composer]")?.focus();
}
