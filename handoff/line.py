"""The line as it stands: what waits, by what it asks for, and who is there to take it."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from sqlalchemy import bindparam, select

from conversations.store.port import Tx
from conversations.store.statement import Row, Statement
from conversations.store.tables import agents, offers, presence, queue_items, team_members
from handoff.routing import Candidate, Item, Requirement
from handoff.seats import used_in


@dataclass(frozen=True, slots=True)
class Kind:
    """What some chats ask for alike. skills_text: the skills as those rows have them."""

    requirement: Requirement
    skills_text: str

    @classmethod
    def of(cls, team_id: str | None, tier: int, skills_text: str) -> "Kind":
        skills = frozenset(skill.lower() for skill in orjson.loads(skills_text))
        return cls(Requirement(team_id, tier, skills), skills_text)


_WAITING = (queue_items.c.kind == "chat", queue_items.c.state == "live")
_UNOFFERED = (
    *_WAITING,
    ~select(offers.c.id)
    .where(offers.c.conversation_id == queue_items.c.conversation_id, offers.c.state == "offered")
    .exists(),
)
_ITEM = (
    queue_items.c.id,
    queue_items.c.conversation_id,
    queue_items.c.team_id,
    queue_items.c.tier,
    queue_items.c.required_skills,
    queue_items.c.waiting_since,
    queue_items.c.priority,
    queue_items.c.preferred_agent_id,
    queue_items.c.tried,
)
WORKSPACES = Statement(
    select(queue_items.c.workspace_id).where(*_UNOFFERED).distinct().order_by(queue_items.c.workspace_id).limit(1_000)
)
KINDS = Statement(
    select(queue_items.c.team_id, queue_items.c.tier, queue_items.c.required_skills)
    .where(queue_items.c.workspace_id == bindparam("workspace_id"), *_UNOFFERED)
    .distinct()
    .limit(1_000)
)
PROMISED = (
    select(*_ITEM)
    .where(
        queue_items.c.workspace_id == bindparam("workspace_id"),
        queue_items.c.preferred_agent_id.in_(bindparam("ids", expanding=True)),
        *_UNOFFERED,
    )
    .order_by(queue_items.c.priority.desc(), queue_items.c.waiting_since, queue_items.c.id)
    .limit(bindparam("limit"))
)
FIRST_OF = Statement(
    select(*_ITEM)
    .where(
        queue_items.c.workspace_id == bindparam("workspace_id"),
        queue_items.c.team_id.is_not_distinct_from(bindparam("team_id")),
        queue_items.c.tier == bindparam("tier"),
        queue_items.c.required_skills == bindparam("skills"),
        *_UNOFFERED,
    )
    .order_by(queue_items.c.priority.desc(), queue_items.c.waiting_since, queue_items.c.id)
    .limit(bindparam("limit"))
)
STILL_WAITING = select(*_ITEM).where(queue_items.c.conversation_id.in_(bindparam("ids", expanding=True)), *_UNOFFERED)
CANDIDATES = Statement(
    select(agents.c.id, agents.c.seats, agents.c.skills, agents.c.tier, agents.c.last_offered_at).where(
        agents.c.workspace_id == bindparam("workspace_id"),
        agents.c.archived_at.is_(None),
        agents.c.status == "online",
        select(presence.c.id)
        .where(presence.c.agent_id == agents.c.id, presence.c.leased_until > bindparam("lease_after"))
        .exists(),
    )
)
MEMBERSHIPS = Statement(
    select(team_members.c.agent_id, team_members.c.team_id)
    .join(agents, agents.c.id == team_members.c.agent_id)
    .where(agents.c.workspace_id == bindparam("workspace_id"))
)


def workspaces_waiting(tx: Tx) -> list[str]:
    """The workspaces in which a chat waits without an offer."""
    return [row[0] for row in tx.all(WORKSPACES)]


def kinds(tx: Tx, workspace_id: str) -> list[Kind]:
    """What the chats without an offer ask for: as many as there are kinds of them, not as there are chats."""
    return [Kind.of(*row) for row in tx.all(KINDS, {"workspace_id": workspace_id})]


def first_of(tx: Tx, workspace_id: str, kind: Kind, limit: int) -> list[Item]:
    """The head of the line of one kind."""
    where = {
        "workspace_id": workspace_id,
        "team_id": kind.requirement.team_id,
        "tier": kind.requirement.tier,
        "skills": kind.skills_text,
        "limit": limit,
    }
    return [_item(row) for row in tx.all(FIRST_OF, where)]


def first_promised(tx: Tx, workspace_id: str, agent_ids: Iterable[str], limit: int) -> list[Item]:
    """The head of the line of those that prefer one of these agents, whatever else they ask for."""
    ids = sorted(agent_ids)
    if not ids:
        return []
    return [_item(row) for row in tx.all(PROMISED, {"workspace_id": workspace_id, "ids": ids, "limit": limit})]


def still_waiting(tx: Tx, conversation_ids: Iterable[str]) -> list[Item]:
    """Those of these conversations that wait without an offer; asked again once they are locked."""
    ids = list(conversation_ids)
    return [_item(row) for row in tx.all(STILL_WAITING, {"ids": ids})] if ids else []


def candidates(tx: Tx, workspace_id: str, *, grace_ms: int = 0) -> list[Candidate]:
    """Every agent who is online and connected, with their seats in use, also those without a free one.

    grace_ms: count who lost their last connection no longer ago than that.
    """
    rows = tx.all(CANDIDATES, {"workspace_id": workspace_id, "lease_after": tx.now - grace_ms})
    if not rows:
        return []
    teams: dict[str, set[str]] = {}
    for agent_id, team_id in tx.all(MEMBERSHIPS, {"workspace_id": workspace_id}):
        teams.setdefault(agent_id, set()).add(team_id)
    used = used_in(tx, workspace_id)
    return [
        Candidate(
            agent_id=agent_id,
            seats=seats,
            used=used.get(agent_id, 0),
            team_ids=frozenset(teams.get(agent_id, ())),
            skills=frozenset(orjson.loads(skills)),
            tier=tier,
            last_offered_at=last_offered_at,
        )
        for agent_id, seats, skills, tier, last_offered_at in rows
    ]


def _item(row: Row) -> Item:
    id_, conversation_id, team_id, tier, skills, waiting_since, priority, preferred_agent_id, tried = row
    return Item(
        id=id_,
        conversation_id=conversation_id,
        requirement=Kind.of(team_id, tier, skills).requirement,
        waiting_since=waiting_since,
        priority=priority,
        preferred_agent_id=preferred_agent_id,
        tried=dict(orjson.loads(tried)),
    )
