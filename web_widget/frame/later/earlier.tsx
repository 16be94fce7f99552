import "./later.css";
import { useEffect, useState } from "preact/hooks";
import type { Conversation } from "../../wire/types.ts";
import { clock, day } from "../state/figures.ts";
import { sentence, useRoom } from "../state/room.ts";
import { t } from "../state/words.ts";
import { Avatar } from "../views/avatar.tsx";
import { back } from "../views/header.tsx";

/** The visitor's conversations, newest first. */
export default function Earlier() {
  const room = useRoom();
  const { visit } = room;
  const [found, setFound] = useState<readonly Conversation[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const fetch = async (from?: string) => {
    const answer = await visit.link.call("conversations.list", from ? { cursor: from } : {});
    if (!answer.ok) return setProblem(sentence(answer.error));
    setProblem("");
    setFound((before) => [...(from ? (before ?? []) : []), ...answer.conversations]);
    setCursor(answer.cursor);
  };
  const line = visit.link.state.value;
  useEffect(() => {
    if (line === "online" || !found) void fetch();
  }, [line]);
  const open = async (id: string) => {
    if (await visit.show(id)) back(room);
    else setProblem(sentence({ code: "offline" }));
  };
  const begin = () => {
    visit.startNew();
    back(room);
  };
  return (
    <>
      <h2>{t("earlier.title")}</h2>
      {problem && (
        <p class="note" role="alert">
          {problem}
        </p>
      )}
      {found?.length === 0 && <p class="empty">{t("earlier.none")}</p>}
      {!found && !problem && <p class="loading">{t("frame.loading")}</p>}
      <ul class="list">
        {found?.map(({ id, agent, status, reference, created_at, unread }) => (
          <li key={id}>
            <button type="button" class="entry" onClick={() => void open(id)}>
              <Avatar kind={agent ? "agent" : "bot"} name={agent?.name} picture={agent?.avatar_url} />
              <span>
                <b dir="auto">
                  {day(created_at)}, {clock(created_at)}
                </b>
                <small>
                  {t(`status.${status}`)} · <bdi>{reference}</bdi>
                </small>
              </span>
              {unread > 0 && <span class="count">{unread}</span>}
            </button>
          </li>
        ))}
      </ul>
      {cursor && (
        <button type="button" class="pill" onClick={() => void fetch(cursor)}>
          {t("earlier.more")}
        </button>
      )}
      {visit.open.value && (
        <button type="button" class="pill pill-main" onClick={begin}>
          {t("menu.new")}
        </button>
      )}
    </>
  );
}
