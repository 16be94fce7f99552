import { useEffect, useState } from "preact/hooks";
import type { Attachment } from "../../../web_widget/wire/types.ts";
import { get } from "../../app/http.ts";
import { t } from "../../app/texts.ts";
import { size } from "../../app/times.ts";
import { Icon, trouble } from "../../app/ui/index.ts";

const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];

interface Opened {
  url: string;
  expires_at: string;
}

/** Addresses are signed for a quarter of an hour: kept until shortly before. */
const addresses = new Map<string, Promise<Opened>>();

async function address(id: string): Promise<string> {
  const known = await addresses.get(id)?.catch(() => null);
  if (known && Date.parse(known.expires_at) > Date.now() + 60_000) return known.url;
  const asked = get<Opened>(`/attachments/${id}`);
  addresses.set(id, asked);
  return (await asked).url;
}

export function Files({ files }: { files: readonly Attachment[] }) {
  return (
    <ul class="files">
      {files.map((one) => (
        <li key={one.id}>{SHOWN.includes(one.type) ? <Picture file={one} /> : <Plain file={one} />}</li>
      ))}
    </ul>
  );
}

function Picture({ file }: { file: Attachment }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    address(file.id).then(
      (found) => wanted && setUrl(found),
      () => {},
    );
    return () => {
      wanted = false;
    };
  }, [file.id]);
  const ratio = file.width && file.height ? { aspectRatio: `${file.width} / ${file.height}` } : {};
  return (
    <button type="button" class="picture" style={ratio} title={file.name} onClick={() => void open(file)}>
      {url ? <img src={url} alt={file.name} /> : <Icon name="file" />}
    </button>
  );
}

function Plain({ file }: { file: Attachment }) {
  return (
    <button type="button" class="file" onClick={() => void open(file)}>
      <Icon name="file" />
      <span class="file-name" dir="auto">
        {file.name}
      </span>
      <small>{size(file.size_bytes)}</small>
      <span class="only-heard">{t("desk.download")}</span>
    </button>
  );
}

async function open(file: Attachment): Promise<void> {
  try {
    const link = document.createElement("a");
    link.href = await address(file.id);
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.click();
  } catch (error) {
    trouble(error);
  }
}
