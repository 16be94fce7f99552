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
  // asked before the first message where the admin wants that, and nowhere else
  const isFirst = (visit.welcome.value || !visit.returning.value) && !visit.open.value && !visit.pending.value.length;
  const asks = visit.config.start_form?.required && isFirst && !visit.detailsGiven.value;
  const now = inside === "chat" && asks ? "details" : inside;
  useEffect(() => {
    if (shown && now === "chat") field.current?.focus();
  }, [shown, now, spoken.value]);
  if (!spoken.value) return <Shell />;
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
