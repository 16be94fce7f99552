"""Teams: who answers what. An agent sees the conversations of their own teams, and those of none."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.errors import Conflict, Invalid, NotFound
from conversations.facts import record
from conversations.hints import AgentChanged, RoutingDue
from conversations.model import SYSTEM, Author
from conversations.store.port import Tx
from conversations.store.statement import Row, Statement
from conversations.store.tables import agents, conversations, inboxes, team_members, teams
from conversations.words import storable
from handoff.agents import JOIN_TEAM

NAME_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Team:
    """A team and its members' ids."""

    id: str
    workspace_id: str
    name: str
    member_ids: tuple[str, ...]


_SELECT = (
    select(teams.c.id, teams.c.workspace_id, teams.c.name, team_members.c.agent_id)
    .select_from(teams.outerjoin(team_members, team_members.c.team_id == teams.c.id))
    .where(teams.c.workspace_id == bindparam("workspace_id"), teams.c.archived_at.is_(None))
    .order_by(teams.c.created_at, teams.c.id, team_members.c.agent_id)
)
LISTED = Statement(_SELECT)
ONE = Statement(_SELECT.where(teams.c.id == bindparam("id")))
INSERT = Statement(
    upsert(teams)
    .values(
        id=bindparam("id"),
        workspace_id=bindparam("workspace_id"),
        name=bindparam("name"),
        created_at=bindparam("now"),
    )
    .on_conflict_do_nothing(index_elements=["workspace_id", "name"])
    .returning(teams.c.id)
)
NAMED = Statement(
    select(teams.c.id).where(teams.c.workspace_id == bindparam("workspace_id"), teams.c.name == bindparam("name"))
)
RENAME = Statement(update(teams).where(teams.c.id == bindparam("id_")).values(name=bindparam("new_name")))
ARCHIVE = Statement(
    update(teams)
    .where(teams.c.id == bindparam("id_"))
    .values(archived_at=bindparam("now"), name=teams.c.name + bindparam("mark"))
)
LEAVE = Statement(delete(team_members).where(team_members.c.team_id == bindparam("team_id")))
OPEN_IN = Statement(
    select(func.count()).where(
        conversations.c.workspace_id == bindparam("workspace_id"),
        conversations.c.team_id == bindparam("team_id"),
        conversations.c.status != "resolved",
    )
)
DEFAULT_OF = Statement(
    select(inboxes.c.name)
    .where(inboxes.c.default_team_id == bindparam("team_id"), inboxes.c.archived_at.is_(None))
    .limit(1)
)
KNOWN_AGENTS = select(agents.c.id).where(
    agents.c.workspace_id == bindparam("workspace_id"),
    agents.c.archived_at.is_(None),
    agents.c.id.in_(bindparam("ids", expanding=True)),
)


def listed(tx: Tx, workspace_id: str) -> list[Team]:
    """The teams of a workspace, oldest first."""
    return _teams(tx.all(LISTED, {"workspace_id": workspace_id}))


def find(tx: Tx, workspace_id: str, team_id: str, *, field: str = "team_id") -> Team:
    """Raises NotFound, also for an archived one."""
    found = _teams(tx.all(ONE, {"workspace_id": workspace_id, "id": team_id}))
    if not found:
        raise NotFound("There is no such team.", field=field)
    return found[0]


def add(tx: Tx, workspace_id: str, name: str, member_ids: Sequence[str] = (), *, by: Author = SYSTEM) -> Team:
    """A new team. Raises Invalid, NotFound (a member), Conflict (`field` name)."""
    team_id = tx.new_id("tem")
    row = {"id": team_id, "workspace_id": workspace_id, "name": _name(name), "now": tx.now}
    if tx.one(INSERT, row) is None:
        raise Conflict("There is a team of this name already.", field="name")
    record(tx, "settings_changed", by.actor, {"team_id": team_id, "changed": ["created_at"]})
    return set_members(tx, workspace_id, team_id, member_ids, by=by)


def rename(tx: Tx, workspace_id: str, team_id: str, name: str, *, by: Author = SYSTEM) -> Team:
    """Raises Invalid, NotFound, Conflict (`field` name)."""
    team = find(tx, workspace_id, team_id)
    new_name = _name(name)
    taken = tx.one(NAMED, {"workspace_id": workspace_id, "name": new_name})
    if taken is not None and taken[0] != team.id:
        raise Conflict("There is a team of this name already.", field="name")
    tx.run(RENAME, {"id_": team.id, "new_name": new_name})
    record(tx, "settings_changed", by.actor, {"team_id": team.id, "changed": ["name"]})
    return find(tx, workspace_id, team_id)


def set_members(tx: Tx, workspace_id: str, team_id: str, member_ids: Sequence[str], *, by: Author = SYSTEM) -> Team:
    """Who is in the team from now on. Raises NotFound for a team or an agent."""
    team = find(tx, workspace_id, team_id)
    wanted = list(dict.fromkeys(member_ids))
    if wanted:
        known = {row[0] for row in tx.all(KNOWN_AGENTS, {"workspace_id": workspace_id, "ids": wanted})}
        if known != set(wanted):
            raise NotFound("There is no such agent.", field="member_ids")
    tx.run(LEAVE, {"team_id": team.id})
    tx.many(JOIN_TEAM, [{"team_id": team.id, "agent_id": one} for one in wanted])
    record(tx, "settings_changed", by.actor, {"team_id": team.id, "changed": ["members"]})
    for agent_id in set(wanted) ^ set(team.member_ids):
        tx.hint(AgentChanged(agent_id, workspace_id))
    tx.hint(RoutingDue(workspace_id))
    return find(tx, workspace_id, team_id)


def archive(tx: Tx, workspace_id: str, team_id: str, *, by: Author = SYSTEM) -> None:
    """Raises NotFound, Conflict while something still belongs to the team: nothing may be left to nobody."""
    team = find(tx, workspace_id, team_id)
    inbox = tx.one(DEFAULT_OF, {"team_id": team_id})
    if inbox is not None:
        raise Conflict(f"The inbox {inbox[0]} sends its chats to this team. Give it another one first.", field="id")
    row = tx.one(OPEN_IN, {"workspace_id": workspace_id, "team_id": team_id})
    if row is not None and row[0]:
        raise Conflict(f"{row[0]} open conversations belong to this team. Transfer them first.", field="id")
    tx.run(LEAVE, {"team_id": team_id})
    tx.run(ARCHIVE, {"id_": team_id, "now": tx.now, "mark": f" ({team_id})"})
    record(tx, "settings_changed", by.actor, {"team_id": team_id, "changed": ["archived_at"]})
    for agent_id in team.member_ids:
        tx.hint(AgentChanged(agent_id, workspace_id))


def _name(name: str) -> str:
    cleaned = storable(name).strip()
    if not 1 <= len(cleaned) <= NAME_LIMIT:
        raise Invalid(f"name has 1 to {NAME_LIMIT} characters.", field="name")
    return cleaned


def _teams(rows: Sequence[Row]) -> list[Team]:
    members: dict[tuple[str, str, str], list[str]] = {}
    for team_id, workspace_id, name, agent_id in rows:
        into = members.setdefault((team_id, workspace_id, name), [])
        if agent_id is not None:
            into.append(agent_id)
    return [Team(*head, tuple(ids)) for head, ids in members.items()]
