import { useState } from "preact/hooks";
import type { AgentConversation, AgentMessage, Contact, Packet } from "../../../web_widget/wire/types.ts";
import { patch } from "../../app/http.ts";
import { locale, t } from "../../app/texts.ts";
import { when, whole } from "../../app/times.ts";
import {
  Avatar,
  Badge,
  Button,
  Icon,
  IconButton,
  Link,
  TextField,
  toast,
  trouble,
  useLoad,
} from "../../app/ui/index.ts";
import { type Desk, desk } from "../state/desk.ts";
import { chosenList, pathTo, personOpen } from "../state/view.ts";
import { Suggestions } from "./suggestions.tsx";

/** Who the visitor is: what is known, where they are, what was before. */
export function PersonPane({ id }: { id: string }) {
  const here = desk.value;
  const opening = here?.threads.open(id).value;
  if (!here || opening?.state !== "here") return null;
  const { conversation, messages } = opening.following.thread.value;
  return (
    <aside class="person" aria-label={t("desk.person")}>
      <header class="pane-head only-narrow">
        <h2>{t("desk.person")}</h2>
        <IconButton
          icon="close"
          label={t("app.close")}
          onClick={() => {
            personOpen.value = false;
          }}
        />
      </header>
      <Who key={conversation.contact.id} here={here} conversation={conversation} />
      <Facts here={here} conversation={conversation} />
      <Attributes contact={conversation.contact} />
      <Earlier here={here} conversation={conversation} messages={messages} />
      <Suggestions key={id} here={here} conversation={conversation} messages={messages} />
    </aside>
  );
}

function Who({ here, conversation }: { here: Desk; conversation: AgentConversation }) {
  const { contact } = conversation;
  const [editing, setEditing] = useState(false);
  const name = contact.name || t("desk.visitor_n", { reference: conversation.reference });
  if (editing) return <EditContact here={here} conversation={conversation} onDone={() => setEditing(false)} />;
  return (
    <section class="who">
      <Avatar name={contact.name || "?"} size={44} />
      <div>
        <h2 dir="auto">{name}</h2>
        <Known contact={contact} field="email" />
        <Known contact={contact} field="phone" />
      </div>
      <IconButton icon="pen" size="s" label={t("desk.edit_person")} onClick={() => setEditing(true)} />
    </section>
  );
}

function Known({ contact, field }: { contact: Contact; field: "email" | "phone" }) {
  const value = contact[field];
  if (!value) return null;
  return (
    <p class="known">
      <span dir="auto">{value}</span>
      {contact.verified?.includes(field) && (
        <Badge tone="green" icon="check">
          {t("desk.verified")}
        </Badge>
      )}
    </p>
  );
}

function EditContact({
  here,
  conversation,
  onDone,
}: {
  here: Desk;
  conversation: AgentConversation;
  onDone: () => void;
}) {
  const { contact } = conversation;
  const [name, setName] = useState(contact.name ?? "");
  const [email, setEmail] = useState(contact.email ?? "");
  const [phone, setPhone] = useState(contact.phone ?? "");
  const [busy, setBusy] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const change: Record<string, string> = {};
      if (name.trim() && name.trim() !== contact.name) change.name = name.trim();
      if (email.trim() && email.trim() !== contact.email) change.email = email.trim();
      if (phone.trim() && phone.trim() !== contact.phone) change.phone = phone.trim();
      if (Object.keys(change).length > 0) {
        const { value } = await patch<Contact>(`/contacts/${contact.id}`, change);
        const changed = { ...conversation, contact: { ...contact, ...value } };
        here.take(changed);
        here.threads.again();
        toast({ text: t("app.saved") });
      }
      onDone();
    } catch (error) {
      trouble(error);
      setBusy(false);
    }
  };
  return (
    <form class="edit-person" onSubmit={save}>
      <TextField label={t("desk.name")} value={name} onInput={setName} maxLength={200} />
      <TextField label={t("app.email")} type="email" value={email} onInput={setEmail} />
      <TextField label={t("desk.phone")} type="tel" value={phone} onInput={setPhone} />
      <div class="buttons">
        <Button size="s" onClick={onDone}>
          {t("app.cancel")}
        </Button>
        <Button size="s" kind="primary" type="submit" busy={busy}>
          {t("app.save")}
        </Button>
      </div>
    </form>
  );
}

