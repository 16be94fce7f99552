"""Which conversations a list shows: by what is asked, as conditions of a query."""

from typing import Annotated, Any, Literal, get_args

import orjson
from pydantic import AfterValidator, StringConstraints
from sqlalchemy import BigInteger, ColumnElement, func

from conversations.store.tables import conversations
from conversations.words import storable
from handoff.agents import Agent
from server.http.fields import Id, Query
from server.http.pages import Order

View = Literal["mine", "queue", "team", "all"]
USUAL_VIEWS: tuple[View, ...] = get_args(View)
Sort = Literal["newest", "updated", "waiting"]

StatusAsked = Literal["open", "bot", "queued", "assigned", "snoozed", "resolved"]

NOBODY = "none"
ME = "me"
_LATER = 1 << 53

Label = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(storable)]


class ConversationFilter(Query):
    """status: one, or `open` for all but resolved. assignee_id, team_id: an id, or `none`; assignee_id also `me`.

    waiting: whether the visitor waits for us. sort: `waiting` has those first who wait longest.
    """

    status: StatusAsked | None = None
    team_id: Id | None = None
    assignee_id: Id | None = None
    inbox_id: Id | None = None
    contact_id: Id | None = None
    category: Label | None = None
    label: Label | None = None
    waiting: bool | None = None
    sort: Sort | None = None


def viewed(agent: Agent, view: View) -> list[ColumnElement[bool]]:
    """The conditions of one of the views that everyone has."""
    match view:
        case "mine":
            return [conversations.c.assignee_id == agent.id]
        case "queue":
            return [conversations.c.status == "queued"]
        case "team":
            teams = conversations.c.team_id.in_(sorted(agent.team_ids))
            return [teams, conversations.c.status != "resolved"]
        case "all":
            return []


def conditions(agent: Agent, asked: ConversationFilter) -> list[ColumnElement[bool]]:
    """The conditions that a filter sets, beside what the agent may see."""
    column = conversations.c
    found: list[ColumnElement[bool]] = []
    if asked.status == "open":
        found.append(column.status != "resolved")
    elif asked.status is not None:
        found.append(column.status == asked.status)
    for name in ("team_id", "assignee_id"):
        wanted = getattr(asked, name)
        if wanted == NOBODY:
            found.append(column[name].is_(None))
        elif wanted is not None:
            found.append(column[name] == (agent.id if name == "assignee_id" and wanted == ME else wanted))
    exact = ("inbox_id", "contact_id", "category")
    found += [column[name] == getattr(asked, name) for name in exact if getattr(asked, name) is not None]
    if asked.label is not None:
        # in the JSON of the labels it stands in quotation marks; LIKE would not tell cases apart on SQLite
        quoted = orjson.dumps(asked.label).decode()
        found.append(func.replace(column.labels, quoted, "") != column.labels)
    if asked.waiting is not None:
        waits = (column.waiting_on == "us") & (column.status != "resolved")
        found.append(waits if asked.waiting else ~waits)
    return found


def ordered(view: View, sort: Sort | None) -> Order:
    """The queue in its order unless asked otherwise, the others newest first."""
    column = conversations.c
    if sort is None and view == "queue":
        return Order((-column.priority, column.waiting_since, column.number))
    if sort == "waiting":
        return Order((func.coalesce(column.waiting_since, _LATER, type_=BigInteger), column.number))
    if sort == "updated":
        return Order((column.updated_at, column.number), newest=True)
    return Order((column.number,), newest=True)


def kept(asked: ConversationFilter, view: View | None) -> dict[str, Any]:
    """A filter as a saved view keeps it: what it sets, by name."""
    said = asked.model_dump(exclude_none=True, include=set(ConversationFilter.model_fields))
    return said | ({"view": view} if view is not None else {})
