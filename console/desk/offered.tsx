import { useState } from "preact/hooks";
import type { Offer } from "../../web_widget/wire/types.ts";
import { go } from "../app/router.ts";
import { t } from "../app/texts.ts";
import { second, span } from "../app/times.ts";
import { Avatar, Button } from "../app/ui/index.ts";
import { isMac } from "./keys.ts";
import { act, decline } from "./state/acts.ts";
import type { Desk } from "./state/desk.ts";
import { brief } from "./state/packet.ts";
import { pathTo } from "./state/view.ts";
import { Lines } from "./thread/packet.tsx";

/** Take an offered chat, and go to it. */
export async function accept(here: Desk, offer: Offer): Promise<void> {
  const done = await act(here, offer.conversation, { name: "conversation.accept", more: { offer_id: offer.id } });
  if (done) {
    here.offers.over(offer.id);
    go(pathTo(done.id));
  }
}

/** Chats that are offered: over the list, with their clock. */
export function Offered({ here }: { here: Desk }) {
  const live = here.offers.live.value;
  return (
    <section class="offers" aria-label={t("desk.offers")} aria-live="assertive">
      {live.map((one, index) => (
        <Card key={one.id} here={here} offer={one} first={index === 0} />
      ))}
    </section>
  );
}

function Card({ here, offer, first }: { here: Desk; offer: Offer; first: boolean }) {
  const [busy, setBusy] = useState(false);
  const { conversation, packet } = offer;
  const name = conversation.contact.name || t("desk.visitor");
  const found = brief(packet, conversation, []);
  const alt = isMac ? "⌥" : "Alt";
  const take = async () => {
    setBusy(true);
    await accept(here, offer);
    setBusy(false);
  };
  const refuse = async () => {
    setBusy(true);
    await decline(here, offer.id);
    setBusy(false);
  };
  return (
    <article class="offer">
      <header>
        <Avatar name={conversation.contact.name || "?"} />
        <div>
          <h2 dir="auto">{t("desk.offer_title", { name })}</h2>
          <p class="reference">{conversation.reference}</p>
        </div>
        <Clock until={offer.expires_at} />
      </header>
      {found && <Lines found={found} conversation={conversation} />}
      <footer>
        <Button busy={busy} onClick={refuse}>
          {t("desk.decline")} {first && <kbd>{alt} X</kbd>}
        </Button>
        <Button kind="primary" busy={busy} onClick={take}>
          {t("desk.accept")} {first && <kbd>{alt} A</kbd>}
        </Button>
      </footer>
    </article>
  );
}

/** Until it passes on to somebody else. */
function Clock({ until }: { until: string }) {
  const left = Math.max(0, Date.parse(until) - second.value);
  return (
    <span
      class={`offer-clock ${left < 10_000 ? "late" : ""}`}
      role="timer"
      aria-live="off"
      title={t("desk.offer_clock")}
    >
      {span(left)}
    </span>
  );
}
