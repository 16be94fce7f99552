import { useRef, useState } from "preact/hooks";
import type { ChosenBot } from "../admin/bots.ts";
import { useSending } from "../admin/form.ts";
import { Card, Page, Told } from "../admin/page.tsx";
import { BotChoice } from "../admin/parts.tsx";
import type { Imported } from "../admin/shapes.ts";
import { post } from "../app/http.ts";
import { t } from "../app/texts.ts";
import { size } from "../app/times.ts";
import { Button, csv, Link, save, Table, TextArea } from "../app/ui/index.ts";

const LIMIT_BYTES = 5_000_000;
const TIMEOUT_MS = 180_000;

type Kind = "articles" | "intents";

const EXAMPLE: Record<Kind, string[][]> = {
  articles: [
    ["question", "answer", "category", "locale", "phrasings"],
    [
      "When will my order come?",
      "Orders take **two to four** working days. The link in your confirmation shows where yours is.",
      "orders",
      "en",
      "where is my parcel|track my order|delivery time",
    ],
  ],
  intents: [
    ["text", "intent", "answer"],
    ["where is my parcel", "order_status", "The link in your confirmation shows where your order is."],
    ["track my order", "order_status", ""],
  ],
};

/** Many at once from a table, with what became of each line. */
export function ImportPage({ kind, chosen }: { kind: Kind; chosen: ChosenBot }) {
  const [file, setFile] = useState<{ name: string; bytes: number; text: string }>();
  const [text, setText] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const [report, setReport] = useState<Imported>();
  const picker = useRef<HTMLInputElement>(null);
  const sending = useSending();
  const home = kind === "articles" ? "knowledge" : "intents";

  const take = async (picked: File | undefined) => {
    setReport(undefined);
    sending.clear();
    setWrong(null);
    if (!picked) return;
    if (picked.size > LIMIT_BYTES) {
      setWrong(t("knowledge.import_large", { most: size(LIMIT_BYTES), has: size(picked.size) }));
      return;
    }
    setFile({ name: picked.name, bytes: picked.size, text: await readable(picked) });
  };
  const begin = async (event: Event) => {
    event.preventDefault();
    const content = file?.text ?? text;
    if (!content.trim()) {
      setWrong(t("knowledge.import_nothing"));
      return;
    }
    setReport(undefined);
    const body = { csv: content, bot_id: chosen.bot?.id };
    setReport(await sending.run(() => post<Imported>(`/${kind}/import`, body, { timeoutMs: TIMEOUT_MS })));
  };
  const refused = sending.error("csv") ?? sending.rest();
  return (
    <Page
      section="knowledge"
      here={home}
      title={t(`knowledge.import_${kind}`)}
      lead={t(`knowledge.import_${kind}_lead`)}
      back={{ to: chosen.to(home), label: t(`knowledge.back_${kind}`) }}
    >
      <form class="a-stack" onSubmit={begin}>
        <Card title={t("knowledge.import_file")}>
          <BotChoice bots={chosen.bots} chosen={chosen.bot?.id ?? ""} onChoose={chosen.choose} />
          {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button is the first */}
          <div
            class="drop"
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              void take(event.dataTransfer?.files[0]);
            }}
          >
            <p>
              {file
                ? t("knowledge.import_have", { name: file.name, size: size(file.bytes) })
                : t("knowledge.import_drop")}
            </p>
            <Button icon="file" onClick={() => picker.current?.click()}>
              {t(file ? "knowledge.import_other" : "knowledge.import_pick")}
            </Button>
            <input
              ref={picker}
              class="only-heard"
              type="file"
              accept=".csv,text/csv,text/plain"
              aria-hidden="true"
              tabIndex={-1}
              onChange={(event) => void take(event.currentTarget.files?.[0])}
            />
          </div>
          {!file && (
            <details>
              <summary>{t("knowledge.import_paste")}</summary>
              <TextArea
                label={t("knowledge.import_text")}
                dir="auto"
                rows={8}
                spellcheck={false}
                value={text}
                onInput={setText}
              />
            </details>
          )}
          {(wrong ?? refused) && (
            <p class="error" role="alert">
              {wrong ?? refused}
            </p>
          )}
          <div class="a-line">
            <Button kind="primary" type="submit" busy={sending.busy} disabled={!file && !text.trim()}>
              {t(sending.busy ? "knowledge.import_busy" : `knowledge.import_${kind}_go`)}
            </Button>
            <Button kind="quiet" icon="download" onClick={() => save(`${kind}-example.csv`, csv(EXAMPLE[kind]))}>
              {t("knowledge.import_example")}
            </Button>
          </div>
        </Card>
        {report && <Report kind={kind} report={report} to={chosen.to(home)} />}
        <Card title={t("knowledge.import_columns")}>
          <dl class="a-facts wide-facts">
            {(EXAMPLE[kind][0] ?? []).map((name) => (
              <div key={name}>
                <dt>
                  <code>{name}</code>
                </dt>
                <dd>{t(`knowledge.column_${kind}_${name}`)}</dd>
              </div>
            ))}
          </dl>
        </Card>
      </form>
    </Page>
  );
}

/** As UTF-8, else as spreadsheets in western Europe save it. */
async function readable(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function Report({ kind, report, to }: { kind: Kind; report: Imported; to: string }) {
  const taken = report.added + report.changed;
  const { problems } = report;
  return (
    <Card title={t("knowledge.report")}>
      <Told
        tone={taken + report.unchanged > 0 ? "green" : "amber"}
        title={t(`knowledge.report_${kind}`, { count: report.added })}
      >
        <p>
          {t("knowledge.report_rest", {
            changed: report.changed,
            unchanged: report.unchanged,
            skipped: report.skipped,
          })}
        </p>
        {taken > 0 && <p>{t(`knowledge.report_${kind}_live`)}</p>}
      </Told>
      {problems.length > 0 && (
        <>
          <h3>{t("knowledge.problems", { count: problems.length + (report.problems_left_off ?? 0) })}</h3>
          <Table
            label={t("knowledge.report")}
            rows={problems}
            keyOf={(one) => `${one.line} ${one.field} ${one.message}`}
            csvName="import-problems"
            columns={[
              {
                key: "line",
                title: t("knowledge.problem_line"),
                text: (one) => one.line,
                draw: (one) => one.line,
                end: true,
              },
              {
                key: "field",
                title: t("knowledge.problem_field"),
                text: (one) => one.field ?? "",
                draw: (one) => (one.field ? <code>{one.field}</code> : ""),
              },
              {
                key: "message",
                title: t("knowledge.problem_what"),
                text: (one) => one.message,
                draw: (one) => one.message,
              },
            ]}
          />
          <p class="hint">{t("knowledge.problems_hint")}</p>
        </>
      )}
      <div class="a-line">
        <Link class="button plain m" to={to}>
          {t(`knowledge.report_${kind}_see`)}
        </Link>
        {kind === "intents" && taken > 0 && (
          <Link class="button primary m" to="models">
            {t("knowledge.to_training")}
          </Link>
        )}
        {kind === "articles" && taken > 0 && (
          <Link class="button primary m" to="bot">
            {t("knowledge.to_try")}
          </Link>
        )}
      </div>
    </Card>
  );
}
