"""Canned replies: what agents say again and again."""

from dataclasses import asdict
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from conversations.store import Tx
from conversations.words import storable
from handoff import canned
from handoff.agents import Agent
from handoff.canned import TEXT_LIMIT, TITLE_LIMIT, CannedReply
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Id, Shape
from server.http.pages import Paging, after_of, next_after
from server.http.routes import API, Routes
from server.shapes import Json, iso

routes = Routes("canned_replies")

Title = Annotated[str, StringConstraints(min_length=1, max_length=TITLE_LIMIT), AfterValidator(storable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_LIMIT), AfterValidator(storable)]


class CannedShape(Shape):
    """team_id null: for everyone."""

    id: str
    team_id: str | None
    title: str
    text: str
    made_by: str
    created_at: str
    updated_at: str


class CannedPage(Shape):
    canned_replies: list[CannedShape]
    cursor: str | None


class NewCanned(Body):
    """team_id: for whom; without it for everyone, which takes the right to manage knowledge."""

    title: Title
    text: Text
    team_id: Id | None = None


class CannedBody(Body):
    title: Title | None = None
    text: Text | None = None
    team_id: Id | None = None


@routes.get("/canned_replies", access="agent", answer=CannedPage)
async def list_canned(call: Call, query: Paging) -> Reply:
    """Those for everyone and those of the agent's teams."""
    return Reply(await call.read(_list, call.agent, query))


def _list(tx: Tx, agent: Agent, query: Paging) -> Json:
    found = canned.listed(tx, agent, after=after_of(query), limit=query.limit)
    cursor = next_after(found[-1].id if len(found) == query.limit else None)
    return {"canned_replies": [_shape(one) for one in found], "cursor": cursor}


@routes.post("/canned_replies", access="agent", answer=CannedShape, status=201)
async def add_canned(call: Call, body: NewCanned) -> Reply:
    """Keep a reply for one of the agent's teams, or with the right to manage knowledge for everyone."""
    return await call.write(_add, body)


def _add(tx: Tx, by: Acting, body: NewCanned) -> Reply:
    made = canned.add(tx, by.agent, body.title, body.text, body.team_id)
    return tagged(_shape(made), 201, f"{API}/canned_replies/{made.id}")


@routes.get("/canned_replies/{canned_id}", access="agent", answer=CannedShape)
async def show_canned(call: Call) -> Reply:
    """One canned reply."""
    return tagged(_shape(await call.read(canned.find, call.agent, call.path("canned_id"))))


@routes.patch("/canned_replies/{canned_id}", access="agent", answer=CannedShape)
async def change_canned(call: Call, body: CannedBody) -> Reply:
    """Change a canned reply; a team_id of null makes it everyone's."""
    return await call.write(_change, call.path("canned_id"), body)


def _change(tx: Tx, by: Acting, canned_id: str, body: CannedBody) -> Reply:
    by.expects(_shape(canned.find(tx, by.agent, canned_id)))
    changes: dict[str, str | None] = body.model_dump(exclude_unset=True)
    given = {name: value for name, value in changes.items() if name == "team_id" or value is not None}
    return tagged(_shape(canned.change(tx, by.agent, canned_id, given)))


@routes.delete("/canned_replies/{canned_id}", access="agent", status=204)
async def archive_canned(call: Call) -> Reply:
    """Take a canned reply out of use."""
    return await call.write(_archive, call.path("canned_id"))


def _archive(tx: Tx, by: Acting, canned_id: str) -> None:
    canned.archive(tx, by.agent, canned_id)


def _shape(reply: CannedReply) -> Json:
    shape = asdict(reply)
    del shape["workspace_id"]
    return {**shape, "created_at": iso(reply.created_at), "updated_at": iso(reply.updated_at)}
