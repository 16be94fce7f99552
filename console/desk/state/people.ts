// Colleagues, teams and inboxes: names for ids, and who is there.
import { signal } from "@preact/signals";
import type { Presence } from "../../../web_widget/wire/types.ts";
import { get } from "../../app/http.ts";
import type { Agent } from "../../app/session.ts";

export interface Team {
  id: string;
  name: string;
  member_ids: string[];
}

export interface Inbox {
  id: string;
  name: string;
  bot_id?: string | null;
}

export class People {
  readonly agents = signal<readonly Agent[]>([]);
  readonly teams = signal<readonly Team[]>([]);
  readonly inboxes = signal<readonly Inbox[]>([]);
  readonly presence = signal<ReadonlyMap<string, Presence>>(new Map());

  async fetch(): Promise<void> {
    const [agents, teams, inboxes] = await Promise.allSettled([
      get<{ agents: Agent[] }>("/agents"),
      get<{ teams: Team[] }>("/teams"),
      get<{ inboxes: Inbox[] }>("/inboxes"),
    ]);
    if (agents.status === "fulfilled") this.agents.value = agents.value.agents;
    if (teams.status === "fulfilled") this.teams.value = teams.value.teams;
    if (inboxes.status === "fulfilled") this.inboxes.value = inboxes.value.inboxes;
  }

  here(found: readonly Presence[]): void {
    this.presence.value = new Map(found.map((one) => [one.agent_id, one]));
  }

  changed(one: Presence): void {
    this.presence.value = new Map(this.presence.peek()).set(one.agent_id, one);
  }

  isOnline(agentId: string): boolean {
    const one = this.presence.value.get(agentId);
    return one?.status === "online" && one.connected;
  }

  teamName(id: string | null): string | null {
    return this.teams.value.find((one) => one.id === id)?.name ?? null;
  }

  inboxName(id: string): string | null {
    return this.inboxes.value.find((one) => one.id === id)?.name ?? null;
  }
}
