"""Queue items: what waits for a person. Made and closed here, because inbox, bot and desk all do it."""

from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update

from conversations.facts import FactKind
from conversations.held import Held
from conversations.hints import OfferEnded, QueueEntered, QueueLeft, RoutingDue
from conversations.lifecycle import Move
from conversations.model import Author, Offer, OfferState
from conversations.statements import every_column
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import offers, queue_items

INSERT_ITEM = Statement(
    insert(queue_items).values(
        id=bindparam("id"),
        workspace_id=bindparam("workspace_id"),
        conversation_id=bindparam("conversation_id"),
        kind=bindparam("kind"),
        team_id=bindparam("team_id"),
        tier=bindparam("tier"),
        category=bindparam("category"),
        priority=bindparam("priority"),
        waiting_since=bindparam("waiting_since"),
        required_skills=bindparam("required_skills"),
        state="live",
        preferred_agent_id=bindparam("preferred_agent_id"),
        reason=bindparam("reason"),
        created_at=bindparam("now"),
    )
)
CLOSE_ITEM = Statement(
    update(queue_items)
    .where(
        queue_items.c.conversation_id == bindparam("conversation"),
        queue_items.c.kind == "chat",
        queue_items.c.state == "live",
    )
    .values(state=bindparam("new_state"), closed_at=bindparam("now"))
    .returning(queue_items.c.id)
)
LIVE_OFFER = Statement(
    select(*every_column(offers, Offer)).where(
        offers.c.conversation_id == bindparam("conversation_id"), offers.c.state == "offered"
    )
)
END_OFFER = Statement(
    update(offers)
    .where(offers.c.id == bindparam("offer_id"), offers.c.state == "offered")
    .values(state=bindparam("new_state"), reason=bindparam("why"), ended_at=bindparam("now"))
    .returning(*every_column(offers, Offer))
)


def enter_queue(
    held: Held,
    move: Move,
    by: Author,
    *,
    reason: str,
    team_id: str | None = None,
    preferred_agent_id: str | None = None,
    required_skills: tuple[str, ...] = (),
    columns: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None,
) -> str:
    """Put a conversation in line for a person; its place counts from when it began to wait.

    The conversation's row must exist. reason: why it came here, in the words of `packet.reason`. data: more
    for the fact of the move. Returns the item's id. Raises IllegalTransition.
    """
    tx, was = held.tx, held.conversation
    changed = {
        "team_id": team_id if team_id is not None else was.team_id,
        "preferred_agent_id": preferred_agent_id,
        "waiting_on": "us",
        "waiting_since": was.waiting_since if was.waiting_since is not None else tx.now,
        **(columns or {}),
    }
    held.move(move, by, columns=changed, reason=reason, **(data or {}))
    now = held.conversation
    item_id = tx.new_id("itm")
    tx.run(
        INSERT_ITEM,
        {
            "id": item_id,
            "workspace_id": now.workspace_id,
            "conversation_id": now.id,
            "kind": "chat",
            "team_id": now.team_id,
            "tier": now.tier,
            "category": now.category,
            "priority": now.priority,
            "waiting_since": now.waiting_since,
            "required_skills": orjson.dumps(required_skills).decode(),
            "preferred_agent_id": preferred_agent_id,
            "reason": reason,
            "now": tx.now,
        },
    )
    held.fact("queue_entered", by, item_id=item_id, reason=reason, team=now.team_id, waiting_since=now.waiting_since)
    held.hint(QueueEntered(reason))
    held.hint(RoutingDue(now.workspace_id))
    return item_id


def leave_queue(held: Held, by: Author, *, taken: bool, reason: str, offer_state: OfferState = "withdrawn") -> None:
    """Close the live chat item, and end its live offer. Called just before the move that leaves `queued`."""
    tx = held.tx
    offer = tx.one(LIVE_OFFER, {"conversation_id": held.conversation.id})
    if offer is not None:
        end_offer(held, Offer(*offer), by, offer_state, reason)
    closed = tx.one(
        CLOSE_ITEM,
        {"conversation": held.conversation.id, "new_state": "taken" if taken else "closed", "now": tx.now},
    )
    if closed is not None:
        held.fact("queue_left", by, item_id=closed[0], taken=taken, reason=reason)
        since = held.conversation.waiting_since
        held.hint(QueueLeft(taken, tx.now - since if since is not None else None))
    held.hint(RoutingDue(held.conversation.workspace_id))


def end_offer(held: Held, offer: Offer, by: Author, state: OfferState, reason: str) -> Offer | None:
    """End a live offer and free its seat. None when somebody else ended it first."""
    ended = end_offer_row(held.tx, offer.id, state, reason)
    if ended is None:
        return None
    fact: FactKind = "offer_ended"
    held.fact(fact, by, offer_id=offer.id, agent_id=offer.agent_id, state=state, reason=reason)
    held.hint(OfferEnded(ended))
    return ended


def end_offer_row(tx: Tx, offer_id: str, state: OfferState, reason: str) -> Offer | None:
    row = tx.one(END_OFFER, {"offer_id": offer_id, "new_state": state, "why": reason, "now": tx.now})
    return Offer(*row) if row is not None else None
