import { useState } from "preact/hooks";
import type { ChosenBot } from "../admin/bots.ts";
import { useForm, useSending } from "../admin/form.ts";
import { Card, Page, Told } from "../admin/page.tsx";
import { useAll } from "../admin/pages.ts";
import { SaveBar } from "../admin/parts.tsx";
import type { Example, Intent, Overlap } from "../admin/shapes.ts";
import { del, patch, post } from "../app/http.ts";
import { go } from "../app/router.ts";
import { may } from "../app/session.ts";
import { has, t } from "../app/texts.ts";
import { when } from "../app/times.ts";
import {
  Button,
  Checkbox,
  Confirm,
  Empty,
  IconButton,
  Link,
  Loading,
  Problem,
  TextArea,
  TextField,
  toast,
  trouble,
  useLoad,
} from "../app/ui/index.ts";
import { FEW_EXAMPLES } from "./intents.screen.tsx";
import { Overlaps } from "./overlap-list.tsx";

/** One intent: what visitors read of it, what follows, and its examples. */
export function IntentPage({ id, chosen }: { id: string; chosen: ChosenBot }) {
  const loaded = useLoad<Intent>(`/intents/${id}`);
  const intent = loaded.value;
  return (
    <Page
      section="knowledge"
      here="intents"
      title={intent?.title ?? t("knowledge.intents")}
      back={{ to: chosen.to("intents"), label: t("knowledge.back_intents") }}
    >
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!intent && !loaded.error && <Loading />}
      {intent && (
        <>
          <Edit
            intent={intent}
            etag={loaded.etag}
            onSaved={(value, etag) => loaded.set(value, etag)}
            onReload={loaded.reload}
          />
          <Examples intent={intent} chosen={chosen} />
          {may("knowledge.manage") && <Archive intent={intent} chosen={chosen} />}
        </>
      )}
    </Page>
  );
}

interface EditProps {
  intent: Intent;
  etag: string | null;
  onSaved: (value: Intent, etag: string | null) => void;
  onReload: () => void;
}

function Edit({ intent, etag, onSaved, onReload }: EditProps) {
  const { title, answer, category } = intent;
  const form = useForm<{ title: string; answer: string | null; category: string | null }>({
    value: { title, answer, category },
    etag,
    taken: (given, tag) => onSaved(given as Intent, tag),
  });
  const { value } = form;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void form.save((tag) => patch<Intent>(`/intents/${intent.id}`, form.changes, tag), t("knowledge.saved"));
      }}
    >
      <fieldset class="plain-set" disabled={!may("knowledge.manage")}>
        <Card>
          <TextField
            label={t("knowledge.intent_title")}
            hint={t("knowledge.intent_title_hint")}
            required
            maxLength={200}
            error={form.error("title")}
            value={value.title}
            onInput={(next) => form.set({ title: next })}
          />
          <Checkbox
            label={t("knowledge.intent_hand_over")}
            hint={t("knowledge.intent_hand_over_hint")}
            checked={value.answer === null}
            onChange={(on) => form.set({ answer: on ? null : (answer ?? "") })}
          />
          {value.answer !== null && (
            <TextArea
              label={t("knowledge.intent_answer")}
              hint={t("knowledge.answer_hint")}
              rows={5}
              required
              error={form.error("answer")}
              value={value.answer}
              onInput={(next) => form.set({ answer: next })}
            />
          )}
          <TextField
            label={t("knowledge.category_optional")}
            hint={t("knowledge.intent_category_hint")}
            maxLength={200}
            error={form.error("category")}
            value={value.category ?? ""}
            onInput={(next) => form.set({ category: next || null })}
          />
          <p class="hint">
            {t("knowledge.intent_name")} <code>{intent.name}</code>
          </p>
          <SaveBar form={form} onSave={() => {}} onReload={onReload} />
        </Card>
      </fieldset>
    </form>
  );
}

