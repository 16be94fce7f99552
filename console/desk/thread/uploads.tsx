import { useEffect, useRef, useState } from "preact/hooks";
import { randomId } from "../../../web_widget/wire/sending.ts";
import type { Attachment } from "../../../web_widget/wire/types.ts";
import { sentence, upload } from "../../app/http.ts";
import { t } from "../../app/texts.ts";
import { size } from "../../app/times.ts";
import { Icon, IconButton, toast } from "../../app/ui/index.ts";
import type { Desk } from "../state/desk.ts";

const LIMIT_BYTES = 25 * 1024 * 1024;
const MOST = 10;

interface Uploading {
  key: string;
  name: string;
  share: number;
  error: string | null;
  stop: () => void;
}

export interface UploadState {
  busy: boolean;
  now: readonly Uploading[];
  pick: () => void;
  paste: (event: ClipboardEvent) => void;
  drop: {
    onDragOver: (event: DragEvent) => void;
    onDrop: (event: DragEvent) => void;
  };
  forget: (key: string) => void;
}

/** Files picked, pasted or dropped: uploaded at once, kept with the draft until sent. */
export function useUploads(here: Desk, id: string): UploadState {
  const [now, setNow] = useState<readonly Uploading[]>([]);
  const of = useRef(id);
  useEffect(() => {
    of.current = id;
    setNow([]);
  }, [id]);
  const change = (key: string, change_: Partial<Uploading> | null) => {
    setNow((before) =>
      change_
        ? before.map((one) => (one.key === key ? { ...one, ...change_ } : one))
        : before.filter((one) => one.key !== key),
    );
  };
  const add = async (file: File) => {
    const draft = here.drafts.of(id);
    if (draft.peek().files.length + now.length >= MOST)
      return void toast({ text: t("desk.too_many_files", { count: MOST }), tone: "bad" });
    if (file.size > LIMIT_BYTES)
      return void toast({ text: t("desk.file_too_large", { name: file.name, limit: size(LIMIT_BYTES) }), tone: "bad" });
    const key = randomId();
    const stop = new AbortController();
    setNow((before) => [...before, { key, name: file.name, share: 0, error: null, stop: () => stop.abort() }]);
    const form = new FormData();
    form.set("file", file, file.name || t("desk.pasted_name"));
    try {
      const done = await upload<Attachment>("/attachments", form, (share) => change(key, { share }), stop.signal);
      here.drafts.change(id, { files: [...draft.peek().files, done] });
      if (of.current === id) change(key, null);
    } catch (error) {
      change(key, stop.signal.aborted ? null : { error: sentence(error) });
    }
  };
  const addAll = (files: Iterable<File> | null | undefined) => {
    for (const file of files ?? []) void add(file);
  };
  return {
    busy: now.some((one) => !one.error),
    now,
    forget: (key) => change(key, null),
    pick: () => {
      const input = document.createElement("input");
      input.type = "file";
      input.multiple = true;
      input.onchange = () => addAll(input.files);
      input.click();
    },
    paste: (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      addAll(files);
    },
    drop: {
      onDragOver: (event) => {
        if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
      },
      onDrop: (event) => {
        if (!event.dataTransfer?.files.length) return;
        event.preventDefault();
        addAll([...event.dataTransfer.files]);
      },
    },
  };
}

export function Uploads({ here, id, uploads }: { here: Desk; id: string; uploads: UploadState }) {
  const draft = here.drafts.of(id).value;
  if (draft.files.length + uploads.now.length === 0) return null;
  const remove = (file: Attachment) =>
    here.drafts.change(id, { files: draft.files.filter((one) => one.id !== file.id) });
  return (
    <ul class="uploads" aria-label={t("desk.files_to_send")}>
      {draft.files.map((one) => (
        <li key={one.id}>
          <Icon name="file" size={16} />
          <span dir="auto">{one.name}</span>
          <small>{size(one.size_bytes)}</small>
          <IconButton
            icon="close"
            size="s"
            label={t("desk.remove_file", { name: one.name })}
            onClick={() => remove(one)}
          />
        </li>
      ))}
      {uploads.now.map((one) => (
        <li key={one.key} class={one.error ? "failed" : undefined}>
          <Icon name={one.error ? "warn" : "file"} size={16} />
          <span dir="auto">{one.name}</span>
          {one.error ? (
            <small class="error">{one.error}</small>
          ) : (
            <progress max={1} value={one.share} aria-label={t("desk.uploading", { name: one.name })} />
          )}
          <IconButton
            icon="close"
            size="s"
            label={t("desk.remove_file", { name: one.name })}
            onClick={() => (one.error ? uploads.forget(one.key) : one.stop())}
          />
        </li>
      ))}
    </ul>
  );
}
