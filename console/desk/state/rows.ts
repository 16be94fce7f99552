// Every conversation that a list or the desk knows of, the newest state of each.
import { signal } from "@preact/signals";
import type { AgentConversation, AgentMessage } from "../../../web_widget/wire/types.ts";

const EXCERPT = 140;

export class Rows {
  readonly #held = new Map<string, AgentConversation>();
  readonly #version = signal(0);
  #telling = false;

  /** Changes with every change of a row; many changes of one frame are one. */
  get version(): number {
    return this.#version.value;
  }

  get(id: string): AgentConversation | undefined {
    void this.#version.value;
    return this.#held.get(id);
  }

  /** The same, without being told of changes. */
  peek(id: string): AgentConversation | undefined {
    return this.#held.get(id);
  }

  all(): Iterable<AgentConversation> {
    return this.#held.values();
  }

  put(found: readonly AgentConversation[]): void {
    for (const one of found) {
      const before = this.#held.get(one.id);
      if (before && before.rev > one.rev) continue;
      this.#held.set(one.id, before ? { ...before, ...one, ...excerpt(before, one) } : one);
    }
    this.#tell();
  }

  /** A message that came in whole: what lists show of it. */
  said(message: AgentMessage): void {
    const before = this.#held.get(message.conversation_id);
    if (!before || message.kind === "event" || message.author.kind === "system") return;
    const newer = message.made_rev === message.rev && message.rev > before.rev;
    if (!newer) return;
    const { author, text, created_at, seq } = message;
    const change: Partial<AgentConversation> = {
      rev: message.rev,
      ...(message.private ? {} : { last_message: { excerpt: text.slice(0, EXCERPT), author, at: created_at } }),
    };
    if (seq !== null) {
      change.last_seq = Math.max(before.last_seq, seq);
      if (author.kind === "visitor" && before.status === "assigned") {
        change.unread = before.unread + 1;
        change.waiting_on = "us";
        change.waiting_since = before.waiting_on === "us" ? (before.waiting_since ?? created_at) : created_at;
      } else if (author.kind === "agent") {
        change.unread = 0;
        change.waiting_on = "visitor";
        change.waiting_since = null;
      }
    }
    this.#held.set(before.id, { ...before, ...change });
    this.#tell();
  }

  read(id: string, seq: number): void {
    const before = this.#held.get(id);
    if (!before?.unread || seq < before.last_seq) return;
    this.#held.set(id, { ...before, unread: 0 });
    this.#tell();
  }

  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    // a hidden page has no frames, and its title still counts
    const soon = document.hidden ? (then: () => void) => setTimeout(then, 50) : requestAnimationFrame;
    soon(() => {
      this.#telling = false;
      this.#version.value++;
    });
  }
}

/** What people said tells more than what the house said after it. */
function excerpt(before: AgentConversation, now: AgentConversation): Partial<AgentConversation> {
  const kept =
    now.last_message?.author.kind === "system" && before.last_message ? before.last_message : now.last_message;
  return kept ? { last_message: kept } : {};
}
