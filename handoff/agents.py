"""Agents: the people who answer, what they may, and the chats that they may see."""

import re
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from conversations.facts import record
from conversations.hints import AgentChanged, RoutingDue, SessionRevoked
from conversations.items import end_offer
from conversations.model import SYSTEM, AgentStatus, Author, Conversation, Offer
from conversations.statements import every_column
from conversations.store.port import Tx
from conversations.store.statement import Row, Statement, UpdateByKey
from conversations.store.tables import agents, offers, sessions, team_members
from conversations.words import storable
from handoff.locks import lock_agents, lock_conversations
from handoff.rights import BUNDLES, ROLES, Right, Role

SEATS_LIMIT = 100
TIER_LIMIT = 9
SKILLS_LIMIT = 50
NAME_LIMIT = 200
EMAIL_LIMIT = 254
STATUSES: tuple[AgentStatus, ...] = ("online", "away", "offline")

_EMAIL = re.compile("[^@\\s\x00-\x1f\ufffd]+@[^@\\s\x00-\x1f\ufffd]+")


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent as their rows stand. seats: chats at once. tier: the hardest questions they take."""

    id: str
    workspace_id: str
    email: str
    name: str
    role: Role
    avatar_url: str | None
    seats: int
    skills: frozenset[str]
    tier: int
    status: AgentStatus
    team_ids: frozenset[str]

    @property
    def author(self) -> Author:
        return Author("agent", self.id, self.name)

    @property
    def rights(self) -> frozenset[Right]:
        return BUNDLES[self.role]

    def may(self, right: Right) -> bool:
        return right in self.rights

    def require(self, right: Right) -> None:
        """Raises Forbidden."""
        if right not in self.rights:
            raise Forbidden(f"This needs the right {right}, which your role does not have.")


@dataclass(frozen=True, slots=True)
class NewAgent:
    """An agent to be. password_hash: of `sessions.Passwords`."""

    email: str
    name: str
    password_hash: str
    role: Role = "agent"
    avatar_url: str | None = None
    seats: int = 4
    skills: tuple[str, ...] = ()
    tier: int = 1
    team_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentChange:
    """What becomes different of an agent; None leaves it as it is."""

    name: str | None = None
    role: Role | None = None
    avatar_url: str | None = None
    seats: int | None = None
    skills: tuple[str, ...] | None = None
    tier: int | None = None


_COLUMNS = ("id", "workspace_id", "email", "name", "role", "avatar_url", "seats", "skills", "tier", "status")
_SELECT = (
    select(*(agents.c[name] for name in _COLUMNS), team_members.c.team_id)
    .select_from(agents.outerjoin(team_members, team_members.c.agent_id == agents.c.id))
    .where(agents.c.archived_at.is_(None))
)
GET = Statement(_SELECT.where(agents.c.id == bindparam("id")))
LISTED = Statement(
    _SELECT.where(agents.c.workspace_id == bindparam("workspace_id")).order_by(agents.c.created_at, agents.c.id)
)
EMAIL_KNOWN = Statement(select(agents.c.id).where(agents.c.email == bindparam("email")))
DEACTIVATED = Statement(
    select(*(agents.c[name] for name in _COLUMNS), team_members.c.team_id)
    .select_from(agents.outerjoin(team_members, team_members.c.agent_id == agents.c.id))
    .where(agents.c.workspace_id == bindparam("workspace_id"), agents.c.archived_at.is_not(None))
    .order_by(agents.c.created_at, agents.c.id)
)
NAME_OF = Statement(select(agents.c.name).where(agents.c.id == bindparam("id")))
INSERT = Statement(
    upsert(agents)
    .values(
        **{name: bindparam(name) for name in _COLUMNS},
        password_hash=bindparam("password_hash"),
        created_at=bindparam("now"),
    )
    .on_conflict_do_nothing(index_elements=["email"])
    .returning(agents.c.id)
)
JOIN_TEAM = Statement(
    upsert(team_members)
    .values(team_id=bindparam("team_id"), agent_id=bindparam("agent_id"))
    .on_conflict_do_nothing(index_elements=["team_id", "agent_id"])
)
UPDATE = UpdateByKey(agents, "id")
ARCHIVE = Statement(
    update(agents)
    .where(agents.c.id == bindparam("id_"))
    .values(archived_at=bindparam("now"), status="offline", password_hash="")
)
SET_STATUS = Statement(
    update(agents).where(agents.c.id == bindparam("id_")).values(status=bindparam("new_status"), missed_offers=0)
)
REVOKE_ALL = Statement(
    update(sessions)
    .where(sessions.c.agent_id == bindparam("agent"), sessions.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
OFFERED_TO = Statement(
    select(offers.c.conversation_id)
    .where(offers.c.agent_id == bindparam("agent_id"), offers.c.state == "offered")
    .order_by(offers.c.conversation_id)
    .limit(SEATS_LIMIT)
)
LIVE_OFFERS_TO = Statement(
    select(*every_column(offers, Offer))
    .where(offers.c.agent_id == bindparam("agent_id"), offers.c.state == "offered")
    .order_by(offers.c.created_at, offers.c.id)
)
OTHER_ADMINS = Statement(
    select(agents.c.id)
    .where(
        agents.c.workspace_id == bindparam("workspace_id"),
        agents.c.role == "admin",
        agents.c.archived_at.is_(None),
        agents.c.id != bindparam("agent_id"),
    )
    .order_by(agents.c.id)
    .limit(1)
    .with_for_update(key_share=True)
)


def acting(tx: Tx, agent_id: str) -> Agent:
    """The agent who acts, as they stand in this transaction. Raises Unauthorized."""
    found = _found(tx.all(GET, {"id": agent_id}))
    if not found:
        raise Unauthorized("This agent is not known here any more. Log in again.")
    return found[0]


def find(tx: Tx, workspace_id: str, agent_id: str, *, field: str = "agent_id") -> Agent:
    """An agent of a workspace. Raises NotFound, also for an archived one."""
    found = _found(tx.all(GET, {"id": agent_id}))
    if not found or found[0].workspace_id != workspace_id:
        raise NotFound("There is no such agent.", field=field)
    return found[0]


def name_of(tx: Tx, agent_id: str) -> str:
    """An agent's name, also of an archived one; empty where there never was one."""
    row = tx.one(NAME_OF, {"id": agent_id})
    return row[0] if row is not None else ""


