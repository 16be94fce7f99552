"""Agents: who answers, and how each of them sets their own status."""

from typing import Annotated, Literal

from pydantic import Field

from conversations.errors import Invalid
from conversations.model import AgentStatus
from conversations.store import Tx
from handoff import agents as people
from handoff import leaving
from handoff.agents import Agent, AgentChange, NewAgent
from handoff.rights import Role
from handoff.sessions import GET_PASSWORD, PASSWORD_LEAST, Passwords
from handoff.teams import find as find_team
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Email, Id, Line, Name, Password, Query, Shape, Word
from server.http.routes import API, Routes
from server.shapes import Json

routes = Routes("agents")

Seats = Annotated[int, Field(ge=0, le=people.SEATS_LIMIT, strict=True)]
Tier = Annotated[int, Field(ge=1, le=people.TIER_LIMIT, strict=True)]
Skills = Annotated[tuple[Word, ...], Field(max_length=people.SKILLS_LIMIT)]
Teams = Annotated[tuple[Id, ...], Field(max_length=200)]


class AgentShape(Shape):
    id: str
    email: str
    name: str
    role: Role
    avatar_url: str | None
    seats: int
    skills: list[str]
    tier: int
    status: AgentStatus
    team_ids: list[str]
    rights: list[str]


class AgentsPage(Shape):
    agents: list[AgentShape]
    cursor: str | None


class StatusAnswer(Shape):
    agent: AgentShape


class AgentsQuery(Query):
    deactivated: bool = False


class NewAgentBody(Body):
    email: Email
    name: Name
    password: Password
    role: Role = "agent"
    avatar_url: Line | None = None
    seats: Seats = 4
    skills: Skills = ()
    tier: Tier = 1
    team_ids: Teams = ()


class AgentBody(Body):
    name: Name | None = None
    role: Role | None = None
    avatar_url: Line | None = None
    seats: Seats | None = None
    skills: Skills | None = None
    tier: Tier | None = None
    password: Password | None = None


class MyselfBody(Body):
    name: Name | None = None


class StatusBody(Body):
    status: Literal["online", "away", "offline"]


class PasswordBody(Body):
    password: Password
    new_password: Password


def agent_shape(agent: Agent) -> Json:
    """An agent, as agents see each other."""
    return {
        "id": agent.id,
        "email": agent.email,
        "name": agent.name,
        "role": agent.role,
        "avatar_url": agent.avatar_url,
        "seats": agent.seats,
        "skills": sorted(agent.skills),
        "tier": agent.tier,
        "status": agent.status,
        "team_ids": sorted(agent.team_ids),
        "rights": sorted(agent.rights),
    }


@routes.get("/agents", access="agent", answer=AgentsPage)
async def list_agents(call: Call, query: AgentsQuery) -> Reply:
    """Every agent of the workspace; with `deactivated=true` those who were and are no more.

    One page holds them all: there are hundreds, not millions.
    """
    found = await call.read(people.deactivated if query.deactivated else people.listed, call.agent.workspace_id)
    return Reply({"agents": [agent_shape(agent) for agent in found], "cursor": None})


@routes.post("/agents", access="agents.manage", answer=AgentShape, status=201)
async def add_agent(call: Call, body: NewAgentBody) -> Reply:
    """Add an agent, with a password to begin with."""
    password_hash = await hashed(call.desk.passwords, body.password)
    return await call.write(_add, body, password_hash)


def _add(tx: Tx, by: Acting, body: NewAgentBody, hashed: str) -> Reply:
    new = NewAgent(
        email=body.email,
        name=body.name,
        password_hash=hashed,
        role=body.role,
        avatar_url=body.avatar_url,
        seats=body.seats,
        skills=body.skills,
        tier=body.tier,
        team_ids=tuple(find_team(tx, by.workspace_id, team_id, field="team_ids").id for team_id in body.team_ids),
    )
    agent = people.add(tx, by.workspace_id, new, by=by.agent.author)
    return tagged(agent_shape(agent), 201, f"{API}/agents/{agent.id}")


@routes.get("/agents/me", access="agent", answer=AgentShape)
async def show_myself(call: Call) -> Reply:
    """The agent who asks."""
    return tagged(agent_shape(call.agent))


