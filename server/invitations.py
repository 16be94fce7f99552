"""Invitations: a link by which somebody becomes an agent, in the role and teams that an admin chose."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, insert, select, update

from conversations.errors import Capacity, Conflict, NotFound
from conversations.facts import record
from conversations.identities import token_hash
from conversations.model import Author
from conversations.store import Statement, Tx
from conversations.store.clock import new_secret
from conversations.store.tables import invitations
from handoff import agents, teams
from handoff.agents import Agent, NewAgent, clean_email
from handoff.rights import Role
from handoff.sessions import open_session

LIFE_MS = 7 * 86_400_000
OPEN_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who is asked to come, and as what. Moments in milliseconds UTC."""

    id: str
    workspace_id: str
    email: str
    name: str | None
    role: Role
    seats: int
    skills: tuple[str, ...]
    team_ids: tuple[str, ...]
    created_at: int
    expires_at: int


_COLUMNS = ("id", "workspace_id", "email", "name", "role", "seats", "skills", "team_ids", "created_at", "expires_at")
_SELECT = select(*(invitations.c[name] for name in _COLUMNS)).where(
    invitations.c.accepted_at.is_(None), invitations.c.withdrawn_at.is_(None)
)
_LISTED = Statement(
    _SELECT.where(invitations.c.workspace_id == bindparam("workspace_id"))
    .order_by(invitations.c.created_at.desc(), invitations.c.id.desc())
    .limit(OPEN_LIMIT)
)
_BY_TOKEN = Statement(
    _SELECT.where(invitations.c.token_hash == bindparam("token_hash"), invitations.c.expires_at > bindparam("now"))
)
_ADD = Statement(
    insert(invitations).values(
        **{name: bindparam(name) for name in _COLUMNS},
        token_hash=bindparam("token_hash"),
        invited_by=bindparam("invited_by"),
    )
)
_WITHDRAW = Statement(
    update(invitations)
    .where(
        invitations.c.id == bindparam("id_"),
        invitations.c.workspace_id == bindparam("workspace"),
        invitations.c.accepted_at.is_(None),
        invitations.c.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=bindparam("now"))
)
_WITHDRAW_EARLIER = Statement(
    update(invitations)
    .where(
        invitations.c.workspace_id == bindparam("workspace"),
        invitations.c.email == bindparam("address"),
        invitations.c.accepted_at.is_(None),
        invitations.c.withdrawn_at.is_(None),
    )
    .values(withdrawn_at=bindparam("now"))
)
_ACCEPT = Statement(
    update(invitations)
    .where(
        invitations.c.id == bindparam("id_"),
        invitations.c.accepted_at.is_(None),
        invitations.c.withdrawn_at.is_(None),
    )
    .values(accepted_at=bindparam("now"))
)


def listed(tx: Tx, workspace_id: str) -> list[Invitation]:
    """Those not yet accepted, newest first; also those whose time is over, until they are withdrawn."""
    return [_from(row) for row in tx.all(_LISTED, {"workspace_id": workspace_id})]


def add(
    tx: Tx,
    workspace_id: str,
    email: str,
    name: str | None,
    role: Role,
    *,
    seats: int = 4,
    skills: tuple[str, ...] = (),
    team_ids: tuple[str, ...] = (),
    by: Author,
) -> tuple[Invitation, str]:
    """An invitation and its link's token, shown once; an earlier one of the same address ends.

    Raises Invalid, NotFound (a team), Conflict (`field` email) for somebody who is an agent, Capacity.
    """
    address = clean_email(email)
    if agents.email_is_known(tx, address):
        told = "Somebody has this e-mail address already. If they were deactivated, activate them again."
        raise Conflict(told, field="email")
    wanted = tuple(teams.find(tx, workspace_id, one, field="team_ids").id for one in dict.fromkeys(team_ids))
    tx.run(_WITHDRAW_EARLIER, {"workspace": workspace_id, "address": address, "now": tx.now})
    if len(listed(tx, workspace_id)) >= OPEN_LIMIT:
        raise Capacity(f"{OPEN_LIMIT} invitations are open. Withdraw some first.")
    token = new_secret("inv")
    row = {
        "id": tx.new_id("inv"),
        "workspace_id": workspace_id,
        "email": address,
        "name": name,
        "role": role,
        "seats": seats,
        "skills": orjson.dumps(skills).decode(),
        "team_ids": orjson.dumps(wanted).decode(),
        "created_at": tx.now,
        "expires_at": tx.now + LIFE_MS,
    }
    tx.run(_ADD, {**row, "token_hash": token_hash(token), "invited_by": by.actor})
    record(tx, "settings_changed", by.actor, {"invitation_id": row["id"], "changed": ["created_at"], "role": role})
    return _from(tuple(row[name] for name in _COLUMNS)), token


def withdraw(tx: Tx, workspace_id: str, invitation_id: str, by: Author) -> None:
    """The link works no more. Raises NotFound, also for one that was accepted or withdrawn."""
    if tx.run(_WITHDRAW, {"id_": invitation_id, "workspace": workspace_id, "now": tx.now}) != 1:
        raise NotFound("There is no such invitation.", field="invitation_id")
    record(tx, "settings_changed", by.actor, {"invitation_id": invitation_id, "changed": ["withdrawn_at"]})


def look(tx: Tx, token: str) -> Invitation:
    """The invitation of a link. Raises NotFound (`field` token)."""
    row = tx.one(_BY_TOKEN, {"token_hash": token_hash(token), "now": tx.now})
    if row is None:
        raise NotFound("This invitation was used, withdrawn, or its time is over. Ask for another.", field="token")
    return _from(row)


def accept(tx: Tx, token: str, name: str, password_hash: str) -> tuple[str, Agent]:
    """Become the agent: a session's token, and who they are. Raises NotFound (`field` token), Invalid, Conflict."""
    invited = look(tx, token)
    known = {one.id for one in teams.listed(tx, invited.workspace_id)}
    new = NewAgent(
        email=invited.email,
        name=name,
        password_hash=password_hash,
        role=invited.role,
        seats=invited.seats,
        skills=invited.skills,
        # a team may have been archived meanwhile
        team_ids=tuple(one for one in invited.team_ids if one in known),
    )
    if tx.run(_ACCEPT, {"id_": invited.id, "now": tx.now}) != 1:
        raise NotFound("This invitation was used or withdrawn. Ask for another.", field="token")
    agent = agents.add(tx, invited.workspace_id, new)
    record(tx, "settings_changed", agent.author.actor, {"invitation_id": invited.id, "changed": ["accepted_at"]})
    return open_session(tx, agent.id)


def _from(row: tuple[Any, ...]) -> Invitation:
    id_, workspace_id, email, name, role, seats, skills, team_ids, created_at, expires_at = row
    known = tuple(orjson.loads(skills))
    into = tuple(orjson.loads(team_ids))
    return Invitation(id_, workspace_id, email, name, role, seats, known, into, created_at, expires_at)
