"""Agents who leave for good, and come back: their access ends at once, and their chats go to whoever is there."""

from sqlalchemy import bindparam, select, update

from conversations import work
from conversations.facts import record
from conversations.hints import AgentChanged
from conversations.model import SYSTEM, Author, Conversation
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import agents, conversations
from conversations.visitor import tell
from handoff.agents import Agent, acting, archive, find, name_of
from handoff.desk.closing import WAKE
from handoff.events import tell_agents
from handoff.locks import lock_conversations
from handoff.requeue import return_to_queue

AT_ONCE = 100

_HELD_BY = Statement(
    select(conversations.c.id)
    .where(conversations.c.assignee_id == bindparam("agent_id"), conversations.c.status.in_(("assigned", "snoozed")))
    .order_by(conversations.c.waiting_since, conversations.c.id)
    .limit(bindparam("limit"))
)
_LEFT_BEHIND = Statement(
    select(conversations.c.id)
    .join(agents, agents.c.id == conversations.c.assignee_id)
    .where(agents.c.archived_at.is_not(None), conversations.c.status.in_(("assigned", "snoozed")))
    .order_by(conversations.c.waiting_since, conversations.c.id)
    .limit(bindparam("limit"))
)
_GONE = Statement(
    select(agents.c.id).where(
        agents.c.id == bindparam("id"),
        agents.c.workspace_id == bindparam("workspace_id"),
        agents.c.archived_at.is_not(None),
    )
)
_BACK = Statement(update(agents).where(agents.c.id == bindparam("id_")).values(archived_at=None))


def deactivate(tx: Tx, workspace_id: str, agent_id: str, *, by: Author = SYSTEM) -> list[Conversation]:
    """End an agent's access, and put their chats in line at their old places.

    Returns the first hundred of those; `sweep` finds the rest. Raises NotFound, Conflict for the last admin.
    """
    archive(tx, workspace_id, agent_id, by=by)
    return _hand_over(tx, [row[0] for row in tx.all(_HELD_BY, {"agent_id": agent_id, "limit": AT_ONCE})], by)


def sweep(tx: Tx, limit: int = 50) -> list[Conversation]:
    """Put in line what is still held by agents who were deactivated; ask again when there were `limit` of them."""
    return _hand_over(tx, [row[0] for row in tx.all(_LEFT_BEHIND, {"limit": limit})], SYSTEM)


def activate(tx: Tx, workspace_id: str, agent_id: str, *, by: Author = SYSTEM) -> Agent:
    """Let a deactivated agent in again, once they have chosen a password; an active one stays as they are.

    Raises NotFound.
    """
    if tx.one(_GONE, {"id": agent_id, "workspace_id": workspace_id}) is not None:
        tx.run(_BACK, {"id_": agent_id})
        record(tx, "agent_changed", by.actor, {"agent_id": agent_id, "changed": ["archived_at"]})
        tx.hint(AgentChanged(agent_id, workspace_id))
        return acting(tx, agent_id)
    return find(tx, workspace_id, agent_id)


def _hand_over(tx: Tx, conversation_ids: list[str], by: Author) -> list[Conversation]:
    moved: list[Conversation] = []
    for held in lock_conversations(tx, conversation_ids).values():
        was = held.conversation
        if was.status not in ("assigned", "snoozed") or was.assignee_id is None:
            continue
        snoozed = was.status == "snoozed"
        name = name_of(tx, was.assignee_id)
        return_to_queue(held, "wake_to_queue" if snoozed else "requeue", by, reason="agent_left")
        tell_agents(held, "desk.left", was=name)
        tell(held, "person.left", name=name)
        if snoozed:
            work.cancel(tx, WAKE, was.id)
        moved.append(held.save())
    return moved