function Facts({ here, conversation }: { here: Desk; conversation: AgentConversation }) {
  const { page, locale: speaks, labels, category, priority } = conversation;
  const rows: [string, preact.ComponentChildren][] = [];
  rows.push([t("desk.reference"), conversation.reference]);
  if (page?.url) rows.push([t("desk.page"), <Page key="page" url={page.url} title={page.title} />]);
  if (speaks) rows.push([t("desk.language"), languageName(speaks)]);
  const inbox = here.people.inboxName(conversation.inbox_id);
  if (inbox) rows.push([t("desk.inbox"), inbox]);
  const team = here.people.teamName(conversation.team_id);
  if (team) rows.push([t("desk.team"), team]);
  if (category) rows.push([t("desk.category"), category]);
  if (priority > 0) rows.push([t("desk.priority"), t("desk.is_high")]);
  const score = conversation.survey_score;
  if (score) rows.push([t("desk.survey"), t("desk.survey_score", { score })]);
  rows.push([
    t("desk.began"),
    <time key="began" dateTime={conversation.created_at} title={whole(conversation.created_at)}>
      {when(conversation.created_at)}
    </time>,
  ]);
  return (
    <section>
      <dl class="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
      {labels.length > 0 && (
        <p class="labels">
          {labels.map((one) => (
            <Badge key={one}>{one}</Badge>
          ))}
        </p>
      )}
    </section>
  );
}

function Page({ url, title }: { url: string; title: string | undefined }) {
  const shown = title || url.replace(/^https?:\/\//, "");
  if (!/^https?:\/\//.test(url)) return <>{shown}</>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow" title={url}>
      {shown}
    </a>
  );
}

function languageName(code: string): string {
  try {
    return new Intl.DisplayNames([locale.value], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

function Attributes({ contact }: { contact: Contact }) {
  const all = Object.entries(contact.attributes ?? {});
  if (all.length === 0) return null;
  return (
    <section>
      <h3>{t("desk.attributes")}</h3>
      <dl class="facts">
        {all.map(([name, value]) => (
          <div key={name}>
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{typeof value === "object" ? JSON.stringify(value) : String(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface EarlierProps {
  here: Desk;
  conversation: AgentConversation;
  messages: readonly AgentMessage[];
}

function Earlier({ here, conversation }: EarlierProps) {
  const packet = here.offers.packets.get(conversation.id);
  const query = { view: "all", contact_id: conversation.contact.id, limit: 10 };
  const loaded = useLoad<{ conversations: AgentConversation[] }>("/conversations", query);
  const found = earlier(loaded.value?.conversations, packet, conversation);
  return (
    <section>
      <h3>{found.length > 0 ? t("desk.earlier", { count: found.length }) : t("desk.earlier_none")}</h3>
      {found.length === 0 && <p class="soft small">{t("desk.no_earlier")}</p>}
      <ul class="earlier">
        {found.map((one) => (
          <li key={one.id}>
            <Link to={pathTo(one.id, chosenList.value)}>
              <span dir="auto">{one.asked || t("desk.nothing_said")}</span>
              <small>
                {when(one.at)}{" "}
                <Icon name={one.status === "resolved" ? "check" : one.status === "bot" ? "bot" : "clock"} size={14} />{" "}
                {t(`desk.status_${one.status}`)}
              </small>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface EarlierRow {
  id: string;
  asked: string;
  at: string;
  status: string;
}

function earlier(
  all: readonly AgentConversation[] | undefined,
  packet: Packet | undefined,
  now: AgentConversation,
): EarlierRow[] {
  const listed = (all ?? []).filter((one) => one.id !== now.id && one.contact.id === now.contact.id);
  const asked = new Map((packet?.earlier ?? []).map((one) => [one.id, one.asked]));
  if (listed.length > 0) {
    return listed.map((one) => ({
      id: one.id,
      asked: asked.get(one.id) || (one.last_message?.excerpt ?? ""),
      at: one.created_at,
      status: one.status,
    }));
  }
  return (packet?.earlier ?? []).map((one) => ({
    id: one.id,
    asked: one.asked,
    at: one.created_at,
    status: one.status,
  }));
}
