"""Inboxes: where messages come in, by which channel, and which bot and team they meet."""

from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from conversations.store import Tx
from server import inboxes
from server.auth.identity import KEYS
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Id, Name, Shape
from server.http.routes import API, Routes
from server.inboxes import InboxRow
from server.shapes import Json, iso

routes = Routes("inboxes")

Kid = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9_.-]+$")]


class KeyShape(Shape):
    kid: str
    alg: str


class InboxShape(Shape):
    id: str
    name: str
    channel: str
    public_key: str
    bot_id: str | None
    default_team_id: str | None
    settings: dict[str, Any]
    identity_keys: list[KeyShape]
    created_at: str


class AccessShape(Shape):
    """How the far end of an `api` inbox calls us, and what signs our calls; shown once."""

    token: str
    webhook_secret: str


class AddedInbox(InboxShape):
    access: AccessShape | None = None


class InboxesPage(Shape):
    inboxes: list[InboxShape]
    cursor: str | None


class AddedKey(KeyShape):
    """key: the secret made here; shown once."""

    key: str | None = None


class NewInbox(Body):
    name: Name
    channel: Literal["web", "api"]
    bot_id: Id | None = None
    default_team_id: Id | None = None
    settings: dict[str, Any] | None = None


class InboxBody(Body):
    name: Name | None = None
    bot_id: Id | None = None
    default_team_id: Id | None = None
    settings: dict[str, Any] | None = None


class NewKey(Body):
    kid: Kid
    alg: Literal["HS256", "EdDSA"]
    key: Annotated[str, StringConstraints(min_length=1, max_length=4_000)] | None = None


class RenewAccess(Body):
    replace: bool = False


def inbox_shape(inbox: InboxRow) -> Json:
    keys = inbox.secrets.get(KEYS) or {}
    return {
        "id": inbox.id,
        "name": inbox.name,
        "channel": inbox.channel,
        "public_key": inbox.public_key,
        "bot_id": inbox.bot_id,
        "default_team_id": inbox.default_team_id,
        "settings": inbox.settings,
        "identity_keys": [{"kid": kid, "alg": key["alg"]} for kid, key in keys.items()],
        "created_at": iso(inbox.created_at),
    }


@routes.get("/inboxes", access="agent", answer=InboxesPage)
async def list_inboxes(call: Call) -> Reply:
    """Every inbox of the workspace, in one page."""
    found = await call.read(inboxes.listed, call.agent.workspace_id)
    return Reply({"inboxes": [inbox_shape(inbox) for inbox in found], "cursor": None})


@routes.post("/inboxes", access="inboxes.manage", answer=AddedInbox, status=201)
async def add_inbox(call: Call, body: NewInbox) -> Reply:
    """Add an inbox. For the channel `api` the answer holds, this once, its token and its webhook's secret."""
    return await call.write_place(_add, body)


def _add(tx: Tx, by: Acting, body: NewInbox) -> Reply:
    columns = body.model_dump(include={"bot_id", "default_team_id", "settings"})
    inbox, access = inboxes.add(tx, by.workspace_id, body.name, body.channel, columns, by.agent.author)
    shape = inbox_shape(inbox)
    reply = tagged(shape, 201, f"{API}/inboxes/{inbox.id}")
    return reply.showing_once({**shape, "access": access}) if access is not None else reply


@routes.get("/inboxes/{inbox_id}", access="agent", answer=InboxShape)
async def show_inbox(call: Call) -> Reply:
    """One inbox."""
    return tagged(inbox_shape(await call.read(inboxes.find, call.agent.workspace_id, call.path("inbox_id"))))


@routes.patch("/inboxes/{inbox_id}", access="inboxes.manage", answer=InboxShape)
async def change_inbox(call: Call, body: InboxBody) -> Reply:
    """Change an inbox; settings are merged into what they are."""
    return await call.write_place(_change, call.path("inbox_id"), body)


def _change(tx: Tx, by: Acting, inbox_id: str, body: InboxBody) -> Reply:
    by.expects(inbox_shape(inboxes.find(tx, by.workspace_id, inbox_id)))
    columns = body.model_dump(exclude_unset=True)
    if columns.get("name", "") is None:
        del columns["name"]
    return tagged(inbox_shape(inboxes.change(tx, by.workspace_id, inbox_id, columns, by.agent.author)))


@routes.delete("/inboxes/{inbox_id}", access="inboxes.manage", status=204)
async def archive_inbox(call: Call) -> Reply:
    """Take no more messages here. What was said stays."""
    inbox_id = call.path("inbox_id")
    return await call.write_place(lambda tx, by: inboxes.archive(tx, by.workspace_id, inbox_id, by.agent.author))


@routes.post("/inboxes/{inbox_id}/identity_keys", access="inboxes.manage", answer=AddedKey, status=201)
async def add_identity_key(call: Call, body: NewKey) -> Reply:
    """Add a key that the site's server proves its visitors' identities with.

    HS256 without `key`: a secret is made, and shown this once. EdDSA: `key` is the public key in PEM.
    """
    return await call.write_place(_add_key, call.path("inbox_id"), body)


def _add_key(tx: Tx, by: Acting, inbox_id: str, body: NewKey) -> Reply:
    made = inboxes.add_key(tx, by.workspace_id, inbox_id, body.kid, body.alg, body.key, by.agent.author)
    shape: Json = {"kid": body.kid, "alg": body.alg}
    return Reply(shape, 201).showing_once({**shape, "key": made}) if made is not None else Reply(shape, 201)


@routes.delete("/inboxes/{inbox_id}/identity_keys/{kid}", access="inboxes.manage", status=204)
async def remove_identity_key(call: Call) -> Reply:
    """Remove a key: what was signed with it counts no more."""
    inbox_id, kid = call.path("inbox_id"), call.path("kid")
    return await call.write_place(
        lambda tx, by: inboxes.remove_key(tx, by.workspace_id, inbox_id, kid, by.agent.author)
    )


@routes.post("/inboxes/{inbox_id}/access", access="inboxes.manage", answer=AccessShape, status=201)
async def renew_access(call: Call, body: RenewAccess) -> Reply:
    """Make new secrets of an `api` inbox, shown this once. `replace`: the former count no more."""
    return await call.write_place(_renew, call.path("inbox_id"), body.replace)


def _renew(tx: Tx, by: Acting, inbox_id: str, replace: bool) -> Reply:
    shown = inboxes.renew_access(tx, by.workspace_id, inbox_id, replace=replace, by=by.agent.author)
    return Reply({"token": "", "webhook_secret": ""}, 201).showing_once({**shown})
