"""Offers: a waiting chat put before one agent, with a clock; it reserves a seat, and passes on when nobody answers.

A clock that has run out only makes an offer due to end; it can be accepted until somebody ended it.
"""

from sqlalchemy import bindparam, insert, or_, select, update

from conversations.facts import record
from conversations.held import Held
from conversations.hints import AgentChanged, OfferMade, RoutingDue
from conversations.items import end_offer
from conversations.model import SYSTEM, Offer
from conversations.statements import every_column
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import agents, offers
from handoff import line
from handoff.locks import lock_agents, lock_conversations, lock_workspace
from handoff.requeue import add_tried
from handoff.routing import Choice, Item, fits, plan, rank

CLOCK_MS = 30_000
BATCH = 25
MISSED_MOST = 2
"""An agent who lets so many offers in a row run out is not there: they are set away, until they say otherwise."""

_OFFER = every_column(offers, Offer)
INSERT = Statement(
    insert(offers).values(
        id=bindparam("id"),
        item_id=bindparam("item_id"),
        conversation_id=bindparam("conversation_id"),
        agent_id=bindparam("agent_id"),
        state="offered",
        reason=bindparam("reason"),
        created_at=bindparam("now"),
        expires_at=bindparam("expires_at"),
    )
)
OFFERED = Statement(update(agents).where(agents.c.id == bindparam("id_")).values(last_offered_at=bindparam("now")))
DUE = Statement(
    select(*_OFFER, agents.c.status, agents.c.workspace_id)
    .join(agents, agents.c.id == offers.c.agent_id)
    .where(offers.c.state == "offered", or_(offers.c.expires_at <= bindparam("now"), agents.c.status != "online"))
    .order_by(offers.c.expires_at, offers.c.id)
    .limit(bindparam("limit"))
)
MISS = Statement(
    update(agents)
    .where(agents.c.id == bindparam("id_"))
    .values(missed_offers=agents.c.missed_offers + 1)
    .returning(agents.c.missed_offers, agents.c.status)
)
SET_AWAY = Statement(
    update(agents)
    .where(agents.c.id == bindparam("id_"), agents.c.status == "online")
    .values(status="away", missed_offers=0)
)


def offer_next(tx: Tx, workspace_id: str, *, clock_ms: int = CLOCK_MS, limit: int = BATCH) -> list[Offer]:
    """Offer what waits to whoever is free, the longest waiting first; the offers made, at most `limit`.

    Whoever calls this after a RoutingDue hint, and for each of `line.workspaces_waiting` every two seconds,
    leaves no chat without an offer while an eligible agent has a seat. With `limit` reached it hints
    RoutingDue again. A chat that another transaction has locked is passed over until the next time.
    """
    lock_workspace(tx, workspace_id)
    items = _head(tx, workspace_id, limit)
    helds = lock_conversations(tx, [item.conversation_id for item in items])
    if not helds:
        return []
    there = [one for one in line.candidates(tx, workspace_id) if one.is_free]
    lock_agents(tx, [one.agent_id for one in there])
    # counted again now that nobody else can seat anyone, and read again now that nobody else can take a chat
    free = {one.agent_id for one in there}
    there = [one for one in line.candidates(tx, workspace_id) if one.agent_id in free]
    waiting = line.still_waiting(tx, helds)
    made = [
        _make(helds[item.conversation_id], item, choice, clock_ms)
        for item, choice in plan(waiting, there, tx.now)[:limit]
    ]
    if len(made) == limit:
        tx.hint(RoutingDue(workspace_id))
    return made


def expire_due(tx: Tx, limit: int = 50) -> list[Offer]:
    """End offers whose clock ran out, or whose agent is not online any more, so that they pass on.

    Returns those that ended; ask again when there were `limit` of them.
    """
    due = tx.all(DUE, {"now": tx.now, "limit": limit})
    workspace_of = {row[3]: row[-1] for row in due}
    found = [Offer(*row[: len(_OFFER)]) for row in due]
    helds = lock_conversations(tx, [offer.conversation_id for offer in found])
    mine = [offer for offer in found if offer.conversation_id in helds]
    lock_agents(tx, [offer.agent_id for offer in mine])
    ended: list[Offer] = []
    for offer in mine:
        held = helds[offer.conversation_id]
        over = offer.expires_at <= tx.now
        one = end_offer(
            held, offer, SYSTEM, "expired" if over else "withdrawn", "no_answer" if over else "agent_not_online"
        )
        if one is not None:
            if over:
                add_tried(tx, offer.conversation_id, offer.agent_id)
                _miss(tx, offer.agent_id, workspace_of[offer.agent_id])
            held.hint(RoutingDue(held.conversation.workspace_id))
            ended.append(one)
        held.save()
    return ended


def _head(tx: Tx, workspace_id: str, limit: int) -> list[Item]:
    """The first of those that somebody with a free seat may take, whatever stands before them in the line."""
    free = [one for one in line.candidates(tx, workspace_id) if one.is_free]
    if not free:
        return []
    # some more than will be offered: one may be locked, or its agents tried just now
    many = 2 * min(limit, sum(one.seats - one.used for one in free)) + 10
    head = line.first_promised(tx, workspace_id, [one.agent_id for one in free], many)
    for kind in line.kinds(tx, workspace_id):
        if any(fits(kind.requirement, one) for one in free):
            head += line.first_of(tx, workspace_id, kind, many)
    return sorted({item.id: item for item in head}.values(), key=rank)[:many]


def _make(held: Held, item: Item, choice: Choice, clock_ms: int) -> Offer:
    tx = held.tx
    offer = Offer(
        id=tx.new_id("off"),
        item_id=item.id,
        conversation_id=item.conversation_id,
        agent_id=choice.agent_id,
        state="offered",
        reason=choice.why,
        created_at=tx.now,
        expires_at=tx.now + clock_ms,
        ended_at=None,
    )
    row = {
        "id": offer.id,
        "item_id": offer.item_id,
        "conversation_id": offer.conversation_id,
        "agent_id": offer.agent_id,
        "reason": offer.reason,
        "now": tx.now,
        "expires_at": offer.expires_at,
    }
    tx.run(INSERT, row)
    tx.run(OFFERED, {"id_": offer.agent_id, "now": tx.now})
    held.fact(
        "offer_made",
        SYSTEM,
        offer_id=offer.id,
        item_id=item.id,
        agent_id=choice.agent_id,
        reason=choice.why,
        used=choice.used,
        seats=choice.seats,
        among=choice.among,
        waited_ms=tx.now - item.waiting_since,
        team=item.requirement.team_id,
        tier=item.requirement.tier,
    )
    held.hint(OfferMade(offer))
    held.save()
    return offer


def _miss(tx: Tx, agent_id: str, workspace_id: str) -> None:
    """Count an offer that ran out; one too many in a row sets its agent away."""
    row = tx.one(MISS, {"id_": agent_id})
    if row is None or row[0] < MISSED_MOST or row[1] != "online":
        return
    if tx.run(SET_AWAY, {"id_": agent_id}) == 1:
        data = {"agent_id": agent_id, "from_status": "online", "to_status": "away", "reason": "missed_offers"}
        record(tx, "agent_status_changed", SYSTEM.actor, data)
        tx.hint(AgentChanged(agent_id, workspace_id))
