"""Getting a conversation: accept an offer or pick from the queue, decline, take over, assign."""

from sqlalchemy import bindparam, select, update

from conversations.errors import Conflict, NotFound
from conversations.hints import RoutingDue
from conversations.items import LIVE_OFFER, end_offer, leave_queue
from conversations.lifecycle import Move, after
from conversations.model import Conversation, Offer
from conversations.statements import every_column
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import agents, offers
from conversations.visitor import tell
from handoff import presence, seats
from handoff.agents import Agent, find, name_of
from handoff.desk.grasp import Grasp, grasp
from handoff.events import tell_agents
from handoff.requeue import add_tried

GET_OFFER = Statement(select(*every_column(offers, Offer)).where(offers.c.id == bindparam("id")))
ANSWERED = Statement(
    update(agents).where(agents.c.id == bindparam("id_"), agents.c.missed_offers != 0).values(missed_offers=0)
)


def accept(tx: Tx, agent_id: str, conversation_id: str, epoch: int, offer_id: str | None = None) -> Conversation:
    """Take a chat from the queue: by an offer while it lives, or without one as a pick.

    Raises NotFound, Conflict (`field` epoch; `field` offer_id when the offer has ended), IllegalTransition,
    Capacity.
    """
    mine = grasp(tx, agent_id, conversation_id)
    agent, held = mine.agent, mine.held
    if _has(mine):
        return held.conversation
    mine.at_epoch(epoch)
    after(held.conversation.status, "accept")
    offer = _live_offer(mine)
    own = offer is not None and offer.agent_id == agent.id
    if offer_id is not None and not (own and offer is not None and offer.id == offer_id):
        raise Conflict(
            "This offer is over. Take the chat from the queue if it is still there.",
            field="offer_id",
            conversation_id=conversation_id,
        )
    _claim(mine, agent, "accept", "accepted" if own else "picked", own=own)
    return held.save()


def take_over(tx: Tx, agent_id: str, conversation_id: str, epoch: int) -> Conversation:
    """Take a conversation from the bot or the queue; with the right, from another agent.

    Raises NotFound, Conflict, Forbidden, IllegalTransition, Capacity.
    """
    mine = grasp(tx, agent_id, conversation_id)
    agent, held = mine.agent, mine.held
    if _has(mine):
        return held.conversation
    mine.at_epoch(epoch)
    before = held.conversation.assignee_id
    if before is not None:
        agent.require("conversation.take_over_from_agent")
    after(held.conversation.status, "take_over")
    offer = _live_offer(mine)
    _claim(mine, agent, "take_over", "taken_over", own=offer is not None and offer.agent_id == agent.id)
    if before is not None:
        tell_agents(mine.held, "desk.taken_over", by=agent.name, was=name_of(tx, before))
    return held.save()


def assign(tx: Tx, agent_id: str, conversation_id: str, epoch: int, to_agent_id: str) -> Conversation:
    """Give a conversation to an agent who is online with a seat free; it takes the right to.

    Raises NotFound, Conflict, Forbidden, IllegalTransition, Capacity (`field` agent_id).
    """
    mine = grasp(tx, agent_id, conversation_id)
    agent, held = mine.agent, mine.held
    agent.require("conversation.assign")
    to = find(tx, agent.workspace_id, to_agent_id)
    if held.conversation.status == "assigned" and held.conversation.assignee_id == to.id:
        return held.conversation
    mine.at_epoch(epoch)
    after(held.conversation.status, "assign")
    _claim(mine, to, "assign", "assigned", own=False)
    if to.id != agent.id:
        tell_agents(mine.held, "desk.assigned", by=agent.name, to=to.name)
    return held.save()


def decline(tx: Tx, agent_id: str, offer_id: str) -> Offer:
    """Say no to an offer: it passes on to somebody else. Well also when it has ended otherwise since.

    Raises NotFound, also for somebody else's offer; Conflict when it was accepted.
    """
    row = tx.one(GET_OFFER, {"id": offer_id})
    if row is None or row[3] != agent_id:
        raise NotFound("There is no such offer of yours.", field="offer_id")
    mine = grasp(tx, agent_id, row[2])
    row = tx.one(GET_OFFER, {"id": offer_id})
    assert row is not None
    offer = Offer(*row)
    if offer.state == "accepted":
        raise Conflict("You have accepted this offer. Release the chat instead.", field="offer_id")
    held, by = mine.held, mine.agent.author
    ended = end_offer(held, offer, by, "declined", "declined") if offer.state == "offered" else None
    if ended is None:
        return offer
    add_tried(tx, offer.conversation_id, agent_id)
    tx.run(ANSWERED, {"id_": agent_id})
    held.hint(RoutingDue(mine.agent.workspace_id))
    held.save()
    return ended


def _has(mine: Grasp) -> bool:
    return mine.held.conversation.status == "assigned" and mine.is_mine()


def _live_offer(mine: Grasp) -> Offer | None:
    row = mine.held.tx.one(LIVE_OFFER, {"conversation_id": mine.held.conversation.id})
    return Offer(*row) if row is not None else None


def _claim(mine: Grasp, to: Agent, move: Move, reason: str, *, own: bool) -> None:
    """Seat them, close the queue's item, move, and tell the visitor who is there now.

    own: the live offer was theirs, and is accepted by this; anybody else's is withdrawn.
    """
    held, by, tx = mine.held, mine.agent.author, mine.held.tx
    was = held.conversation
    other = to.id != mine.agent.id
    seats.take(held, to, there=other, field="agent_id" if other else None)
    if was.status == "queued":
        leave_queue(held, by, taken=True, reason=reason, offer_state="accepted" if own else "withdrawn")
    target = {"agent_id": to.id} if other else {}
    waited_ms = tx.now - was.waiting_since if was.waiting_since is not None else None
    promise = {"preferred_agent_id": None}
    held.move(move, by, assignee_id=to.id, columns=promise, command=move, target=target, waited_ms=waited_ms)
    tell(held, "person.joined", name=to.name)
    if was.assignee_id is not None:
        held.hint(RoutingDue(was.workspace_id))
    if not other:
        presence.noticed(tx, to.id)
    if own:
        tx.run(ANSWERED, {"id_": to.id})
