import { useEffect, useRef } from "preact/hooks";
import { type Room, RoomContext, type View } from "../state/room.ts";
import { spoken, t } from "../state/words.ts";
import { Composer, PersonRow } from "./composer.tsx";
import { Dock } from "./dock.tsx";
import { back, Header } from "./header.tsx";
import { later } from "./later.tsx";
import { Thread } from "./thread.tsx";

const PANELS = {
  earlier: later(() => import("../later/earlier.tsx")),
  help: later(() => import("../later/help.tsx")),
  details: later(() => import("../later/details.tsx")),
  transcript: later(() => import("../later/transcript.tsx")),
} satisfies Record<Exclude<View, "chat">, unknown>;

export function App({ room }: { room: Room }) {
  const { visit, view, reading, heard, bridge } = room;
  const field = useRef<HTMLTextAreaElement>(null);
  room.toWriting = () => field.current?.focus();
  const shown = reading.shown.value;
  const inside = view.value;
  useEffect(() => {
    if (shown && inside === "chat") field.current?.focus();
  }, [shown, inside, spoken.value]);
  if (!spoken.value) return <Shell />;

  // asked before the first message where the admin wants that, and nowhere else
  const form = visit.config.start_form;
  const first = form?.required && visit.welcome.value && !visit.open.value && !visit.pending.value.length;
  const formDone = visit.detailsGiven.value;
  const now = inside === "chat" && first && !formDone ? "details" : inside;
  const Panel = now === "chat" ? null : PANELS[now];
  return (
    <RoomContext.Provider value={room}>
      <main
        class="frame"
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (inside !== "chat") back(room);
          else bridge.post({ type: "close" });
        }}
      >
        <Header />
        {Panel ? (
          <div class="panel">
            <Panel />
          </div>
        ) : (
          <>
            <Thread />
            <div class="dock">
              <Dock />
              <Composer field={field} />
              <PersonRow />
            </div>
          </>
        )}
        <p class="only-heard" aria-live="polite">
          {heard.value}
        </p>
        <p class="drop-here" aria-hidden="true">
          {t("files.drop")}
        </p>
      </main>
    </RoomContext.Provider>
  );
}

/** Before there are words: the frame itself, so that nothing jumps when they come. */
export function Shell() {
  return (
    <main class="frame" aria-busy="true">
      <div class="head">
        <span class="avatar avatar-bot" />
      </div>
      <div class="thread" />
      <div class="dock">
        <div class="composer">
          <div class="field" />
        </div>
      </div>
    </main>
  );
}
