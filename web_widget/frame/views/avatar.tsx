import { useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

/** A face: the picture, or the first letters of the name; a bot's mark for what is no person. */
export function Avatar({ kind, name, picture }: { kind: string; name?: string; picture?: string | null }) {
  const [broken, setBroken] = useState("");
  if (picture && broken !== picture) {
    return <img class="avatar" src={picture} alt="" onError={() => setBroken(picture)} />;
  }
  const person = kind === "agent";
  const letters = person && name ? [...name.trim()][0] : "";
  return (
    <span class={`avatar avatar-${person ? "person" : "bot"}`} aria-hidden="true">
      {letters || <Icon name={person ? "person" : "bot"} />}
    </span>
  );
}
