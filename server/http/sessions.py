"""Logging in and out, and tickets for sockets."""

from handoff import sessions
from server.http.agents import AgentShape, agent_shape
from server.http.answers import NOTHING, Reply
from server.http.call import Call
from server.http.fields import Body, Email, Password, Shape
from server.http.routes import Routes
from server.realtime.peer import remote_address

routes = Routes("sessions")


class Login(Body):
    email: Email
    password: Password


class LoggedIn(Shape):
    token: str
    agent: AgentShape


class CurrentSession(Shape):
    agent: AgentShape


class Ticket(Shape):
    """ticket: what a socket of `/agent` takes in place of the session's token, once. expires_in_s: from now."""

    ticket: str
    expires_in_s: int


@routes.post("/sessions", access="anyone", answer=LoggedIn, status=201, body_limit_bytes=8 * 1024)
async def log_in(call: Call, body: Login) -> Reply:
    """Log in. The token is shown this once."""
    desk = call.desk
    address = remote_address(call.request, desk.settings.trusted_proxies)
    email = body.email.lower()
    for attempts, key in ((desk.logins_per_address, address), (desk.logins_per_email, f"{email} {address}")):
        attempts.count(key)
    token, agent = await sessions.log_in(desk.store, desk.passwords, email, body.password)
    desk.logins_per_email.forget(f"{email} {address}")
    return Reply({"token": token, "agent": agent_shape(agent)})


@routes.get("/sessions/current", access="agent", answer=CurrentSession)
async def show_session(call: Call) -> Reply:
    """Whose session this is."""
    return Reply({"agent": agent_shape(call.agent)})


@routes.delete("/sessions/current", access="agent", status=204)
async def log_out(call: Call) -> Reply:
    """End this session, and the sockets that it opened."""
    await call.desk.store.write(sessions.revoke, call.token)
    return NOTHING


@routes.post("/sessions/ticket", access="agent", answer=Ticket, status=201)
async def make_ticket(call: Call) -> Reply:
    """Make a ticket: it opens one socket within a minute, so that the session's token need not be shown to a page."""
    ticket = await call.desk.store.write(sessions.make_ticket, call.token)
    return Reply({"ticket": ticket, "expires_in_s": sessions.TICKET_LIFE_MS // 1000})
