import { useMemo, useRef, useState } from "preact/hooks";
import { useForm } from "../admin/form.ts";
import { SaveBar } from "../admin/parts.tsx";
import type { Inbox, Word } from "../admin/shapes.ts";
import { patch } from "../app/http.ts";
import { has, t } from "../app/texts.ts";
import {
  Badge,
  Button,
  Checkbox,
  Empty,
  Loading,
  Problem,
  Select,
  TextArea,
  TextField,
  useLoad,
} from "../app/ui/index.ts";
import { LANGUAGES, languageChoices } from "./languages.ts";

interface Words {
  locale: string;
  words: Word[];
}

/** Every sentence of bot, desk and widget, in the company's own words. */
export function Words({ inbox }: { inbox: Inbox }) {
  const [locale, setLocale] = useState<string>(() => spoken(inbox.settings.locale));
  const loaded = useLoad<Words>(`/inboxes/${inbox.id}/words`, { locale });
  const words = loaded.value?.locale === locale ? loaded.value.words : undefined;
  return (
    <div class="a-stack">
      <p class="soft">{t("inboxes.words_text")}</p>
      {loaded.error && <Problem text={loaded.error} retry={loaded.reload} />}
      {!words && !loaded.error && <Loading />}
      {words && (
        <Edit
          key={locale}
          inbox={inbox}
          locale={locale}
          words={words}
          etag={loaded.etag}
          onLocale={setLocale}
          onSaved={(answer, etag) => (isWords(answer) ? loaded.set(answer, etag) : loaded.reload())}
          onReload={loaded.reload}
        />
      )}
    </div>
  );
}

/** The house's language nearest to an inbox's. */
function spoken(locale: string | undefined): string {
  const language = locale?.split(/[-_]/)[0] ?? "en";
  return (LANGUAGES as readonly string[]).includes(language) ? language : "en";
}

const isWords = (answer: unknown): answer is Words => Array.isArray((answer as Words | undefined)?.words);

interface EditProps {
  inbox: Inbox;
  locale: string;
  words: Word[];
  etag: string | null;
  onLocale: (locale: string) => void;
  onSaved: (answer: unknown, etag: string | null) => void;
  onReload: () => void;
}

function Edit({ inbox, locale, words, etag, onLocale, onSaved, onReload }: EditProps) {
  const [sought, setSought] = useState("");
  const [ownOnly, setOwnOnly] = useState(false);
  const saved = useMemo(() => Object.fromEntries(words.map((one) => [one.key, one.text])), [words]);
  const form = useForm<Record<string, string>>({ value: saved, etag, taken: onSaved });
  const save = () =>
    void form.save((tag) => {
      const changed = Object.entries(form.changes ?? {}).map(([key, text]) => {
        const standard = words.find((one) => one.key === key)?.default;
        return [key, text === undefined || text.trim() === "" || text === standard ? null : text];
      });
      return patch(`/inboxes/${inbox.id}/words`, { locale, words: Object.fromEntries(changed) }, tag);
    });
  const wanted = sought.trim().toLocaleLowerCase();
  const shown = words.filter(
    (one) =>
      (!ownOnly || form.value[one.key] !== one.default) &&
      (!wanted || `${one.key} ${one.default} ${form.value[one.key]}`.toLocaleLowerCase().includes(wanted)),
  );
  const groups = grouped(shown);
  return (
    <form
      class="a-stack"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div class="tools">
        <TextField label={t("inboxes.words_search")} type="search" value={sought} onInput={setSought} />
        <Select
          label={t("inboxes.words_locale")}
          value={locale}
          choices={languageChoices()}
          onChange={(next) => {
            if (!form.changes || confirm(t("admin.unsaved"))) onLocale(next);
          }}
        />
        <Checkbox label={t("inboxes.words_own_only")} checked={ownOnly} onChange={setOwnOnly} />
      </div>
      {shown.length === 0 && (
        <Empty
          level={2}
          icon="pen"
          title={t(ownOnly && !wanted ? "inboxes.words_none_own" : "inboxes.words_none")}
          text={t(ownOnly && !wanted ? "inboxes.words_none_own_text" : "inboxes.words_none_text")}
        />
      )}
      {groups.map(([group, members]) => (
        <section class="card" key={group} aria-label={groupName(group)}>
          <h2>{groupName(group)}</h2>
          <ul class="a-words">
            {members.map((one) => (
              <Sentence
                key={one.key}
                word={one}
                value={form.value[one.key] ?? ""}
                error={form.error(`words.${one.key}`) ?? form.error(one.key)}
                onChange={(text) => form.set({ [one.key]: text })}
              />
            ))}
          </ul>
        </section>
      ))}
      <SaveBar form={form} onSave={() => {}} onReload={onReload} label={t("inboxes.words_save")} />
    </form>
  );
}

/** By the first part of their keys, in the order of their first. */
function grouped(words: Word[]): [string, Word[]][] {
  const groups = new Map<string, Word[]>();
  for (const one of words) {
    const name = one.key.split(".")[0] ?? "";
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups];
}

function groupName(group: string): string {
  const key = `inboxes.words_${group}`;
  return has(key) ? t(key) : group;
}

function Sentence({
  word,
  value,
  error,
  onChange,
}: {
  word: Word;
  value: string;
  error: string | null;
  onChange: (text: string) => void;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  const params = Array.isArray(word.params) ? word.params : Object.keys(word.params ?? {});
  const own = value !== word.default;
  const insert = (name: string) => {
    const at = area.current?.selectionStart ?? value.length;
    const to = area.current?.selectionEnd ?? at;
    onChange(`${value.slice(0, at)}{${name}}${value.slice(to)}`);
    area.current?.focus();
  };
  const missing = params.filter((one) => !value.includes(`{${one}}`));
  return (
    <li>
      <TextArea
        label={word.key}
        hint={own ? t("inboxes.words_default", { text: word.default }) : undefined}
        rows={Math.max(1, Math.ceil(value.length / 90))}
        maxLength={2000}
        areaRef={area}
        error={error}
        value={value}
        onInput={onChange}
      />
      {(params.length > 0 || own) && (
        <div class="a-line small">
          {params.map((one) => (
            <Button
              size="s"
              key={one}
              onClick={() => insert(one)}
              aria-label={t("inboxes.words_insert", { name: one })}
            >
              {`{${one}}`}
            </Button>
          ))}
          {own && <Badge tone="accent">{t("inboxes.words_is_own")}</Badge>}
          {own && (
            <Button kind="quiet" size="s" onClick={() => onChange(word.default)}>
              {t("inboxes.words_reset")}
            </Button>
          )}
        </div>
      )}
      {params.length > 0 && (
        <p class="hint">
          {t("inboxes.words_preview")} <q dir="auto">{sample(value)}</q>
        </p>
      )}
      {own && missing.length > 0 && (
        <p class="hint">{t("inboxes.words_missing", { names: missing.map((one) => `{${one}}`).join(", ") })}</p>
      )}
    </li>
  );
}

/** The sentence as a visitor might read it. */
function sample(text: string): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const key = `inboxes.sample_${name}`;
    return has(key) ? t(key) : whole;
  });
}
