/** What the frame tells its site, and does at the site's word. */

import { effect, untracked } from "@preact/signals";
import type { Room } from "./room.ts";
import { locale, spoken, t } from "./words.ts";

/** Listen and tell until the returned function is called. logout: forget this visitor and begin anew. */
export function announce(room: Room, logout: () => void): () => void {
  const { visit, writing, reading, bridge, full } = room;
  let identity = bridge.site.peek()?.identity ?? 0;
  let page = "";
  let spoke = "";
  let last = { id: "", seq: 0, status: "" };

  bridge.on("logout", logout);
  bridge.on("update", ({ claims }) => void visit.link.call("visitor.update", claims));
  bridge.on("track", ({ name, data }) => void visit.link.call("track", data ? { name, data } : { name }));
  bridge.on("new_message", ({ text }) => {
    visit.startNew();
    room.view.value = "chat";
    if (text) writing.type(text);
    room.toWriting();
  });

  const undo = [
    effect(() => {
      const site = bridge.site.value;
      reading.shown.value = site ? site.open : !bridge.embedded;
      full.value = site?.full ?? false;
      if (!site) return;
      visit.page = site.page;
      if (site.identity !== identity) {
        identity = site.identity;
        untracked(() => visit.link.reopen());
      } else if (page && page !== site.page.url && visit.link.state.peek() === "online") {
        void visit.link.call("visitor.update", { page: site.page });
      }
      page = site.page.url;
    }),
    effect(() => {
      const n = reading.sees.value ? 0 : reading.unread.value;
      const title = t("launcher.name");
      bridge.post({
        type: "state",
        unread: n,
        resume: (visit.conversation.value && visit.status.value !== "resolved") || visit.pending.value.length > 0,
        name: n ? t("launcher.unread", { name: title, n }) : title,
        title,
      });
    }),
    effect(() => {
      if (!spoken.value) return;
      const tag = locale.value;
      if (spoke && spoke !== tag) void visit.link.call("visitor.update", { locale: tag });
      spoke = tag;
    }),
    effect(() => {
      const state = visit.link.state.value;
      if (state !== "connecting") bridge.tell(state === "online" ? "connected" : "disconnected");
    }),
    effect(() => {
      const conversation = visit.conversation.value;
      if (!conversation) return;
      const { id, status, last_seq } = conversation;
      const was = last;
      last = { id, seq: last_seq, status };
      if (id !== was.id) return bridge.tell("conversation", { id });
      if (status !== was.status && status === "resolved") bridge.tell("resolved", { id });
      const newest = visit.thread.peek()?.messages.at(-1);
      if (last_seq > was.seq && newest) bridge.tell("message", { author: newest.author.kind });
    }),
  ];
  return () => {
    for (const one of undo) one();
  };
}
