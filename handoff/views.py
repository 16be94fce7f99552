"""Saved views: an agent's own lists of conversations, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, func, insert, select, update

from conversations.errors import Conflict, Invalid, NotFound
from conversations.store.port import Tx
from conversations.store.statement import Row, Statement
from conversations.store.tables import saved_views
from conversations.words import storable

NAME_LIMIT = 100
VIEWS_LIMIT = 100
"""Of one agent."""

_COLUMNS = (
    saved_views.c.id,
    saved_views.c.agent_id,
    saved_views.c.name,
    saved_views.c.filter,
    saved_views.c.created_at,
    saved_views.c.updated_at,
)
GET = Statement(
    select(*_COLUMNS).where(saved_views.c.id == bindparam("id"), saved_views.c.agent_id == bindparam("agent_id"))
)
LISTED = Statement(
    select(*_COLUMNS)
    .where(saved_views.c.agent_id == bindparam("agent_id"))
    .order_by(saved_views.c.created_at, saved_views.c.id)
)
NAMED = Statement(
    select(saved_views.c.id).where(
        saved_views.c.agent_id == bindparam("agent_id"), saved_views.c.name == bindparam("name")
    )
)
COUNT = Statement(select(func.count()).where(saved_views.c.agent_id == bindparam("agent_id")))
DELETE = Statement(
    delete(saved_views).where(saved_views.c.id == bindparam("id"), saved_views.c.agent_id == bindparam("agent_id"))
)


@dataclass(frozen=True, slots=True)
class SavedView:
    """filter: as `GET /conversations` takes it, by name."""

    id: str
    agent_id: str
    name: str
    filter: Mapping[str, Any]
    created_at: int
    updated_at: int


def listed(tx: Tx, agent_id: str) -> list[SavedView]:
    """An agent's views, in the order in which they were made."""
    return [_view(row) for row in tx.all(LISTED, {"agent_id": agent_id})]


def find(tx: Tx, agent_id: str, view_id: str) -> SavedView:
    """Raises NotFound, also for a colleague's."""
    row = tx.one(GET, {"id": view_id, "agent_id": agent_id})
    if row is None:
        raise NotFound("There is no such view of yours.", field="view")
    return _view(row)


def add(tx: Tx, agent_id: str, name: str, filter_: Mapping[str, Any]) -> SavedView:
    """Raises Conflict where the agent has one of that name, Invalid for an empty name or too many views."""
    count = tx.one(COUNT, {"agent_id": agent_id})
    if count is not None and count[0] >= VIEWS_LIMIT:
        raise Invalid(f"You have {VIEWS_LIMIT} views. Delete one first.", field="name")
    name = _name(tx, agent_id, name, but=None)
    view_id = tx.new_id("viw")
    tx.run(
        insert(saved_views).values(
            id=view_id,
            agent_id=agent_id,
            name=name,
            filter=orjson.dumps(filter_).decode(),
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    return find(tx, agent_id, view_id)


def change(
    tx: Tx, agent_id: str, view_id: str, *, name: str | None = None, filter_: Mapping[str, Any] | None = None
) -> SavedView:
    """Raises NotFound, Conflict, Invalid."""
    find(tx, agent_id, view_id)
    values: dict[str, Any] = {"updated_at": tx.now}
    if name is not None:
        values["name"] = _name(tx, agent_id, name, but=view_id)
    if filter_ is not None:
        values["filter"] = orjson.dumps(filter_).decode()
    tx.run(update(saved_views).where(saved_views.c.id == view_id).values(**values))
    return find(tx, agent_id, view_id)


def remove(tx: Tx, agent_id: str, view_id: str) -> None:
    """Raises NotFound."""
    find(tx, agent_id, view_id)
    tx.run(DELETE, {"id": view_id, "agent_id": agent_id})


def _name(tx: Tx, agent_id: str, name: str, *, but: str | None) -> str:
    name = storable(name).strip()
    if not 1 <= len(name) <= NAME_LIMIT:
        raise Invalid(f"A view's name has 1 to {NAME_LIMIT} characters.", field="name")
    row = tx.one(NAMED, {"agent_id": agent_id, "name": name})
    if row is not None and row[0] != but:
        raise Conflict("You have a view of that name. Choose another.", field="name")
    return name


def _view(row: Row) -> SavedView:
    view_id, agent_id, name, filter_, created_at, updated_at = row
    return SavedView(view_id, agent_id, name, orjson.loads(filter_), created_at, updated_at)
