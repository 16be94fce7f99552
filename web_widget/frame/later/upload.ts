/** Files on their way: checked here for a quick word, and by the desk for good. */

import { randomId } from "../../wire/sending.ts";
import type { Attachment } from "../../wire/types.ts";
import { size } from "../state/figures.ts";
import { errorOf } from "../state/http.ts";
import { type Room, sentence } from "../state/room.ts";
import { t } from "../state/words.ts";
import { FILES_LIMIT, type Upload } from "../state/writing.ts";

const UPLOAD_MS = 300_000;
const SHOWN = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** Begin to upload; each file stands among the draft's at once, with its share or why it will not go. */
export function upload(room: Room, chosen: readonly File[]): void {
  const { writing, visit } = room;
  const space = FILES_LIMIT - writing.files.value.length;
  if (chosen.length > space) writing.problem.value = t("files.too_many", { n: FILES_LIMIT });
  for (const file of chosen.slice(0, space)) {
    const key = randomId();
    const change = (change: Partial<Upload>) => {
      writing.files.value = writing.files.value.map((one) => (one.key === key ? { ...one, ...change } : one));
    };
    const begun: Upload = { key, name: file.name, type: file.type, size_bytes: file.size, share: 0 };
    if (SHOWN.includes(file.type)) begun.preview = URL.createObjectURL(file);
    const limit = visit.config.files.limit_bytes;
    if (file.size > limit) begun.error = t("files.too_large", { name: file.name, limit: size(limit) });
    else if (!file.size) begun.error = t("files.empty", { name: file.name });
    writing.files.value = [...writing.files.value, begun];
    if (!begun.error) change({ cancel: send(room, file, change) });
    else room.heard.value = begun.error;
  }
  room.toWriting();
}

/** Take a file out of the draft, and stop what is under way. */
export function remove(room: Room, { key, cancel, preview }: Upload): void {
  cancel?.();
  if (preview) URL.revokeObjectURL(preview);
  room.writing.files.value = room.writing.files.value.filter((one) => one.key !== key);
  room.toWriting();
}

function send(room: Room, file: File, change: (change: Partial<Upload>) => void): () => void {
  const request = new XMLHttpRequest();
  const failed = (error: string) => {
    room.heard.value = error;
    change({ error });
  };
  request.upload.onprogress = ({ loaded, total }) => change({ share: total ? loaded / total : 0 });
  request.onload = () => {
    const body = read(request.responseText);
    if (request.status < 300 && body) {
      change({ share: 1, attachment: body as Attachment });
      room.heard.value = t("files.ready", { name: file.name });
      return;
    }
    const error = errorOf(body);
    if (error.code === "too_large") {
      return failed(t("files.too_large", { name: file.name, limit: size(room.visit.config.files.limit_bytes) }));
    }
    if (error.code === "invalid" || error.code === "unsupported") return failed(t("files.type", { name: file.name }));
    failed(`${t("files.failed", { name: file.name })} ${sentence(error)}`);
  };
  request.onerror = request.ontimeout = () =>
    failed(`${t("files.failed", { name: file.name })} ${sentence({ code: navigator.onLine ? "timeout" : "offline" })}`);
  request.open("POST", "/api/v1/attachments");
  request.timeout = UPLOAD_MS;
  request.setRequestHeader("Authorization", `Bearer ${room.visit.token}`);
  const form = new FormData();
  form.append("file", file, file.name);
  request.send(form);
  return () => request.abort();
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