@routes.patch("/agents/me", access="agent", answer=AgentShape)
async def change_myself(call: Call, body: MyselfBody) -> Reply:
    """Change the own name, as colleagues and visitors see it."""
    return await call.write(_change_myself, body)


def _change_myself(tx: Tx, by: Acting, body: MyselfBody) -> Reply:
    by.expects(agent_shape(by.agent))
    changed = AgentChange(name=body.name)
    return tagged(agent_shape(people.change(tx, by.workspace_id, by.agent.id, changed, by=by.agent.author)))


@routes.post("/agents/me/status", access="agent", answer=StatusAnswer)
async def set_my_status(call: Call, body: StatusBody) -> Reply:
    """Be online, away or offline: `status.set` of the socket."""
    return await call.write(lambda tx, by: {"agent": agent_shape(people.set_status(tx, by.agent.id, body.status))})


@routes.post("/agents/me/password", access="agent", status=204)
async def set_my_password(call: Call, body: PasswordBody) -> Reply:
    """Change the own password. Every session ends, this one too."""
    known = await call.read(_password_hash, call.agent.email)
    if not await call.desk.passwords.matches(known, body.password):
        raise Invalid("This is not your present password.", field="password")
    password_hash = await hashed(call.desk.passwords, body.new_password, field="new_password")
    return await call.write(
        lambda tx, by: people.set_password(tx, by.workspace_id, by.agent.id, password_hash, by=by.agent.author)
    )


@routes.get("/agents/{agent_id}", access="agent", answer=AgentShape)
async def show_agent(call: Call) -> Reply:
    """One agent."""
    return tagged(agent_shape(await call.read(people.find, call.agent.workspace_id, call.path("agent_id"))))


@routes.patch("/agents/{agent_id}", access="agents.manage", answer=AgentShape)
async def change_agent(call: Call, body: AgentBody) -> Reply:
    """Change an agent; a new password ends their sessions. Teams have their members changed, not agents their teams."""
    fresh = await hashed(call.desk.passwords, body.password) if body.password is not None else None
    return await call.write(_change, call.path("agent_id"), body, fresh)


def _change(tx: Tx, by: Acting, agent_id: str, body: AgentBody, hashed: str | None) -> Reply:
    by.expects(agent_shape(people.find(tx, by.workspace_id, agent_id)))
    changed = AgentChange(body.name, body.role, body.avatar_url, body.seats, body.skills, body.tier)
    agent = people.change(tx, by.workspace_id, agent_id, changed, by=by.agent.author)
    if hashed is not None:
        people.set_password(tx, by.workspace_id, agent_id, hashed, by=by.agent.author)
    return tagged(agent_shape(agent))


@routes.delete("/agents/{agent_id}", access="agents.manage", status=204)
async def deactivate_agent(call: Call) -> Reply:
    """Deactivate an agent: their sessions end, and their chats go back in line at their old places."""
    agent_id = call.path("agent_id")
    return await call.write(_deactivate, agent_id)


def _deactivate(tx: Tx, by: Acting, agent_id: str) -> None:
    leaving.deactivate(tx, by.workspace_id, agent_id, by=by.agent.author)


@routes.post("/agents/{agent_id}/activate", access="agents.manage", answer=AgentShape)
async def activate_agent(call: Call) -> Reply:
    """Let a deactivated agent in again. They log in once they have chosen a password: make them a link."""
    return await call.write(_activate, call.path("agent_id"))


def _activate(tx: Tx, by: Acting, agent_id: str) -> Reply:
    return tagged(agent_shape(leaving.activate(tx, by.workspace_id, agent_id, by=by.agent.author)))


def _password_hash(tx: Tx, email: str) -> str | None:
    row = tx.one(GET_PASSWORD, {"email": email})
    return row[1] if row is not None else None


async def hashed(passwords: Passwords, password: str, field: str = "password") -> str:
    """What is kept of a password. Raises Invalid for a short one, naming the field, and Unavailable."""
    if len(password) < PASSWORD_LEAST:
        raise Invalid(f"A password has at least {PASSWORD_LEAST} characters.", field=field)
    return await passwords.hash(password)
