import "./later.css";
import { size } from "../state/figures.ts";
import { useRoom } from "../state/room.ts";
import { locale, t } from "../state/words.ts";
import { Icon } from "../views/icon.tsx";
import { remove } from "./upload.ts";

/** The draft's files: what they look like, how far they are, and the way back. */
export default function Uploads() {
  const room = useRoom();
  const percent = new Intl.NumberFormat(locale.value, { style: "percent" });
  return (
    <ul class="uploads">
      {room.writing.files.value.map((one) => {
        const { key, name, size_bytes, share, preview, attachment, error } = one;
        const under = !attachment && !error;
        return (
          <li key={key} class={error ? "upload upload-failed" : "upload"}>
            {preview ? <img src={preview} alt="" /> : <Icon name={error ? "alert" : "file"} />}
            <span class="upload-text">
              <bdi>{error ?? name}</bdi>
              {!error && <small>{under ? percent.format(share) : size(size_bytes)}</small>}
              {under && (
                <progress value={share} aria-label={t("files.uploading", { name, share: percent.format(share) })} />
              )}
            </span>
            <button
              type="button"
              class="round"
              aria-label={t(under ? "files.cancel" : "files.remove", { name })}
              onClick={() => remove(room, one)}
            >
              <Icon name="close" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
