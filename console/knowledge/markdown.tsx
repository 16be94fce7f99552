import { useEffect, useRef, useState } from "preact/hooks";
import type { TextNode } from "../../web_widget/wire/types.ts";
import { Nodes } from "../admin/nodes.tsx";
import { Card } from "../admin/page.tsx";
import { isRefusal, post, sentence, upload } from "../app/http.ts";
import { t } from "../app/texts.ts";
import { Button, TextArea, toast } from "../app/ui/index.ts";

const PAUSE_MS = 350;
const ANSWER_MOST = 20_000;
const IMAGE_TYPES = "image/png,image/jpeg,image/gif,image/webp";

interface Props {
  label: string;
  error: string | null;
  value: string;
  onInput: (value: string) => void;
}

/** Markdown with how it will read beside it, and images by button, paste or drop. */
export function Markdown({ label, error, value, onInput }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [share, setShare] = useState<number | null>(null);
  const latest = useRef(value);
  latest.current = value;

  const put = (text: string) => {
    const at = area.current?.selectionStart ?? latest.current.length;
    const to = area.current?.selectionEnd ?? at;
    onInput(latest.current.slice(0, at) + text + latest.current.slice(to));
  };
  const around = (before: string, after: string, example: string) => {
    const at = area.current?.selectionStart ?? value.length;
    const to = area.current?.selectionEnd ?? at;
    put(`${before}${value.slice(at, to) || example}${after}`);
    area.current?.focus();
  };
  const add = async (files: FileList | null | undefined) => {
    const images = [...(files ?? [])].filter((one) => one.type.startsWith("image/"));
    for (const image of images) {
      const form = new FormData();
      form.set("file", image);
      setShare(0);
      try {
        const made = await upload<{ url: string }>("/articles/images", form, setShare);
        put(`\n![${image.name.replace(/\.[^.]*$/, "").replace(/[[\]]/g, "")}](${made.url})\n`);
      } catch (reason) {
        toast({ text: isRefusal(reason, "not_found") ? t("admin.not_yet") : sentence(reason), tone: "bad" });
      } finally {
        setShare(null);
      }
    }
    return images.length > 0;
  };

  return (
    <Card>
      <div class="markdown">
        <div class="a-stack tight">
          <TextArea
            label={label}
            hint={t("knowledge.answer_hint")}
            rows={12}
            required
            maxLength={ANSWER_MOST}
            error={error}
            areaRef={area}
            value={value}
            onInput={onInput}
            onPaste={(event) => {
              if (![...(event.clipboardData?.files ?? [])].some((one) => one.type.startsWith("image/"))) return;
              event.preventDefault();
              void add(event.clipboardData?.files);
            }}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              if (!event.dataTransfer?.files.length) return;
              event.preventDefault();
              void add(event.dataTransfer.files);
            }}
          />
          <div class="a-line">
            <Button size="s" onClick={() => around("**", "**", t("knowledge.md_bold_example"))}>
              {t("knowledge.md_bold")}
            </Button>
            <Button size="s" onClick={() => around("[", "](https://)", t("knowledge.md_link_example"))}>
              {t("knowledge.md_link")}
            </Button>
            <Button size="s" onClick={() => around("\n- ", "\n- ", t("knowledge.md_list_example"))}>
              {t("knowledge.md_list")}
            </Button>
            <Button size="s" icon="attach" busy={share !== null} onClick={() => picker.current?.click()}>
              {share === null
                ? t("knowledge.md_image")
                : t("knowledge.md_image_busy", { share: Math.round(share * 100) })}
            </Button>
            <input
              ref={picker}
              class="only-heard"
              type="file"
              accept={IMAGE_TYPES}
              tabIndex={-1}
              aria-hidden="true"
              onChange={(event) => {
                const field = event.currentTarget;
                void add(field.files).finally(() => {
                  field.value = "";
                });
              }}
            />
          </div>
        </div>
        <Preview text={value} />
      </div>
    </Card>
  );
}

function Preview({ text }: { text: string }) {
  const [nodes, setNodes] = useState<readonly TextNode[]>([]);
  const [wrong, setWrong] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      if (!text.trim()) {
        setNodes([]);
        return;
      }
      post<{ nodes: TextNode[] }>("/articles/preview", { text }, { signal: stop.signal }).then(
        (answer) => {
          setNodes(answer.nodes);
          setWrong(null);
        },
        (reason) =>
          !stop.signal.aborted && setWrong(isRefusal(reason, "not_found") ? t("admin.not_yet") : sentence(reason)),
      );
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  return (
    <section class="markdown-preview" aria-label={t("knowledge.preview")}>
      <h2 class="soft small">{t("knowledge.preview")}</h2>
      {wrong && <p class="hint">{wrong}</p>}
      {nodes.length === 0 && !wrong && <p class="hint">{t("knowledge.preview_empty")}</p>}
      {nodes.length > 0 && (
        <div class="preview-answer prose">
          <Nodes nodes={nodes} />
        </div>
      )}
    </section>
  );
}
