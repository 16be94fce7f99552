import { useEffect, useRef, useState } from "preact/hooks";
import { ask, get, isRefusal, sentence } from "../app/http.ts";
import { go } from "../app/router.ts";
import type { ScreenProps } from "../app/screens.ts";
import { t } from "../app/texts.ts";
import { when, whole } from "../app/times.ts";
import { Badge, Button, Empty, Icon, type IconName, Link, Loading, Problem, Tabs } from "../app/ui/index.ts";
import "./look/search.css";

interface Hit {
  kind: "message" | "messages" | "contact" | "contacts" | "conversation" | "conversations";
  conversation_id?: string | null;
  contact_id?: string | null;
  title: string;
  excerpt: readonly { text: string; hit: boolean }[];
  at: string | null;
}

interface Found {
  items: readonly Hit[];
  cursor: string | null;
}

const KINDS = ["all", "messages", "contacts", "conversations"];
const WAIT_MS = 250;
const ICONS: Record<string, IconName> = { message: "list", contact: "person", conversation: "desk" };

/** Search over messages, contacts and references. */
export default function SearchScreen({ query }: ScreenProps) {
  const asked = query.get("q") ?? "";
  const kind = query.get("kind") ?? "all";
  const [typed, setTyped] = useState(asked);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.focus(), []);
  useEffect(() => {
    if (typed === asked) return;
    const timer = setTimeout(() => go(path(typed, kind), { replace: true }), WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed, asked, kind]);
  return (
    <div class="search">
      <header>
        <Link class="icon-button" to="desk" title={t("desk.back")} aria-label={t("desk.back")}>
          <Icon name="back" />
        </Link>
        <h1 class="only-heard">{t("desk.search")}</h1>
        <input
          ref={box}
          class="input"
          type="search"
          aria-label={t("desk.search_for")}
          placeholder={t("desk.search_for")}
          value={typed}
          maxLength={200}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </header>
      <Tabs
        label={t("desk.search_in")}
        tabs={KINDS.map((key) => ({ key, label: t(`desk.search_${key}`) }))}
        chosen={kind}
        onChoose={(key) => go(path(typed, key), { replace: true })}
      />
      {asked.trim() ? (
        <Results key={`${kind} ${asked}`} asked={asked} kind={kind} />
      ) : (
        <Empty level={2} icon="search" title={t("desk.search_title")} text={t("desk.search_text")} />
      )}
    </div>
  );
}

function path(asked: string, kind: string): string {
  const query = new URLSearchParams({ ...(asked ? { q: asked } : {}), ...(kind === "all" ? {} : { kind }) });
  return `search?${query}`;
}

function Results({ asked, kind }: { asked: string; kind: string }) {
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(true);
  const load = async (cursor: string | null, signal?: AbortSignal) => {
    setBusy(true);
    setError(null);
    try {
      const { value } = await ask<Found>("GET", "/search", {
        query: { q: asked, kind, cursor },
        ...(signal ? { signal } : {}),
      });
      setFound((before) => ({
        items: [...(cursor ? (before?.items ?? []) : []), ...value.items],
        cursor: value.cursor,
      }));
    } catch (reason) {
      if (signal?.aborted) return;
      setError(isRefusal(reason, "not_found") ? t("desk.no_search") : sentence(reason));
    }
    setBusy(false);
  };
  useEffect(() => {
    const stop = new AbortController();
    void load(null, stop.signal);
    return () => stop.abort();
  }, []);
  if (error) return <Problem text={error} retry={() => void load(null)} />;
  if (!found) return <Loading />;
  if (found.items.length === 0)
    return <Empty level={2} icon="search" title={t("desk.search_none", { asked })} text={t("desk.search_none_text")} />;
  return (
    <>
      <ul class="hits" aria-busy={busy}>
        {found.items.map((one, index) => (
          <li key={`${one.kind} ${one.conversation_id} ${one.contact_id} ${index}`}>
            <Result hit={one} />
          </li>
        ))}
      </ul>
      {found.cursor && (
        <Button busy={busy} onClick={() => void load(found.cursor)}>
          {t("app.more")}
        </Button>
      )}
    </>
  );
}

function Result({ hit }: { hit: Hit }) {
  const kind = hit.kind.replace(/s$/, "");
  const face = (
    <>
      <Icon name={ICONS[kind] ?? "list"} />
      <span class="hit-words">
        <b dir="auto">{hit.title || t("desk.visitor")}</b>
        <span dir="auto">
          {hit.excerpt.map((one, index) => (one.hit ? <mark key={index}>{one.text}</mark> : one.text))}
        </span>
      </span>
      <Badge>{t(`desk.hit_${kind}`)}</Badge>
      {hit.at && (
        <time dateTime={hit.at} title={whole(hit.at)}>
          {when(hit.at)}
        </time>
      )}
    </>
  );
  if (hit.conversation_id) {
    return (
      <Link class="hit" to={`desk/${encodeURIComponent(hit.conversation_id)}?list=all`}>
        {face}
      </Link>
    );
  }
  return (
    <button type="button" class="hit" onClick={() => void openNewest(hit.contact_id)}>
      {face}
    </button>
  );
}

/** A person's newest conversation. */
async function openNewest(contactId: string | null | undefined): Promise<void> {
  if (!contactId) return;
  const { conversations } = await get<{ conversations: { id: string }[] }>("/conversations", {
    view: "all",
    contact_id: contactId,
    limit: 1,
  });
  if (conversations[0]) go(`desk/${conversations[0].id}?list=all`);
}
