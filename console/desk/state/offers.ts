// Chats put before the agent: they ring until answered.
import { effect, signal } from "@preact/signals";
import type { Offer } from "../../../web_widget/wire/types.ts";
import { t } from "../../app/texts.ts";
import { Ring } from "./ring.ts";

const MUTED = "frontdesk.muted";

export class Offers {
  readonly live = signal<readonly Offer[]>([]);
  /** Packets of what was offered here, so that they stay with the conversation once it is taken. */
  readonly packets = new Map<string, Offer["packet"]>();
  readonly muted = signal(localStorage.getItem(MUTED) !== null);
  readonly #ring = new Ring();
  readonly #notices = new Map<string, Notification>();
  readonly #stop: () => void;

  constructor() {
    this.#stop = effect(() => {
      if (this.live.value.length > 0 && !this.muted.value) this.#ring.start();
      else this.#ring.stop();
    });
  }

  all(offers: readonly Offer[]): void {
    for (const id of this.#notices.keys()) if (!offers.some((one) => one.id === id)) this.#silence(id);
    for (const one of offers) this.packets.set(one.conversation.id, one.packet);
    this.live.value = offers;
  }

  made(offer: Offer): void {
    this.packets.set(offer.conversation.id, offer.packet);
    this.live.value = [...this.live.peek().filter((one) => one.id !== offer.id), offer];
    this.#notify(offer);
  }

  over(id: string): Offer | undefined {
    const found = this.live.peek().find((one) => one.id === id);
    this.live.value = this.live.peek().filter((one) => one.id !== id);
    this.#silence(id);
    return found;
  }

  mute(on: boolean): void {
    if (on) localStorage.setItem(MUTED, "1");
    else localStorage.removeItem(MUTED);
    this.muted.value = on;
  }

  close(): void {
    this.all([]);
    this.#stop();
    this.#ring.close();
  }

  #notify(offer: Offer): void {
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    const name = offer.conversation.contact.name ?? t("desk.visitor");
    const notice = new Notification(t("desk.offer_notice", { name }), {
      body: offer.packet.asked || offer.packet.summary,
      tag: offer.id,
      requireInteraction: true,
    });
    notice.onclick = () => {
      window.focus();
      notice.close();
    };
    this.#notices.set(offer.id, notice);
  }

  #silence(id: string): void {
    this.#notices.get(id)?.close();
    this.#notices.delete(id);
  }
}