def listed(tx: Tx, workspace_id: str) -> list[Agent]:
    """Every agent of a workspace who is not archived, oldest first."""
    return _found(tx.all(LISTED, {"workspace_id": workspace_id}))


def deactivated(tx: Tx, workspace_id: str) -> list[Agent]:
    """Those who were agents of a workspace and are no more, oldest first."""
    return _found(tx.all(DEACTIVATED, {"workspace_id": workspace_id}))


def email_is_known(tx: Tx, email: str) -> bool:
    """Whether somebody has this address, also a deactivated agent. email: as `clean_email` gives it."""
    return tx.one(EMAIL_KNOWN, {"email": email}) is not None


def may_see(agent: Agent, conversation: Conversation) -> bool:
    """Whether a conversation exists for this agent: theirs or promised to them, of no team or their own, by right."""
    if agent.workspace_id != conversation.workspace_id:
        return False
    return (
        conversation.team_id is None
        or conversation.team_id in agent.team_ids
        or agent.id in (conversation.assignee_id, conversation.preferred_agent_id)
        or agent.may("conversation.see_all")
    )


def add(tx: Tx, workspace_id: str, new: NewAgent, *, by: Author = SYSTEM) -> Agent:
    """A new agent, away until they say otherwise. Raises Invalid, Conflict (`field` email)."""
    email = clean_email(new.email)
    row = {
        **_checked(AgentChange(new.name, new.role, new.avatar_url, new.seats, new.skills, new.tier)),
        "avatar_url": new.avatar_url,
        "id": tx.new_id("agt"),
        "workspace_id": workspace_id,
        "email": email,
        "password_hash": new.password_hash,
        "status": "offline",
        "now": tx.now,
    }
    if tx.one(INSERT, row) is None:
        raise Conflict("Somebody has this e-mail address already.", field="email")
    tx.many(JOIN_TEAM, [{"team_id": team, "agent_id": row["id"]} for team in dict.fromkeys(new.team_ids)])
    record(tx, "agent_added", by.actor, {"agent_id": row["id"], "role": new.role, "teams": list(new.team_ids)})
    tx.hint(AgentChanged(row["id"], workspace_id))
    return acting(tx, row["id"])


def change(tx: Tx, workspace_id: str, agent_id: str, changed: AgentChange, *, by: Author = SYSTEM) -> Agent:
    """Change an agent. Raises Invalid, NotFound, Conflict where the last admin would be none."""
    before = find(tx, workspace_id, agent_id)
    if changed.role is not None and changed.role != "admin":
        _keep_an_admin(tx, before)
    columns = _checked(changed)
    if columns:
        tx.run(UPDATE.of(tuple(sorted(columns))), {**columns, "key_": agent_id})
        record(tx, "agent_changed", by.actor, {"agent_id": agent_id, "changed": sorted(columns)})
        tx.hint(AgentChanged(agent_id, workspace_id))
        tx.hint(RoutingDue(workspace_id))
    return acting(tx, agent_id)


def archive(tx: Tx, workspace_id: str, agent_id: str, *, by: Author = SYSTEM) -> None:
    """End an agent's access: sessions, offers, presence. `leaving.deactivate` hands their chats over, too.

    Raises NotFound, Conflict where they are the last admin.
    """
    agent = find(tx, workspace_id, agent_id)
    _keep_an_admin(tx, agent)
    set_status(tx, agent_id, "offline", by=by)
    tx.run(ARCHIVE, {"id_": agent_id, "now": tx.now})
    tx.run(REVOKE_ALL, {"agent": agent_id, "now": tx.now})
    record(tx, "agent_changed", by.actor, {"agent_id": agent_id, "changed": ["archived_at"]})
    tx.hint(SessionRevoked(agent_id, None))
    tx.hint(AgentChanged(agent_id, workspace_id))


