"""Seats: how many chats an agent has at once, and never one more.

Used are the chats assigned to them that are not idle, and the offers they have before them. A chat is idle
when it was answered and nothing happened in it for ten minutes: its visitor may come back to the same agent,
but the place in the meantime goes to somebody who waits.
"""

from collections.abc import Mapping

from sqlalchemy import ScalarSelect, and_, bindparam, func, or_, select

from conversations.errors import Capacity
from conversations.held import Held
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import agents, conversations, offers
from handoff import presence
from handoff.agents import Agent

IDLE_MS = 600_000

_BUSY = and_(
    conversations.c.status == "assigned",
    or_(conversations.c.waiting_on == "us", conversations.c.updated_at > bindparam("idle_before")),
)


def _count(*where: object) -> ScalarSelect[int]:
    return select(func.count()).where(*where).scalar_subquery()  # type: ignore[arg-type]


LOCK_AGENT = Statement(
    select(agents.c.seats, agents.c.status)
    .where(agents.c.id == bindparam("id"), agents.c.archived_at.is_(None))
    .with_for_update(key_share=True)
)
USED = Statement(
    select(
        _count(conversations.c.assignee_id == bindparam("agent_id"), _BUSY)
        + _count(
            offers.c.agent_id == bindparam("agent_id"),
            offers.c.state == "offered",
            offers.c.conversation_id != bindparam("conversation_id"),
        )
    )
)
CHATS = Statement(
    select(conversations.c.assignee_id, func.count())
    .where(conversations.c.workspace_id == bindparam("workspace_id"), _BUSY)
    .group_by(conversations.c.assignee_id)
)
OFFERED = Statement(
    select(offers.c.agent_id, func.count())
    .join(agents, agents.c.id == offers.c.agent_id)
    .where(agents.c.workspace_id == bindparam("workspace_id"), offers.c.state == "offered")
    .group_by(offers.c.agent_id)
)


def take(held: Held, agent: Agent, *, there: bool = False, field: str | None = None) -> None:
    """Make sure that the agent has a free seat for this chat; nobody else takes one of theirs until the commit.

    Called with the conversation locked, before the move that assigns it. An offer of this very chat to them
    is its seat. there: they must also be online and connected, because somebody else decides for them.
    Raises Capacity.
    """
    tx, conversation_id = held.tx, held.conversation.id
    row = tx.one(LOCK_AGENT, {"id": agent.id})
    if row is None:
        raise Capacity(f"{agent.name} does not work here any more.", field=field)
    seats, status = row
    if there and (status != "online" or not presence.is_there(tx, agent.id)):
        raise Capacity(f"{agent.name} is not online. Choose somebody who is, or a team.", field=field)
    if used(tx, agent.id, besides=conversation_id) >= seats:
        raise Capacity(f"All {seats} seats of {agent.name} are taken. Finish or pass on a chat first.", field=field)


def is_free(tx: Tx, agent_id: str, *, besides: str) -> bool:
    """Whether an agent is online, connected and has a seat free; locks them."""
    row = tx.one(LOCK_AGENT, {"id": agent_id})
    if row is None or row[1] != "online" or not presence.is_there(tx, agent_id):
        return False
    return used(tx, agent_id, besides=besides) < int(row[0])


def used(tx: Tx, agent_id: str, *, besides: str = "") -> int:
    """An agent's seats in use. besides: the conversation whose own offer does not count."""
    params = {"agent_id": agent_id, "conversation_id": besides, "idle_before": tx.now - IDLE_MS}
    row = tx.one(USED, params)
    assert row is not None
    return int(row[0])


def used_in(tx: Tx, workspace_id: str) -> Mapping[str, int]:
    """Seats in use of each agent of a workspace who has any."""
    counts: dict[str, int] = {}
    where = {"workspace_id": workspace_id, "idle_before": tx.now - IDLE_MS}
    for agent_id, count in [*tx.all(CHATS, where), *tx.all(OFFERED, {"workspace_id": workspace_id})]:
        counts[agent_id] = counts.get(agent_id, 0) + count
    return counts
