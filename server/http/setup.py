"""The first minute: whoever has the printed link becomes the first admin."""

from typing import Annotated

from pydantic import StringConstraints

from conversations.store import Tx
from server import setup
from server.http.agents import AgentShape, agent_shape, hashed
from server.http.answers import Reply
from server.http.call import Call
from server.http.fields import Body, Email, Name, Password, Shape
from server.http.routes import Routes
from server.realtime.peer import remote_address

routes = Routes("setup")

Token = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class NeededShape(Shape):
    needed: bool


class SetupInbox(Shape):
    id: str
    public_key: str


class BegunShape(Shape):
    """token: of the admin's first session."""

    token: str
    agent: AgentShape
    inbox: SetupInbox


class SetupBody(Body):
    token: Token
    company: Name
    name: Name
    email: Email
    password: Password


@routes.get("/setup", access="anyone", answer=NeededShape)
async def show_setup(call: Call) -> Reply:
    """Whether this desk waits for its first admin."""
    return Reply({"needed": await call.read(setup.is_needed)})


@routes.post("/setup", access="anyone", answer=BegunShape, status=201, body_limit_bytes=16 * 1024)
async def set_up(call: Call, body: SetupBody) -> Reply:
    """Begin the desk with the token of the link that was printed at its start: a company, its admin, a bot, an inbox.

    It works once, and not where there is an admin.
    """
    desk = call.desk
    desk.links_per_address.count(remote_address(call.request, desk.settings.trusted_proxies))
    await call.read(setup.check, body.token)
    password_hash = await hashed(desk.passwords, body.password)
    begun = await desk.store.write(_begin, body, password_hash)
    await desk.places.load()
    inbox = {"id": begun.founded.inbox_id, "public_key": begun.founded.public_key}
    return Reply({"token": begun.token, "agent": agent_shape(begun.admin), "inbox": inbox})


def _begin(tx: Tx, body: SetupBody, password_hash: str) -> setup.Begun:
    return setup.begin(tx, body.token, body.company, body.name, body.email, password_hash)


__all__ = ["Token", "routes"]
