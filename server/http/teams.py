"""Teams: who answers what."""

from typing import Annotated

from pydantic import Field

from conversations.store import Tx
from handoff import teams
from handoff.teams import Team
from server.http.answers import Reply
from server.http.call import Acting, Call, tagged
from server.http.fields import Body, Id, Name, Shape
from server.http.routes import API, Routes
from server.shapes import Json

routes = Routes("teams")

Members = Annotated[tuple[Id, ...], Field(max_length=1_000)]


class TeamShape(Shape):
    id: str
    name: str
    member_ids: list[str]


class TeamsPage(Shape):
    teams: list[TeamShape]
    cursor: str | None


class NewTeam(Body):
    name: Name
    member_ids: Members = ()


class TeamBody(Body):
    name: Name | None = None
    member_ids: Members | None = None


def team_shape(team: Team) -> Json:
    return {"id": team.id, "name": team.name, "member_ids": list(team.member_ids)}


@routes.get("/teams", access="agent", answer=TeamsPage)
async def list_teams(call: Call) -> Reply:
    """Every team of the workspace, in one page."""
    found = await call.read(teams.listed, call.agent.workspace_id)
    return Reply({"teams": [team_shape(team) for team in found], "cursor": None})


@routes.post("/teams", access="teams.manage", answer=TeamShape, status=201)
async def add_team(call: Call, body: NewTeam) -> Reply:
    """Add a team."""
    return await call.write(_add, body)


def _add(tx: Tx, by: Acting, body: NewTeam) -> Reply:
    team = teams.add(tx, by.workspace_id, body.name, body.member_ids, by=by.agent.author)
    return tagged(team_shape(team), 201, f"{API}/teams/{team.id}")


@routes.get("/teams/{team_id}", access="agent", answer=TeamShape)
async def show_team(call: Call) -> Reply:
    """One team."""
    return tagged(team_shape(await call.read(teams.find, call.agent.workspace_id, call.path("team_id"))))


@routes.patch("/teams/{team_id}", access="teams.manage", answer=TeamShape)
async def change_team(call: Call, body: TeamBody) -> Reply:
    """Rename a team, or say who is in it."""
    return await call.write(_change, call.path("team_id"), body)


def _change(tx: Tx, by: Acting, team_id: str, body: TeamBody) -> Reply:
    team = teams.find(tx, by.workspace_id, team_id)
    by.expects(team_shape(team))
    if body.name is not None:
        team = teams.rename(tx, by.workspace_id, team_id, body.name, by=by.agent.author)
    if body.member_ids is not None:
        team = teams.set_members(tx, by.workspace_id, team_id, body.member_ids, by=by.agent.author)
    return tagged(team_shape(team))


@routes.delete("/teams/{team_id}", access="teams.manage", status=204)
async def archive_team(call: Call) -> Reply:
    """Archive a team that no open conversation and no inbox belongs to."""
    team_id = call.path("team_id")
    return await call.write(lambda tx, by: teams.archive(tx, by.workspace_id, team_id, by=by.agent.author))
