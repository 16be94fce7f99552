import "./later.css";
import { useEffect, useState } from "preact/hooks";
import type { Attachment } from "../../wire/types.ts";
import { size } from "../state/figures.ts";
import { ask } from "../state/http.ts";
import { useRoom } from "../state/room.ts";
import { t } from "../state/words.ts";
import { Icon } from "../views/icon.tsx";

const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];

interface Opened {
  url: string;
}

/** A message's files: pictures in place, the rest as a line that opens. */
export default function Files({ attachments }: { attachments: readonly Attachment[] }) {
  return (
    <ul class="files">
      {attachments.map((one) => (
        <li key={one.id}>{SHOWN.includes(one.type) ? <Picture file={one} /> : <Line file={one} />}</li>
      ))}
    </ul>
  );
}

function Picture({ file }: { file: Attachment }) {
  const { visit } = useRoom();
  const [url, setUrl] = useState("");
  const [gone, setGone] = useState(false);
  const fetch = async () => {
    const answer = await ask<Opened>(visit, `/attachments/${file.id}`);
    if (answer.ok) setUrl(answer.url);
    else setGone(true);
  };
  useEffect(() => void fetch(), [file.id]);
  if (gone) return <Line file={file} />;
  // its room is kept before it comes, so that nothing jumps
  const ratio = file.width && file.height ? `${file.width} / ${file.height}` : "4 / 3";
  return (
    <button
      type="button"
      class="picture"
      style={{ aspectRatio: ratio }}
      aria-label={t("files.open", { name: file.name })}
      onClick={() => void open(visit, file)}
    >
      {url && <img src={url} alt="" onError={() => setGone(true)} />}
    </button>
  );
}

function Line({ file }: { file: Attachment }) {
  const { visit } = useRoom();
  const [gone, setGone] = useState(false);
  return (
    <button
      type="button"
      class="file"
      aria-label={t("files.open", { name: file.name })}
      disabled={gone}
      onClick={async () => setGone(!(await open(visit, file)))}
    >
      <Icon name="file" />
      <span>
        <bdi>{file.name}</bdi>
        <small>{gone ? t("files.gone") : size(file.size_bytes)}</small>
      </span>
    </button>
  );
}

/** In a window of its own, by an address that ends after 15 minutes: fetched when it is wanted. */
async function open(visit: Parameters<typeof ask>[0], file: Attachment): Promise<boolean> {
  // opened at once, within the press of the button, or the browser would take it for an advertisement
  const opened = window.open("", "_blank");
  const answer = await ask<Opened>(visit, `/attachments/${file.id}`);
  if (!answer.ok) {
    opened?.close();
    return false;
  }
  if (opened) {
    opened.opener = null;
    opened.location.href = new URL(answer.url, location.href).href;
  }
  return true;
}
