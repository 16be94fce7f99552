// What of the first hour is done, found out from what is there; nothing of it is remembered but a check that found.

import type { Article, Inbox, Invitation, Overview, Word, Workspace } from "../admin/shapes.ts";
import { get } from "../app/http.ts";
import type { Agent } from "../app/session.ts";

export const STEPS = ["company", "words", "inbox", "articles", "invite", "answered", "taken"] as const;
export type Step = (typeof STEPS)[number];

export const ARTICLES_WANTED = 20;

export interface Progress {
  done: Record<Step, boolean>;
  articles: number;
  /** The website inbox that the steps are about. */
  inbox: Inbox | null;
}

const FOUND = "frontdesk.found";

/** Remember, on this device, that the snippet of an inbox was found. */
export function rememberFound(inboxId: string): void {
  localStorage.setItem(`${FOUND}.${inboxId}`, "1");
}

const or = <T>(asked: Promise<T>, otherwise: T): Promise<T> => asked.catch(() => otherwise);

/** Throws where not even the inboxes can be had; what else cannot be had counts as not done. */
export async function progress(): Promise<Progress> {
  const [inboxes, workspace, articles, agents, invitations, figures] = await Promise.all([
    get<{ inboxes: Inbox[] }>("/inboxes"),
    or(get<Workspace>("/workspace"), { name: "" }),
    or(get<{ articles: Article[] }>("/articles", { limit: ARTICLES_WANTED }), { articles: [] }),
    or(get<{ agents: Agent[] }>("/agents"), { agents: [] }),
    or(get<{ invitations: Invitation[] }>("/invitations"), { invitations: [] }),
    or<Partial<Overview>>(get<Overview>("/reports/overview"), {}),
  ]);
  const inbox = inboxes.inboxes.find((one) => one.channel === "web") ?? null;
  const words = inbox ? await or(get<{ words: Word[] }>(`/inboxes/${inbox.id}/words`), { words: [] }) : { words: [] };
  const asked = (figures.asked ?? 0) > 0;
  return {
    articles: articles.articles.length,
    inbox,
    done: {
      company: workspace.name !== "" && Boolean(workspace.look?.accent ?? inbox?.settings.look?.accent),
      words: words.words.some((one) => one.text !== one.default),
      inbox: inbox !== null && (localStorage.getItem(`${FOUND}.${inbox.id}`) !== null || asked),
      articles: articles.articles.length >= ARTICLES_WANTED,
      invite: agents.agents.length > 1 || invitations.invitations.length > 0,
      // a conversation that went on to a person is not among those that the bot answered
      answered: (figures.answered ?? 0) > 0 || (figures.first_answer?.n ?? 0) > 0,
      taken: (figures.by_person ?? 0) > 0,
    },
  };
}