function Examples({ intent, chosen }: { intent: Intent; chosen: ChosenBot }) {
  const path = `/intents/${intent.id}/examples`;
  const listed = useAll<Example>(path, "examples");
  const [text, setText] = useState("");
  const [warnings, setWarnings] = useState<Overlap[]>([]);
  const [changed, setChanged] = useState(false);
  const sending = useSending();
  const add = async (event: Event) => {
    event.preventDefault();
    const texts = [...new Set(text.split(/\r?\n/).map((one) => one.trim()))].filter(Boolean);
    if (texts.length === 0) return;
    const made = await sending.run(() => post<{ examples: Example[]; overlaps?: Overlap[] }>(path, { texts }));
    if (!made) return;
    listed.change((rows) => [...made.examples, ...rows]);
    setWarnings(made.overlaps ?? []);
    setText("");
    setChanged(true);
    const passed = texts.length - made.examples.length;
    toast({
      text:
        t("knowledge.examples_added", { count: made.examples.length }) +
        (passed > 0 ? ` ${t("knowledge.examples_passed", { count: passed })}` : ""),
      tone: "good",
    });
  };
  const remove = async (one: Example) => {
    try {
      await del(`${path}/${one.id}`);
      listed.change((rows) => rows.filter((other) => other.id !== one.id));
      setChanged(true);
      toast({
        text: t("knowledge.example_removed"),
        undo: async () => {
          const back = await post<{ examples: Example[] }>(path, { texts: [one.text] });
          listed.change((rows) => [...back.examples, ...rows]);
        },
      });
    } catch (error) {
      trouble(error);
    }
  };
  const writes = may("knowledge.manage");
  const refused = sending.error("texts") ?? sending.rest();
  return (
    <Card title={t("knowledge.examples")} text={t("knowledge.examples_text")}>
      {writes && (
        <form class="a-stack tight" onSubmit={add}>
          <TextArea
            label={t("knowledge.examples_add")}
            hint={t("knowledge.examples_add_hint")}
            rows={3}
            error={refused}
            value={text}
            onInput={setText}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void add(event);
            }}
          />
          <div>
            <Button type="submit" busy={sending.busy} disabled={!text.trim()}>
              {t("knowledge.examples_add_go")}
            </Button>
          </div>
        </form>
      )}
      {changed && (
        <Told tone="plain">
          <p>
            {t("knowledge.after_training")} <Link to={chosen.to("models")}>{t("knowledge.to_training")}</Link>
          </p>
        </Told>
      )}
      {warnings.length > 0 && <Overlaps items={warnings} title={t("knowledge.warned")} chosen={chosen} />}
      {listed.rows && listed.rows.length < FEW_EXAMPLES && (
        <p class="notice amber small">
          {t("knowledge.examples_nudge", { missing: FEW_EXAMPLES - listed.rows.length })}
        </p>
      )}
      {listed.error && <Problem text={listed.error} retry={listed.reload} />}
      {listed.rows?.length === 0 && <Empty title={t("knowledge.examples_none")} />}
      {listed.rows && listed.rows.length > 0 && (
        <ul class="rows examples">
          {listed.rows.map((one) => (
            <li key={one.id}>
              <span class="grow" dir="auto">
                {one.text}
              </span>
              <span class="soft small">
                {source(one.source)}, {when(one.created_at)}
              </span>
              {writes && (
                <IconButton
                  icon="close"
                  size="s"
                  label={t("admin.remove", { what: one.text })}
                  onClick={() => void remove(one)}
                />
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function source(name: string): string {
  const key = `knowledge.source_${name.split(":")[0]}`;
  return has(key) ? t(key) : t("knowledge.source_written");
}

function Archive({ intent, chosen }: { intent: Intent; chosen: ChosenBot }) {
  const [asking, setAsking] = useState(false);
  const archive = async () => {
    try {
      await del(`/intents/${intent.id}`);
      toast({ text: t("knowledge.intent_archived", { title: intent.title }) });
      go(chosen.to("intents"));
    } catch (error) {
      setAsking(false);
      trouble(error);
    }
  };
  return (
    <div>
      <Button kind="danger" onClick={() => setAsking(true)}>
        {t("knowledge.intent_archive")}
      </Button>
      {asking && (
        <Confirm
          title={t("knowledge.intent_archive_title", { title: intent.title })}
          text={t("knowledge.intent_archive_text")}
          action={t("knowledge.intent_archive")}
          danger
          onConfirm={() => void archive()}
          onClose={() => setAsking(false)}
        />
      )}
    </div>
  );
}
