"""Saved views: an agent's own lists, by name."""

from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints

from conversations.store import Tx
from conversations.words import storable
from handoff import views
from handoff.views import NAME_LIMIT, SavedView
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Shape
from server.http.filters import ConversationFilter, View, kept
from server.http.routes import API, Routes
from server.shapes import Json, iso

routes = Routes("views")

ViewName = Annotated[str, StringConstraints(min_length=1, max_length=NAME_LIMIT), AfterValidator(storable)]


class FilterBody(ConversationFilter):
    """What `GET /conversations` takes, and `view`: which of the usual views it is a part of; without it all."""

    view: View = "all"


class SavedViewShape(Shape):
    """filter: as `GET /conversations` takes it; `?view={id}` shows it."""

    id: str
    name: str
    filter: dict[str, Any]
    created_at: str
    updated_at: str


class SavedViewsPage(Shape):
    views: list[SavedViewShape]
    cursor: str | None


class NewView(Body):
    name: ViewName
    filter: FilterBody


class ViewBody(Body):
    name: ViewName | None = None
    filter: FilterBody | None = None


@routes.get("/views", access="agent", answer=SavedViewsPage)
async def list_views(call: Call) -> Reply:
    """The agent's own views, at most 100."""
    found = await call.read(views.listed, call.agent.id)
    return Reply({"views": [_shape(one) for one in found], "cursor": None})


@routes.post("/views", access="agent", answer=SavedViewShape, status=201)
async def add_view(call: Call, body: NewView) -> Reply:
    """Keep a list under a name."""
    return await call.write(_add, body)


def _add(tx: Tx, by: Acting, body: NewView) -> Reply:
    made = views.add(tx, by.agent.id, body.name, kept(body.filter, body.filter.view))
    return tagged(_shape(made), 201, f"{API}/views/{made.id}")


@routes.get("/views/{view_id}", access="agent", answer=SavedViewShape)
async def show_view(call: Call) -> Reply:
    """One of the agent's own views."""
    return tagged(_shape(await call.read(views.find, call.agent.id, call.path("view_id"))))


@routes.patch("/views/{view_id}", access="agent", answer=SavedViewShape)
async def change_view(call: Call, body: ViewBody) -> Reply:
    """Rename a view, or give it another filter."""
    return await call.write(_change, call.path("view_id"), body)


def _change(tx: Tx, by: Acting, view_id: str, body: ViewBody) -> Reply:
    by.expects(_shape(views.find(tx, by.agent.id, view_id)))
    filter_ = kept(body.filter, body.filter.view) if body.filter is not None else None
    return tagged(_shape(views.change(tx, by.agent.id, view_id, name=body.name, filter_=filter_)))


@routes.delete("/views/{view_id}", access="agent", status=204)
async def remove_view(call: Call) -> Reply:
    """Delete a view."""
    return await call.write(_remove, call.path("view_id"))


def _remove(tx: Tx, by: Acting, view_id: str) -> None:
    views.remove(tx, by.agent.id, view_id)


def _shape(view: SavedView) -> Json:
    return {
        "id": view.id,
        "name": view.name,
        "filter": dict(view.filter),
        "created_at": iso(view.created_at),
        "updated_at": iso(view.updated_at),
    }
