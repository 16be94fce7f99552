"""The demo's house: a fictional company with its teams, agents, bot and knowledge, made once."""

import base64
import hmac
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select, update

from conversations.store import Store, Tx
from conversations.store.tables import inboxes, workspaces
from handoff import agents, teams
from handoff.agents import NewAgent
from handoff.rights import Role
from handoff.sessions import Passwords
from intents.changes import base_changed, bot_changed
from intents.intent_rows import batches, take_batch
from intents.knowledge_rows import ArticleImport, import_article
from intents.model_rows import live_version, publish
from intents.sources import articles_from_csv, decode, intents_from_csv
from intents.trainer import TrainingOrder, train_bot
from server.founding import Founded, Founding, found, founded
from server.settings import Settings, derived_key, secret_key

BY = "system"
SITE = Path(__file__).parent / "site"
_PASSWORD_CHARACTERS = 12


class _Team(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    name: str


class _Person(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    email: str
    role: Role
    teams: tuple[str, ...]
    skills: tuple[str, ...]
    seats: int


class Company(BaseModel):
    """company.json, as far as the seed needs it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    website: str
    locale: str
    accent_color: str
    teams: tuple[_Team, ...]
    agents: tuple[_Person, ...]


@dataclass(frozen=True, slots=True)
class LogIn:
    name: str
    role: Role
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Demo:
    """The seeded house, and who can log in."""

    house: Founded
    company: Company
    log_ins: tuple[LogIn, ...]


def company() -> Company:
    return Company.model_validate_json(_content("company.json"))


async def seed(store: Store, settings: Settings) -> Demo:
    """Make what is missing of the demo's house; run again, it changes nothing."""
    told = company()
    log_ins = tuple(
        LogIn(one.name, one.role, one.email, _password(settings, one.email))
        for one in sorted(told.agents, key=lambda one: one.role != "admin")
    )
    house = await store.read(founded)
    if house is None:
        passwords = Passwords()
        try:
            hashes = {one.email: await passwords.hash(one.password) for one in log_ins}
        finally:
            passwords.close()
        house = await store.write(_people, told, hashes)
    if not await store.read(_is_taught, house):
        await _teach(store, house)
    return Demo(house, told, log_ins)


async def learn(store: Store, settings: Settings, demo: Demo) -> bool:
    """Train and publish a model where none answers yet: whether one was. Until then the articles answer alone."""
    bot_id = demo.house.bot_id
    if await store.read(live_version, bot_id) is not None:
        return False
    model = await train_bot(store, settings.models_dir, TrainingOrder(bot_id))
    await store.write(publish, model.id, by=BY)
    return True


def _people(tx: Tx, told: Company, hashes: dict[str, str]) -> Founded:
    admin = next(one for one in told.agents if one.role == "admin")
    house = found(tx, Founding(_agent(admin, hashes), told.name))
    ids = {admin.email: house.admin_id}
    for one in told.agents:
        if one.email not in ids:
            ids[one.email] = agents.add(tx, house.workspace_id, _agent(one, hashes)).id
    made = {
        team.key: teams.add(
            tx, house.workspace_id, team.name, [ids[one.email] for one in told.agents if team.key in one.teams]
        )
        for team in told.teams
    }
    for agent_id in ids.values():
        # whoever logs in gets the chats that wait, without having to find the switch first
        agents.set_status(tx, agent_id, "online")
    settings = orjson.dumps({"locale": told.locale, "look": {"accent": told.accent_color.lower()}}).decode()
    chosen = update(inboxes).where(inboxes.c.id == house.inbox_id)
    tx.run(chosen.values(default_team_id=made[told.teams[0].key].id, settings=settings))
    return house


async def _teach(store: Store, house: Founded) -> None:
    examples = intents_from_csv(decode(_content("intents.csv")))
    answers = articles_from_csv(decode(_content("articles.csv")))
    await store.bulk(take_batch, batches(house.bot_id, examples.rows, source="demo"))
    await store.bulk(import_article, [ArticleImport(house.knowledge_base_id, row) for row in answers.rows])
    await store.write(_note_taught, house)


def _note_taught(tx: Tx, house: Founded) -> None:
    bot_changed(tx, house.bot_id, BY, {"change": "imported"})
    base_changed(tx, house.knowledge_base_id, BY, {"change": "imported"})
    kept = {**_settings(tx, house), "demo_taught": True}
    chosen = update(workspaces).where(workspaces.c.id == house.workspace_id)
    tx.run(chosen.values(settings=orjson.dumps(kept).decode()))


def _is_taught(tx: Tx, house: Founded) -> bool:
    return bool(_settings(tx, house).get("demo_taught"))


def _settings(tx: Tx, house: Founded) -> dict[str, object]:
    row = tx.one(select(workspaces.c.settings).where(workspaces.c.id == house.workspace_id))
    assert row is not None
    found_there: dict[str, object] = orjson.loads(row[0])
    return found_there


def _agent(one: _Person, hashes: dict[str, str]) -> NewAgent:
    return NewAgent(one.email, one.name, hashes[one.email], one.role, seats=one.seats, skills=one.skills)


def _password(settings: Settings, email: str) -> str:
    """The same at every start of this installation, another in the next, and written nowhere."""
    made = hmac.digest(derived_key(secret_key(settings), "demo log-ins"), email.encode(), "sha256")
    return base64.b32encode(made).decode().lower()[:_PASSWORD_CHARACTERS]


def _content(name: str) -> bytes:
    return files("server.demo").joinpath(name).read_bytes()
