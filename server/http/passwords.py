"""A new password by a link: asked for by whoever forgot theirs, or made by an admin."""

from conversations.errors import Invalid, RateLimited
from conversations.store import Tx
from handoff.agents import Agent, clean_email
from server import passwords
from server.http.agents import agent_shape, hashed
from server.http.answers import Reply
from server.http.call import Acting, Call
from server.http.fields import Body, Email, Password, Shape
from server.http.links import console_link, mailed, own_link
from server.http.routes import Routes
from server.http.sessions import LoggedIn
from server.http.setup import Token
from server.realtime.peer import remote_address
from server.shapes import iso

routes = Routes("passwords")

_TOLD = "If this address is known here, a link is on its way to it. If none comes, ask an admin for one."


class ToldShape(Shape):
    message: str


class LinkShape(Shape):
    """link: shown once, to copy. mailed: whether it went out by mail; mail_problem: why not."""

    link: str
    expires_at: str
    mailed: bool
    mail_problem: str | None


class ForgotBody(Body):
    email: Email


class ChooseBody(Body):
    token: Token
    password: Password


@routes.post("/passwords/forgot", access="anyone", answer=ToldShape, status=202, body_limit_bytes=8 * 1024)
async def forgot_password(call: Call, body: ForgotBody) -> Reply:
    """Mail a link to choose a new password. The answer is the same, and as quick, whoever is known here."""
    desk = call.desk
    desk.forgotten_per_address.count(remote_address(call.request, desk.settings.trusted_proxies))
    told = Reply({"message": _TOLD}, 202)
    try:
        email = clean_email(body.email)
        desk.forgotten_per_email.count(email)
    except (Invalid, RateLimited):
        return told

    async def send() -> None:
        found = await desk.store.write(passwords.forgotten, email)
        if found is not None:
            token, agent = found
            words = {"email": agent.email, "link": own_link(desk, "password", token)}
            await mailed(desk, agent.workspace_id, agent.email, "password", words)

    desk.errands.begin(send())
    return told


@routes.post("/agents/{agent_id}/password_link", access="agents.manage", answer=LinkShape, status=201, timeout_s=60)
async def make_password_link(call: Call) -> Reply:
    """Make a link by which an agent chooses a new password within an hour. Mailed where mail is set; shown once."""
    made: list[Agent] = []

    def make(tx: Tx, by: Acting, agent_id: str) -> Reply:
        token, agent = passwords.new_link(tx, by.workspace_id, agent_id, by.agent.author)
        made[:] = [agent]
        kept = {"link": "", "expires_at": iso(tx.now + passwords.LINK_LIFE_MS), "mailed": False, "mail_problem": None}
        return Reply(kept, 201).showing_once({"token": token})

    reply = await call.write(make, call.path("agent_id"))
    token = (reply.once or {}).get("token")
    if token is None:
        return reply
    agent, link = made[0], console_link(call, "password", token)
    words = {"email": agent.email, "link": link}
    problem = await mailed(call.desk, agent.workspace_id, agent.email, "password", words)
    shown = {**(reply.body or {}), "link": link, "mailed": problem is None, "mail_problem": problem}
    return reply.showing_once(shown)


@routes.post("/passwords/set", access="anyone", answer=LoggedIn, body_limit_bytes=8 * 1024)
async def choose_password(call: Call, body: ChooseBody) -> Reply:
    """Set a password by the token of a link, and log in. It works once; every other session ends."""
    desk = call.desk
    desk.links_per_address.count(remote_address(call.request, desk.settings.trusted_proxies))
    await call.read(passwords.check, body.token)
    password_hash = await hashed(desk.passwords, body.password)
    token, agent = await desk.store.write(passwords.choose, body.token, password_hash)
    return Reply({"token": token, "agent": agent_shape(agent)})
