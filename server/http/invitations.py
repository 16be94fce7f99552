"""Invitations: made by an admin, accepted by whoever has the link."""

from conversations.store import Tx
from handoff.rights import Role
from server import invitations, workspace
from server.http.agents import Seats, Skills, Teams, agent_shape, hashed
from server.http.answers import Reply
from server.http.call import Acting, Call
from server.http.fields import Body, Email, Name, Password, Shape
from server.http.links import console_link, mailed
from server.http.routes import API, Routes
from server.http.sessions import LoggedIn
from server.http.setup import Token
from server.invitations import Invitation
from server.realtime.peer import remote_address
from server.shapes import Json, iso

routes = Routes("invitations")


class InvitationShape(Shape):
    """is_over: its time has passed."""

    id: str
    email: str
    name: str | None
    role: Role
    seats: int
    skills: list[str]
    team_ids: list[str]
    created_at: str
    expires_at: str
    is_over: bool


class MadeInvitation(InvitationShape):
    """link: shown once, to copy. mailed: whether it went out by mail; mail_problem: why not."""

    link: str
    mailed: bool
    mail_problem: str | None


class InvitationsPage(Shape):
    invitations: list[InvitationShape]
    cursor: str | None


class InvitedShape(Shape):
    email: str
    name: str | None
    role: Role
    company: str


class NewInvitation(Body):
    email: Email
    name: Name | None = None
    role: Role = "agent"
    team_ids: Teams = ()
    seats: Seats = 4
    skills: Skills = ()


class LookBody(Body):
    token: Token


class AcceptBody(Body):
    token: Token
    name: Name
    password: Password


def invitation_shape(found: Invitation, now: int) -> Json:
    return {
        "id": found.id,
        "email": found.email,
        "name": found.name,
        "role": found.role,
        "seats": found.seats,
        "skills": list(found.skills),
        "team_ids": list(found.team_ids),
        "created_at": iso(found.created_at),
        "expires_at": iso(found.expires_at),
        "is_over": found.expires_at <= now,
    }


@routes.get("/invitations", access="agents.manage", answer=InvitationsPage)
async def list_invitations(call: Call) -> Reply:
    """Invitations that nobody has accepted yet, newest first, in one page."""
    found = await call.read(invitations.listed, call.agent.workspace_id)
    now = call.desk.store.now()
    return Reply({"invitations": [invitation_shape(one, now) for one in found], "cursor": None})


@routes.post("/invitations", access="agents.manage", answer=MadeInvitation, status=201, timeout_s=60)
async def invite(call: Call, body: NewInvitation) -> Reply:
    """Invite somebody. The link is mailed where mail is set, and shown this once; another of theirs ends."""
    reply = await call.write(_add, body)
    token = (reply.once or {}).get("token")
    if token is None:
        # a repeat under the same Idempotency-Key: its link was shown before
        return reply
    agent, shape = call.agent, reply.body or {}
    link = console_link(call, "invitation", token)
    problem = await mailed(call.desk, agent.workspace_id, body.email, "invitation", {"by": agent.name, "link": link})
    return reply.showing_once({**shape, "link": link, "mailed": problem is None, "mail_problem": problem})


def _add(tx: Tx, by: Acting, body: NewInvitation) -> Reply:
    made, token = invitations.add(
        tx,
        by.workspace_id,
        body.email,
        body.name,
        body.role,
        seats=body.seats,
        skills=body.skills,
        team_ids=body.team_ids,
        by=by.agent.author,
    )
    kept = {**invitation_shape(made, tx.now), "link": "", "mailed": False, "mail_problem": None}
    return Reply(kept, 201, {"Location": f"{API}/invitations/{made.id}"}).showing_once({"token": token})


@routes.delete("/invitations/{invitation_id}", access="agents.manage", status=204)
async def withdraw_invitation(call: Call) -> Reply:
    """Withdraw an invitation: its link works no more."""
    invitation_id = call.path("invitation_id")
    return await call.write(lambda tx, by: invitations.withdraw(tx, by.workspace_id, invitation_id, by.agent.author))


@routes.post("/invitations/look", access="anyone", answer=InvitedShape)
async def look_at_invitation(call: Call, body: LookBody) -> Reply:
    """Who a link invites, and where to."""
    desk = call.desk
    desk.links_per_address.count(remote_address(call.request, desk.settings.trusted_proxies))
    return Reply(await call.read(_look, body.token))


def _look(tx: Tx, token: str) -> Json:
    found = invitations.look(tx, token)
    company = workspace.find(tx, found.workspace_id).name
    return {"email": found.email, "name": found.name, "role": found.role, "company": company}


@routes.post("/invitations/accept", access="anyone", answer=LoggedIn, status=201, body_limit_bytes=16 * 1024)
async def accept_invitation(call: Call, body: AcceptBody) -> Reply:
    """Become an agent by the token of an invitation, with an own name and password. It works once."""
    desk = call.desk
    desk.links_per_address.count(remote_address(call.request, desk.settings.trusted_proxies))
    await call.read(invitations.look, body.token)
    password_hash = await hashed(desk.passwords, body.password)
    token, agent = await desk.store.write(invitations.accept, body.token, body.name, password_hash)
    return Reply({"token": token, "agent": agent_shape(agent)})
