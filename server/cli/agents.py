"""Agents, from the command line."""

from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import select

from conversations.store import Tx
from conversations.store.tables import agents as agents_table
from handoff import agents as people
from handoff import teams
from handoff.agents import Agent, AgentChange, NewAgent
from handoff.rights import Role
from handoff.sessions import Passwords
from server.cli.houses import opened
from server.cli.terminal import AsJson, Failed, Json, run, start
from server.founding import Founded, founded
from server.settings import Settings

app = typer.Typer(help="Who answers: list, add, change, remove.", no_args_is_help=True, add_completion=False)

Email = Annotated[str, typer.Argument(help="An agent's e-mail address.")]
Name = Annotated[str | None, typer.Option("--name", help="As colleagues and visitors see it.")]
Password = Annotated[str, typer.Option("--password", prompt=True, hide_input=True, help="Asked for, if left out.")]
RoleOption = Annotated[str, typer.Option("--role", help="agent, supervisor or admin.")]
Seats = Annotated[int, typer.Option("--seats", min=0, max=people.SEATS_LIMIT, help="Chats at once.")]
Teams = Annotated[list[str] | None, typer.Option("--team", help="A team's name; may be given several times.")]


@app.command("list")
def list_agents(as_json: AsJson = False) -> None:
    """Everybody who is not archived."""
    settings, terminal = start(as_json)
    found = run(terminal, _list(settings))
    table = Table("e-mail", "name", "role", "seats", "status", box=None)
    for agent in found:
        table.add_row(agent.email, agent.name, agent.role, str(agent.seats), agent.status)
    terminal.result({"agents": [_shape(agent) for agent in found]}, table)


@app.command("add")
def add(
    email: Email,
    password: Password,
    name: Name = None,
    role: RoleOption = "agent",
    seats: Seats = 4,
    team: Teams = None,
    as_json: AsJson = False,
) -> None:
    """Add an agent."""
    settings, terminal = start(as_json)
    new = NewAgent(email, name or email.partition("@")[0], "", _role(role), seats=seats)
    agent = run(terminal, _add(settings, new, password, team or []))
    terminal.result({"agent": _shape(agent)}, [f"added {agent.email} ({agent.role})"])


@app.command("change")
def change(
    email: Email,
    name: Name = None,
    role: Annotated[str | None, typer.Option("--role", help="agent, supervisor or admin.")] = None,
    seats: Annotated[int | None, typer.Option("--seats", min=0, max=people.SEATS_LIMIT)] = None,
    password: Annotated[str | None, typer.Option("--password", help="A new one ends their sessions.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change an agent."""
    settings, terminal = start(as_json)
    changed = AgentChange(name=name, role=_role(role) if role is not None else None, seats=seats)
    agent = run(terminal, _change(settings, email, changed, password))
    terminal.result({"agent": _shape(agent)}, [f"changed {agent.email}"])


@app.command("remove")
def remove(email: Email, as_json: AsJson = False) -> None:
    """End an agent's access. What they said stays; their chats go back in line."""
    settings, terminal = start(as_json)
    agent = run(terminal, _remove(settings, email))
    terminal.result({"removed": {"id": agent.id, "email": agent.email}}, [f"removed {agent.email}"])


async def _list(settings: Settings) -> list[Agent]:
    async with opened(settings) as store:
        return await store.read(lambda tx: people.listed(tx, _house(tx).workspace_id))


async def _add(settings: Settings, new: NewAgent, password: str, team_names: list[str]) -> Agent:
    hashed = await _hashed(password)

    def write(tx: Tx) -> Agent:
        workspace_id = _house(tx).workspace_id
        known = {team.name: team.id for team in teams.listed(tx, workspace_id)}
        missing = [name for name in team_names if name not in known]
        if missing:
            raise Failed(f"There is no team {missing[0]!r}.", code="not_found", field="team")
        joined = tuple(known[name] for name in team_names)
        made = NewAgent(new.email, new.name, hashed, new.role, seats=new.seats, team_ids=joined)
        return people.add(tx, workspace_id, made)

    async with opened(settings) as store:
        return await store.write(write)


async def _change(settings: Settings, email: str, changed: AgentChange, password: str | None) -> Agent:
    hashed = await _hashed(password) if password is not None else None

    def write(tx: Tx) -> Agent:
        before = _of(tx, email)
        agent = people.change(tx, before.workspace_id, before.id, changed)
        if hashed is not None:
            people.set_password(tx, before.workspace_id, before.id, hashed)
        return agent

    async with opened(settings) as store:
        return await store.write(write)


async def _remove(settings: Settings, email: str) -> Agent:
    def write(tx: Tx) -> Agent:
        agent = _of(tx, email)
        people.archive(tx, agent.workspace_id, agent.id)
        return agent

    async with opened(settings) as store:
        return await store.write(write)


def _of(tx: Tx, email: str) -> Agent:
    wanted = people.clean_email(email)
    row = tx.one(select(agents_table.c.id).where(agents_table.c.email == wanted, agents_table.c.archived_at.is_(None)))
    if row is None:
        raise Failed(f"There is no agent {wanted}.", code="not_found", field="email")
    return people.acting(tx, row[0])


def _house(tx: Tx) -> Founded:
    house = founded(tx)
    if house is None:
        raise Failed("There is no workspace yet. Make one: frontdesk init", code="not_found")
    return house


def _role(text: str) -> Role:
    match text:
        case "agent" | "supervisor" | "admin":
            return text
        case _:
            raise typer.BadParameter("one of agent, supervisor and admin", param_hint="--role")


async def _hashed(password: str) -> str:
    passwords = Passwords()
    try:
        return await passwords.hash(password)
    finally:
        passwords.close()


def _shape(agent: Agent) -> Json:
    return {
        "id": agent.id,
        "email": agent.email,
        "name": agent.name,
        "role": agent.role,
        "seats": agent.seats,
        "status": agent.status,
        "team_ids": sorted(agent.team_ids),
    }
