"""A house to break: founded, with agents who have sessions, and something for the bot to know."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from conversations.store import Tx, open_store
from handoff.agents import NewAgent, add
from handoff.sessions import open_session
from server.founding import Founding, found
from tests.rig.house import ROOT, ServedHouse

DEMO = ROOT / "server" / "demo"


@dataclass(frozen=True, slots=True)
class Seated:
    """An agent of the run: their id, and the token of a session."""

    name: str
    id: str
    token: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What clients need to know of a house."""

    inbox: str
    agents: tuple[Seated, ...]


async def lay_ground(database_url: str, *, agents: int, seats: int) -> Ground:
    """Found a house in an empty database, with so many agents of so many seats."""
    store = await open_store(database_url)
    try:
        return await store.write(_found, agents, seats)
    finally:
        await store.close()


async def teach(house: ServedHouse, *, train: bool) -> None:
    """Give the bot the demo's articles; with `train` also its intents, and a published model."""
    await house.command("import", "articles", str(DEMO / "articles.csv"))
    if train:
        await house.command("import", "intents", str(DEMO / "intents.csv"))
        await house.command("train", "--publish")


def questions(path: Path = DEMO / "questions.csv") -> list[str]:
    """What visitors ask: the column `text` of a file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file)]


def _found(tx: Tx, agents: int, seats: int) -> Ground:
    admin = NewAgent(email="admin@example.com", name="Admin", password_hash="none", role="admin", seats=seats)
    house = found(tx, Founding(admin))
    seated = []
    for number in range(1, agents + 1):
        new = NewAgent(email=f"agent{number}@example.com", name=f"agent-{number}", password_hash="none", seats=seats)
        agent = add(tx, house.workspace_id, new)
        token, _ = open_session(tx, agent.id)
        seated.append(Seated(agent.name, agent.id, token))
    return Ground(house.public_key, tuple(seated))
