import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { useRoom, well } from "../state/room.ts";
import { t } from "../state/words.ts";
import { Icon } from "./icon.tsx";
import { later, nothing } from "./later.tsx";

const Uploads = later(() => import("../later/uploads.tsx"), nothing);

/** Where the visitor writes. Enter sends, Shift+Enter breaks the line; files are picked, pasted, dropped or taken. */
export function Composer({ field }: { field: RefObject<HTMLTextAreaElement | null> }) {
  const room = useRoom();
  const { visit, writing } = room;
  const { text, files, ready, tooLong, problem } = writing;
  const picker = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const add = async (list: FileList | readonly File[] | null | undefined) => {
    const chosen = [...(list ?? [])];
    if (chosen.length) (await import("../later/upload.ts")).upload(room, chosen);
  };
  useLayoutEffect(() => {
    const area = field.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [text.value]);
  useDropping(add);

  const send = () => {
    if (writing.send()) field.current?.focus();
  };
  const label = t(visit.status.value === "resolved" ? "write.reopen" : "write.label");
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {files.value.length > 0 && <Uploads />}
      {(tooLong.value > 0 || problem.value) && (
        <p class="note" role="alert">
          {tooLong.value ? t("write.too_long", { n: tooLong.value }) : problem.value}
        </p>
      )}
      <div class="field">
        <textarea
          ref={field}
          rows={1}
          dir={text.value ? "auto" : undefined}
          aria-label={label}
          placeholder={label}
          value={text.value}
          enterkeyhint="send"
          onInput={({ currentTarget }) => writing.type(currentTarget.value)}
          onBlur={() => writing.typing(false)}
          onPaste={(event) => {
            const pasted = event.clipboardData?.files;
            if (!pasted?.length) return;
            event.preventDefault();
            void add(pasted);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <input
          ref={picker}
          type="file"
          accept={visit.config.files.types.join()}
          multiple
          hidden
          onChange={({ currentTarget }) => void add(currentTarget.files).then(() => (currentTarget.value = ""))}
        />
        <input
          ref={camera}
          type="file"
          accept="image/*"
          capture="environment"
          hidden
          onChange={({ currentTarget }) => void add(currentTarget.files).then(() => (currentTarget.value = ""))}
        />
        <button
          type="button"
          class="round only-touch"
          aria-label={t("write.camera")}
          onClick={() => camera.current?.click()}
        >
          <Icon name="camera" />
        </button>
        <button type="button" class="round" aria-label={t("write.attach")} onClick={() => picker.current?.click()}>
          <Icon name="clip" />
        </button>
        <button type="submit" class="round send" aria-label={t("write.send")} aria-disabled={!ready.value}>
          <Icon name="send" flip />
        </button>
      </div>
    </form>
  );
}

/** "Talk to a person", always there and never behind a menu; while the visitor waits, the way back. */
export function PersonRow() {
  const room = useRoom();
  const { visit } = room;
  const status = visit.status.value;
  if (status === "person") return null;
  const waiting = status === "waiting";
  const bot = visit.welcome.value?.inbox.bot !== false;
  const act = async () => {
    well(room, await (waiting ? visit.ask("person.cancel") : visit.askForPerson()));
  };
  return (
    <p class="person">
      <button type="button" class="plain" onClick={act}>
        <Icon name={waiting && bot ? "bot" : "person"} />
        {t(waiting ? (bot ? "person.cancel" : "person.leave") : "person.ask")}
      </button>
    </p>
  );
}

/** Files may be dropped anywhere on the frame. */
function useDropping(add: (files: FileList | undefined) => void): void {
  useEffect(() => {
    const page = document.documentElement;
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      page.dataset.dropping = "";
    };
    const out = (event: DragEvent) => {
      if (!event.relatedTarget) delete page.dataset.dropping;
    };
    const drop = (event: DragEvent) => {
      delete page.dataset.dropping;
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      add(event.dataTransfer.files);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", out);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", out);
      removeEventListener("drop", drop);
    };
  }, []);
}