def set_password(tx: Tx, workspace_id: str, agent_id: str, password_hash: str, *, by: Author = SYSTEM) -> None:
    """A new password ends every session there is. Raises NotFound."""
    find(tx, workspace_id, agent_id)
    tx.run(UPDATE.of(("password_hash",)), {"password_hash": password_hash, "key_": agent_id})
    tx.run(REVOKE_ALL, {"agent": agent_id, "now": tx.now})
    record(tx, "agent_changed", by.actor, {"agent_id": agent_id, "changed": ["password_hash"]})
    tx.hint(SessionRevoked(agent_id, None))


def set_status(tx: Tx, agent_id: str, status: AgentStatus, *, by: Author | None = None) -> Agent:
    """Online: may be offered chats. Away and offline: no new offers, those open are withdrawn; chats stay.

    Raises Unauthorized, Invalid.
    """
    if status not in STATUSES:
        raise Invalid(f"status is one of {', '.join(STATUSES)}.", field="status")
    agent = acting(tx, agent_id)
    author = by or agent.author
    offered = [] if status == "online" else [row[0] for row in tx.all(OFFERED_TO, {"agent_id": agent_id})]
    helds = lock_conversations(tx, offered)
    lock_agents(tx, [agent_id])
    if status != agent.status:
        tx.run(SET_STATUS, {"id_": agent_id, "new_status": status})
        data = {"agent_id": agent_id, "from_status": agent.status, "to_status": status}
        record(tx, "agent_status_changed", author.actor, data)
        tx.hint(AgentChanged(agent_id, agent.workspace_id))
    for offer in live_offers(tx, agent_id) if helds else ():
        held = helds.get(offer.conversation_id)
        if held is not None:
            end_offer(held, offer, author, "withdrawn", f"agent_{status}")
            held.save()
    tx.hint(RoutingDue(agent.workspace_id))
    return acting(tx, agent_id)


def live_offers(tx: Tx, agent_id: str) -> list[Offer]:
    """The offers that an agent has before them now, oldest first."""
    return [Offer(*row) for row in tx.all(LIVE_OFFERS_TO, {"agent_id": agent_id})]


def clean_email(email: str) -> str:
    """An address as it is stored and compared. Raises Invalid."""
    cleaned = storable(email).strip().lower()
    if len(cleaned) > EMAIL_LIMIT or not _EMAIL.fullmatch(cleaned):
        raise Invalid("This is not an e-mail address.", field="email")
    return cleaned


def _found(rows: list[Row]) -> list[Agent]:
    """Agents from their rows, one for each team (or one without)."""
    teams: dict[str, set[str]] = {}
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row[0], row)
        teams.setdefault(row[0], set())
        if row[10] is not None:
            teams[row[0]].add(row[10])
    return [_agent(row, frozenset(teams[agent_id])) for agent_id, row in first.items()]


def _agent(row: Row, team_ids: frozenset[str]) -> Agent:
    id_, workspace_id, email, name, role, avatar_url, seats, skills, tier, status = row[:10]
    known = frozenset(orjson.loads(skills))
    return Agent(id_, workspace_id, email, name, role, avatar_url, seats, known, tier, status, team_ids)


def _checked(changed: AgentChange) -> dict[str, Any]:
    """The columns of a change. Raises Invalid."""
    columns: dict[str, Any] = {}
    if changed.name is not None:
        columns["name"] = storable(changed.name).strip()
        if not 1 <= len(columns["name"]) <= NAME_LIMIT:
            raise Invalid(f"name has 1 to {NAME_LIMIT} characters.", field="name")
    if changed.role is not None:
        if changed.role not in ROLES:
            raise Invalid(f"role is one of {', '.join(ROLES)}.", field="role")
        columns["role"] = changed.role
    if changed.avatar_url is not None:
        columns["avatar_url"] = storable(changed.avatar_url)[:2_000] or None
    if changed.seats is not None:
        if not 0 <= changed.seats <= SEATS_LIMIT:
            raise Invalid(f"seats is a whole number from 0 to {SEATS_LIMIT}.", field="seats")
        columns["seats"] = changed.seats
    if changed.skills is not None:
        skills = sorted({storable(skill).strip().lower() for skill in changed.skills} - {""})
        if len(skills) > SKILLS_LIMIT or any(len(skill) > NAME_LIMIT for skill in skills):
            raise Invalid(f"skills are at most {SKILLS_LIMIT} short words.", field="skills")
        columns["skills"] = orjson.dumps(skills).decode()
    if changed.tier is not None:
        if not 1 <= changed.tier <= TIER_LIMIT:
            raise Invalid(f"tier is a whole number from 1 to {TIER_LIMIT}.", field="tier")
        columns["tier"] = changed.tier
    return columns


def _keep_an_admin(tx: Tx, agent: Agent) -> None:
    if agent.role == "admin":
        others = tx.one(OTHER_ADMINS, {"workspace_id": agent.workspace_id, "agent_id": agent.id})
        if others is None:
            raise Conflict("This is the last admin. Make somebody else one first.", field="role")
