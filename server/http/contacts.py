"""Contacts: the people behind conversations."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import Field, StringConstraints
from sqlalchemy import or_, select, update

from conversations.errors import NotFound
from conversations.facts import record
from conversations.store import Tx
from conversations.store.tables import contacts, conversations, identities
from handoff.agents import Agent
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Email, Line, Name, Shape, Word
from server.http.pages import Order, Paging, page_of
from server.http.routes import Routes
from server.http.sight import seen_by
from server.shapes import Json, iso

routes = Routes("contacts")

TRAILS_MOST = 50
STEPS_MOST = 200
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
    """verified: what the site's own server has vouched for: name, email, phone, `attributes.KEY`."""

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


class Step(Shape):
    """Something that a visitor did on their site, as the site's page told it: unverified."""

    name: str
    data: dict[str, Any]
    at: str


class TrailShape(Shape):
    """steps: oldest first."""

    steps: list[Step]


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
        still = [name for name in before["verified"] if _told(changed | before, name) == _told(before | changed, name)]
        values["verified"] = orjson.dumps(still).decode()
        tx.run(update(contacts).where(contacts.c.id == contact_id).values(values))
        data = {"contact_id": contact_id, "changed": sorted(changed)}
        record(tx, "settings_changed", by.agent.author.actor, data)
    return tagged(_one(tx, by.agent, contact_id))


def _told(contact: Mapping[str, Any], name: str) -> Any:
    """A field of a contact by its name in `verified`."""
    field, _, key = name.partition(".")
    return contact[field].get(key) if key else contact[field]


@routes.get("/contacts/{contact_id}/trail", access="agent", answer=TrailShape)
async def show_trail(call: Call) -> Reply:
    """What a contact did on the site lately (`track`), the latest thirty of each visit's device."""
    return Reply(await call.read(_trail, call.agent, call.path("contact_id")))


def _trail(tx: Tx, agent: Agent, contact_id: str) -> Json:
    _one(tx, agent, contact_id)
    theirs = select(identities.c.id).where(identities.c.contact_id == contact_id)
    found = select(identities.c.trail).where(
        or_(identities.c.contact_id == contact_id, identities.c.merged_into.in_(theirs))
    )
    steps = [step for row in tx.all(found.limit(TRAILS_MOST)) for step in orjson.loads(row[0])]
    steps.sort(key=lambda step: int(step["at"]))
    return {"steps": [{**step, "at": iso(step["at"])} for step in steps[-STEPS_MOST:]]}


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
