"""Canned replies: what agents say again and again, kept for everyone or for a team."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, bindparam, insert, or_, select, update

from conversations.errors import Forbidden, Invalid, NotFound
from conversations.facts import record
from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import canned_replies, teams
from conversations.words import storable
from handoff.agents import Agent

TITLE_LIMIT = 200
TEXT_LIMIT = 10_000
PAGE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class CannedReply:
    """team_id None: for everyone. text: as it is put into the box, to be changed before it is sent."""

    id: str
    workspace_id: str
    team_id: str | None
    title: str
    text: str
    made_by: str
    created_at: int
    updated_at: int


_NAMES = tuple(field.name for field in fields(CannedReply))
_SELECT = select(*(canned_replies.c[name] for name in _NAMES)).where(canned_replies.c.archived_at.is_(None))
GET = Statement(
    _SELECT.where(canned_replies.c.id == bindparam("id"), canned_replies.c.workspace_id == bindparam("workspace_id"))
)
ADD = Statement(insert(canned_replies).values({name: bindparam(name) for name in _NAMES}))
ARCHIVE = Statement(
    update(canned_replies).where(canned_replies.c.id == bindparam("id_")).values(archived_at=bindparam("now"))
)
TEAM = Statement(
    select(teams.c.id).where(
        teams.c.id == bindparam("id"),
        teams.c.workspace_id == bindparam("workspace_id"),
        teams.c.archived_at.is_(None),
    )
)


def listed(tx: Tx, agent: Agent, *, after: str = "", limit: int = PAGE_LIMIT) -> list[CannedReply]:
    """Those that the agent may use, by id, those after the id `after`."""
    chosen = _SELECT.where(canned_replies.c.workspace_id == agent.workspace_id, canned_replies.c.id > after)
    mine = _seen_by(agent)
    if mine is not None:
        chosen = chosen.where(mine)
    rows = tx.all(chosen.order_by(canned_replies.c.id).limit(min(limit, PAGE_LIMIT)))
    return [CannedReply(*row) for row in rows]


def find(tx: Tx, agent: Agent, canned_id: str) -> CannedReply:
    """Raises NotFound, also for another team's."""
    row = tx.one(GET, {"id": canned_id, "workspace_id": agent.workspace_id})
    found = CannedReply(*row) if row is not None else None
    if found is None or not (found.team_id is None or _is_theirs(agent, found.team_id)):
        raise NotFound("There is no such canned reply.", field="canned_id")
    return found


def add(tx: Tx, agent: Agent, title: str, text: str, team_id: str | None) -> CannedReply:
    """Raises Invalid, NotFound for the team, Forbidden for one that is not the agent's, or for everyone."""
    _may_write(tx, agent, team_id)
    made = CannedReply(
        tx.new_id("can"),
        agent.workspace_id,
        team_id,
        _kept(title, "title", TITLE_LIMIT),
        _kept(text, "text", TEXT_LIMIT),
        agent.author.actor,
        tx.now,
        tx.now,
    )
    tx.run(ADD, {name: getattr(made, name) for name in _NAMES})
    _note(tx, agent, made.id, "added")
    return made


def change(tx: Tx, agent: Agent, canned_id: str, changes: Mapping[str, str | None]) -> CannedReply:
    """Set `title`, `text` or `team_id`. Raises NotFound, Forbidden, Invalid."""
    before = find(tx, agent, canned_id)
    _may_write(tx, agent, before.team_id)
    values: dict[str, str | int | None] = {"updated_at": tx.now}
    if "team_id" in changes:
        _may_write(tx, agent, changes["team_id"])
        values["team_id"] = changes["team_id"]
    for name, limit in (("title", TITLE_LIMIT), ("text", TEXT_LIMIT)):
        if name in changes:
            values[name] = _kept(changes[name] or "", name, limit)
    tx.run(update(canned_replies).where(canned_replies.c.id == canned_id).values(**values))
    _note(tx, agent, canned_id, "changed")
    return find(tx, agent, canned_id)


def archive(tx: Tx, agent: Agent, canned_id: str) -> None:
    """Raises NotFound, Forbidden."""
    _may_write(tx, agent, find(tx, agent, canned_id).team_id)
    tx.run(ARCHIVE, {"id_": canned_id, "now": tx.now})
    _note(tx, agent, canned_id, "archived")


def _seen_by(agent: Agent) -> ColumnElement[bool] | None:
    if agent.may("conversation.see_all"):
        return None
    return or_(canned_replies.c.team_id.is_(None), canned_replies.c.team_id.in_(sorted(agent.team_ids)))


def _is_theirs(agent: Agent, team_id: str) -> bool:
    return team_id in agent.team_ids or agent.may("conversation.see_all")


def _may_write(tx: Tx, agent: Agent, team_id: str | None) -> None:
    """For a team its agents write; for everyone whoever manages knowledge."""
    if team_id is not None and tx.one(TEAM, {"id": team_id, "workspace_id": agent.workspace_id}) is None:
        raise NotFound("There is no such team.", field="team_id")
    if agent.may("knowledge.manage"):
        return
    if team_id is None:
        raise Forbidden("Replies for everyone need the right knowledge.manage. Write this one for your team.")
    if team_id not in agent.team_ids:
        raise Forbidden("You are not in this team. Write this one for your own.")


def _kept(text: str, field: str, at_most: int) -> str:
    text = storable(text).strip()
    if not text:
        raise Invalid(f"{field} is empty.", field=field)
    if len(text) > at_most:
        raise Invalid(f"{field} has at most {at_most:,} characters.", field=field)
    return text


def _note(tx: Tx, agent: Agent, canned_id: str, what: str) -> None:
    record(tx, "settings_changed", agent.author.actor, {"canned_reply_id": canned_id, "changed": [what]})
