"""Who is there: a lease for each connection of an agent, kept up by the server's own heartbeat of the socket.

A lease that has ended stays as the record of when: without a live one an agent gets no offer; 90 s later
their chats in which a visitor waits go back in line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.hints import AgentChanged, RoutingDue
from conversations.model import SYSTEM, AgentStatus, Conversation
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import agents, conversations, presence
from conversations.visitor import tell
from handoff.agents import name_of
from handoff.events import tell_agents
from handoff.locks import lock_conversations
from handoff.requeue import return_to_queue

LEASE_MS = 30_000
GRACE_MS = 30_000
"""How long after their last lease an agent still counts as there, but for new offers: a page loads again in less."""
GONE_MS = 90_000
FORGET_MS = 86_400_000
SLOW_CHANNELS = ("email", "form")
"""Where nobody waits at the other end: such conversations stay with their agent until their own clock."""

_insert = upsert(presence).values(
    id=bindparam("id"), agent_id=bindparam("agent_id"), node=bindparam("node"), leased_until=bindparam("until")
)
CONNECT = Statement(
    _insert.on_conflict_do_update(
        index_elements=["id"],
        set_={"node": _insert.excluded.node, "leased_until": _insert.excluded.leased_until},
        where=presence.c.agent_id == _insert.excluded.agent_id,
    ).returning(presence.c.id)
)
NOTICE = Statement(
    _insert.on_conflict_do_update(
        index_elements=["id"],
        set_={
            "leased_until": case(
                (presence.c.leased_until > _insert.excluded.leased_until, presence.c.leased_until),
                else_=_insert.excluded.leased_until,
            )
        },
    )
)
RENEW = (
    update(presence)
    .where(presence.c.id.in_(bindparam("ids", expanding=True)), presence.c.leased_until < bindparam("until"))
    .values(leased_until=bindparam("until"))
)
KNOWN = select(presence.c.id).where(presence.c.id.in_(bindparam("ids", expanding=True)))
DISCONNECT = Statement(
    update(presence)
    .where(presence.c.id == bindparam("id_"), presence.c.leased_until > bindparam("now"))
    .values(leased_until=bindparam("now"))
    .returning(presence.c.agent_id)
)
WORKSPACE_OF = Statement(select(agents.c.workspace_id).where(agents.c.id == bindparam("id")))
LAST_LEASE = Statement(select(func.max(presence.c.leased_until)).where(presence.c.agent_id == bindparam("agent_id")))
PRESENT = Statement(
    select(agents.c.id, agents.c.status, func.max(presence.c.leased_until))
    .select_from(agents.outerjoin(presence, presence.c.agent_id == agents.c.id))
    .where(agents.c.workspace_id == bindparam("workspace_id"), agents.c.archived_at.is_(None))
    .group_by(agents.c.id, agents.c.status)
    .order_by(agents.c.id)
)
LEFT_WAITING = Statement(
    select(conversations.c.id)
    .where(
        conversations.c.assignee_id.is_not(None),
        conversations.c.status == "assigned",
        conversations.c.waiting_on == "us",
        *(conversations.c.channel != slow for slow in SLOW_CHANNELS),
        ~select(presence.c.id)
        .where(presence.c.agent_id == conversations.c.assignee_id, presence.c.leased_until > bindparam("gone_before"))
        .exists(),
    )
    .order_by(conversations.c.waiting_since, conversations.c.id)
    .limit(bindparam("limit"))
)
FORGET = Statement(delete(presence).where(presence.c.leased_until < bindparam("before")))


@dataclass(frozen=True, slots=True)
class Present:
    """An agent as colleagues see them. connected: a lease of theirs lives."""

    agent_id: str
    status: AgentStatus
    connected: bool


def connected(tx: Tx, agent_id: str, connection_id: str, node: str, lease_ms: int = LEASE_MS) -> None:
    """A connection of an agent opened, or came back; it counts until its lease ends or is renewed."""
    row = {"id": connection_id, "agent_id": agent_id, "node": node, "until": tx.now + lease_ms}
    tx.one(CONNECT, row)
    _changed(tx, agent_id)


def renew(tx: Tx, connection_ids: Sequence[str], lease_ms: int = LEASE_MS) -> list[str]:
    """Keep leases up for connections whose heartbeat was heard; at most some hundred at once.

    Returns the ids that are not known any more: `connected` them again.
    """
    ids = list(dict.fromkeys(connection_ids))
    if not ids:
        return []
    tx.run(RENEW, {"ids": ids, "until": tx.now + lease_ms})
    known = {row[0] for row in tx.all(KNOWN, {"ids": ids})}
    return [one for one in ids if one not in known]


def disconnected(tx: Tx, connection_id: str) -> None:
    """A connection closed: its lease ends now."""
    row = tx.one(DISCONNECT, {"id_": connection_id, "now": tx.now})
    if row is not None:
        _changed(tx, row[0])


def noticed(tx: Tx, agent_id: str) -> None:
    """An agent acted, by whatever way: the clock after which they are gone starts again from now."""
    tx.run(NOTICE, {"id": f"acted:{agent_id}", "agent_id": agent_id, "node": "", "until": tx.now})


def is_there(tx: Tx, agent_id: str) -> bool:
    """Whether an agent is connected, or was so just now."""
    row = tx.one(LAST_LEASE, {"agent_id": agent_id})
    return row is not None and row[0] is not None and row[0] > tx.now - GRACE_MS


def listed(tx: Tx, workspace_id: str) -> list[Present]:
    """Every agent of a workspace who is not archived, with their presence."""
    rows = tx.all(PRESENT, {"workspace_id": workspace_id})
    return [Present(agent_id, status, (until or 0) > tx.now) for agent_id, status, until in rows]


def sweep(tx: Tx, limit: int = 50) -> list[Conversation]:
    """Put back in line, once, the chats in which a visitor waits for an agent who is gone.

    They keep their place, and the agent is preferred should they come back. Returns those conversations; ask
    again when there were `limit` of them.
    """
    gone_before = {"gone_before": tx.now - GONE_MS}
    found = [row[0] for row in tx.all(LEFT_WAITING, {**gone_before, "limit": limit})]
    returned: list[Conversation] = []
    for held in lock_conversations(tx, found).values():
        before = held.conversation
        if before.status != "assigned" or before.waiting_on != "us" or before.assignee_id is None:
            continue
        lease = tx.one(LAST_LEASE, {"agent_id": before.assignee_id})
        if lease is not None and (lease[0] or 0) > gone_before["gone_before"]:
            continue
        return_to_queue(held, "requeue", SYSTEM, reason="agent_gone", preferred_agent_id=before.assignee_id)
        tell_agents(held, "desk.gone", was=name_of(tx, before.assignee_id))
        tell(held, "person.gone")
        returned.append(held.save())
    tx.run(FORGET, {"before": tx.now - FORGET_MS})
    return returned


def _changed(tx: Tx, agent_id: str) -> None:
    row = tx.one(WORKSPACE_OF, {"id": agent_id})
    if row is not None:
        tx.hint(AgentChanged(agent_id, row[0]))
        tx.hint(RoutingDue(row[0]))
