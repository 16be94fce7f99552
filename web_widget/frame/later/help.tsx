import "./later.css";
import { useEffect, useState } from "preact/hooks";
import type { WayToHelp } from "../../wire/commands.ts";
import { wait } from "../state/figures.ts";
import { sentence, useRoom, well } from "../state/room.ts";
import { t } from "../state/words.ts";
import { back } from "../views/header.tsx";
import { Icon, type IconName } from "../views/icon.tsx";

const AGAIN_MS = 15_000;

/** Every way to get help, with the wait as it is now. */
export default function Help() {
  const room = useRoom();
  const { visit } = room;
  const [ways, setWays] = useState<readonly WayToHelp[]>([]);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    const look = async () => {
      const answer = await visit.link.call("help.ways", {});
      if (answer.ok) setWays(answer.ways);
      // a desk that cannot tell of ways has still a bot and a line
      setProblem(answer.ok || answer.error.code === "unsupported" ? "" : sentence(answer.error));
    };
    void look();
    const again = setInterval(look, AGAIN_MS);
    return () => clearInterval(again);
  }, []);
  const person = async (department?: string) => {
    if (well(room, await visit.askForPerson(department))) back(room);
  };
  const entry = (icon: IconName, title: string, text: string, act: () => void, key: string) => (
    <li key={key}>
      <button type="button" class="entry" onClick={act}>
        <span class="avatar avatar-bot">
          <Icon name={icon} />
        </span>
        <span>
          <b>{title}</b>
          <small>{text}</small>
        </span>
      </button>
    </li>
  );
  const chats = ways.filter((way) => way.kind === "chat");
  const told = ({ open, wait_s }: WayToHelp) => {
    if (!open) return t("help.closed");
    return wait_s ? t("help.wait", { range: wait(wait_s) ?? t("wait.soon") }) : t("help.open");
  };
  return (
    <>
      <h2>{t("help.title")}</h2>
      {problem && (
        <p class="note" role="alert">
          {problem}
        </p>
      )}
      <ul class="list" aria-live="polite">
        {visit.welcome.value?.inbox.bot !== false &&
          entry("bot", t("help.bot"), t("help.bot_text"), () => back(room), "bot")}
        {chats.map((way, place) =>
          entry(
            "person",
            way.team ? t("help.team", { team: way.team.name }) : t("help.person"),
            told(way),
            () => void person(way.team?.id),
            way.team?.id ?? `${place}`,
          ),
        )}
        {!chats.length && entry("person", t("help.person"), "", () => void person(), "person")}
      </ul>
    </>
  );
}
