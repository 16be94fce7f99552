"""Contacts: the people behind conversations."""

from typing import Annotated, Any

import orjson
from pydantic import Field, StringConstraints
from sqlalchemy import select, update

from conversations.errors import NotFound
from conversations.facts import record
from conversations.store import Tx
from conversations.store.tables import contacts, conversations
from handoff.agents import Agent
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Email, Line, Name, Shape, Word
from server.http.pages import Order, Paging, page_of
from server.http.routes import Routes
from server.http.sight import seen_by
from server.shapes import Json, iso

routes = Routes("contacts")

Value = str | int | float | bool | None
_COLUMNS = (
    contacts.c.id,
    contacts.c.name,
    contacts.c.email,
    contacts.c.phone,
    contacts.c.attributes,
    contacts.c.verified,
    contacts.c.created_at,
    contacts.c.updated_at,
)


class ContactShape(Shape):
    """verified: which of name, email and phone the site's own server has vouched for."""

    id: str
    name: str | None
    email: str | None
    phone: str | None
    attributes: dict[str, Any]
    verified: list[str]
    created_at: str
    updated_at: str


class ContactsPage(Shape):
    contacts: list[ContactShape]
    cursor: str | None


class ContactsQuery(Paging):
    """email: only those with exactly this address."""

    email: Annotated[str, StringConstraints(max_length=200)] | None = None


class ContactBody(Body):
    name: Name | None = None
    email: Email | None = None
    phone: Line | None = None
    attributes: Annotated[dict[Word, Annotated[Value, Field()]], Field(max_length=50)] | None = None


@routes.get("/contacts", access="agent", answer=ContactsPage)
async def list_contacts(call: Call, query: ContactsQuery) -> Reply:
    """The contacts whose conversations the agent may see, newest first."""
    return Reply(await call.read(_list, call.agent, query))


def _list(tx: Tx, agent: Agent, query: ContactsQuery) -> Json:
    order = Order((contacts.c.created_at, contacts.c.id), newest=True)
    found = _seen(agent, *order.columns)
    if query.email is not None:
        found = found.where(contacts.c.email == query.email)
    page = page_of(tx, found, order, query)
    return {"contacts": [_shape(row) for row in page.rows], "cursor": page.cursor}


@routes.get("/contacts/{contact_id}", access="agent", answer=ContactShape)
async def show_contact(call: Call) -> Reply:
    """One contact."""
    return tagged(await call.read(_one, call.agent, call.path("contact_id")))


@routes.patch("/contacts/{contact_id}", access="agent", answer=ContactShape)
async def change_contact(call: Call, body: ContactBody) -> Reply:
    """Change what is known of a contact; what an agent writes is not verified any more."""
    return await call.write(_change, call.path("contact_id"), body)


def _change(tx: Tx, by: Acting, contact_id: str, body: ContactBody) -> Reply:
    before = _one(tx, by.agent, contact_id)
    by.expects(before)
    given = body.model_dump(exclude_unset=True)
    if given.get("attributes") is not None:
        given["attributes"] = {**before["attributes"], **given["attributes"]}
    elif "attributes" in given:
        del given["attributes"]
    changed = {name: value for name, value in given.items() if before[name] != value}
    if changed:
        values = {**changed, "updated_at": tx.now}
        if "attributes" in changed:
            values["attributes"] = orjson.dumps(changed["attributes"]).decode()
        values["verified"] = orjson.dumps([name for name in before["verified"] if name not in changed]).decode()
        tx.run(update(contacts).where(contacts.c.id == contact_id).values(values))
        data = {"contact_id": contact_id, "changed": sorted(changed)}
        record(tx, "settings_changed", by.agent.author.actor, data)
    return tagged(_one(tx, by.agent, contact_id))


def _one(tx: Tx, agent: Agent, contact_id: str) -> Json:
    row = tx.one(_seen(agent).where(contacts.c.id == contact_id))
    if row is None:
        raise NotFound("There is no such contact.", field="contact_id")
    return _shape(row)


def _seen(agent: Agent, *more: Any) -> Any:
    """The contacts of a workspace; without the right to see all, those of conversations that the agent may see."""
    found = select(*_COLUMNS, *more).where(contacts.c.workspace_id == agent.workspace_id)
    if agent.may("conversation.see_all"):
        return found
    theirs = select(conversations.c.id).where(conversations.c.contact_id == contacts.c.id, seen_by(agent))
    return found.where(theirs.exists())


def _shape(row: tuple[Any, ...]) -> Json:
    return {
        "id": row[0],
        "name": row[1],
        "email": row[2],
        "phone": row[3],
        "attributes": orjson.loads(row[4]),
        "verified": orjson.loads(row[5]),
        "created_at": iso(row[6]),
        "updated_at": iso(row[7]),
    }
