"""Bots: who answers in inboxes, from which knowledge."""

from typing import Any

import orjson
from sqlalchemy import select, update

from conversations.errors import Conflict, NotFound
from conversations.facts import record
from conversations.store import Tx
from conversations.store.tables import bots, inboxes, knowledge_bases
from server.founding import add_bot as add_bot_row
from server.http.answers import NOTHING, Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Id, Name, Shape
from server.http.routes import API, Routes
from server.places import PlacesChanged
from server.shapes import Json, iso

routes = Routes("bots")

_SELECT = select(
    bots.c.id,
    bots.c.name,
    bots.c.knowledge_base_id,
    bots.c.settings,
    bots.c.live_model_id,
    bots.c.knowledge_rev,
    bots.c.created_at,
).where(bots.c.archived_at.is_(None))


class BotShape(Shape):
    """knowledge_rev rises with each change of what the bot knows."""

    id: str
    name: str
    knowledge_base_id: str
    settings: dict[str, Any]
    live_model_id: str | None
    knowledge_rev: int
    created_at: str


class BotsPage(Shape):
    bots: list[BotShape]
    cursor: str | None


class NewBot(Body):
    """knowledge_base_id: whose articles it shares; without, it gets a knowledge base of its own."""

    name: Name
    knowledge_base_id: Id | None = None


class BotBody(Body):
    name: Name | None = None


@routes.get("/bots", access="agent", answer=BotsPage)
async def list_bots(call: Call) -> Reply:
    """Every bot of the workspace, in one page."""
    return Reply({"bots": await call.read(_list, call.agent.workspace_id), "cursor": None})


@routes.post("/bots", access="bots.manage", answer=BotShape, status=201)
async def add_bot(call: Call, body: NewBot) -> Reply:
    """Add a bot. It answers where an inbox names it."""
    return await call.write_place(_add, body)


def _add(tx: Tx, by: Acting, body: NewBot) -> Reply:
    if body.knowledge_base_id is not None:
        known = select(knowledge_bases.c.id).where(
            knowledge_bases.c.id == body.knowledge_base_id, knowledge_bases.c.workspace_id == by.workspace_id
        )
        if tx.one(known) is None:
            raise NotFound("There is no such knowledge base.", field="knowledge_base_id")
    bot_id, _ = add_bot_row(tx, by.workspace_id, body.name, body.knowledge_base_id)
    _changed(tx, by, bot_id, "added")
    return tagged(_one(tx, by.workspace_id, bot_id), 201, f"{API}/bots/{bot_id}")


@routes.get("/bots/{bot_id}", access="agent", answer=BotShape)
async def show_bot(call: Call) -> Reply:
    """One bot."""
    return tagged(await call.read(_one, call.agent.workspace_id, call.path("bot_id")))


@routes.patch("/bots/{bot_id}", access="bots.manage", answer=BotShape)
async def change_bot(call: Call, body: BotBody) -> Reply:
    """Rename a bot."""
    return await call.write_place(_change, call.path("bot_id"), body)


def _change(tx: Tx, by: Acting, bot_id: str, body: BotBody) -> Reply:
    before = _one(tx, by.workspace_id, bot_id)
    by.expects(before)
    if body.name is not None and body.name != before["name"]:
        taken = select(bots.c.id).where(bots.c.workspace_id == by.workspace_id, bots.c.name == body.name)
        if tx.one(taken) is not None:
            raise Conflict("Another bot has this name. Choose a different one.", field="name")
        tx.run(update(bots).where(bots.c.id == bot_id).values(name=body.name))
        _changed(tx, by, bot_id, "name")
    return tagged(_one(tx, by.workspace_id, bot_id))


@routes.delete("/bots/{bot_id}", access="bots.manage", status=204)
async def archive_bot(call: Call) -> Reply:
    """Archive a bot that no inbox names."""
    return await call.write_place(_archive, call.path("bot_id"))


def _archive(tx: Tx, by: Acting, bot_id: str) -> Reply:
    _one(tx, by.workspace_id, bot_id)
    used = tx.one(select(inboxes.c.name).where(inboxes.c.bot_id == bot_id, inboxes.c.archived_at.is_(None)))
    if used is not None:
        raise Conflict(f"The inbox {used[0]} uses this bot. Give it another one first.", field="bot_id")
    tx.run(update(bots).where(bots.c.id == bot_id).values(archived_at=tx.now))
    _changed(tx, by, bot_id, "archived_at")
    return NOTHING


def find_bot(tx: Tx, workspace_id: str, bot_id: str) -> Json:
    """A bot's shape. Raises NotFound."""
    return _one(tx, workspace_id, bot_id)


def _one(tx: Tx, workspace_id: str, bot_id: str) -> Json:
    row = tx.one(_SELECT.where(bots.c.workspace_id == workspace_id, bots.c.id == bot_id))
    if row is None:
        raise NotFound("There is no such bot.", field="bot_id")
    return _shape(row)


def _list(tx: Tx, workspace_id: str) -> list[Json]:
    ordered = _SELECT.where(bots.c.workspace_id == workspace_id).order_by(bots.c.created_at, bots.c.id)
    return [_shape(row) for row in tx.all(ordered)]


def _changed(tx: Tx, by: Acting, bot_id: str, what: str) -> None:
    record(tx, "settings_changed", by.agent.author.actor, {"bot_id": bot_id, "changed": [what]})
    tx.hint(PlacesChanged(by.workspace_id))


def _shape(row: tuple[Any, ...]) -> Json:
    return {
        "id": row[0],
        "name": row[1],
        "knowledge_base_id": row[2],
        "settings": orjson.loads(row[3]),
        "live_model_id": row[4],
        "knowledge_rev": row[5],
        "created_at": iso(row[6]),
    }
