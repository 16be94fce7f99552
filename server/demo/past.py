"""The last days at the demo's desk: conversations that went through the real doors, at the hours they tell of.

The bot's part is no script: it answers each time as it would now, from the articles it knows.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson
from pydantic import BaseModel, ConfigDict
from sqlalchemy import bindparam, select

from bot import feedback
from bot.topics import TopicBook
from bot.turn import TurnDesk, take_turn
from conversations import visitor
from conversations.inbox import receive
from conversations.model import Conversation, InboundMessage, Inbox
from conversations.reading import get
from conversations.store import NoPoints, Statement, Store, Tx, open_store
from conversations.store.clock import system_clock
from conversations.store.tables import agents, identities, messages, teams
from handoff.desk import claiming, closing, labelling, passing, talking
from handoff.desk.closing import WrapUp
from intents.live import Recognizers
from server.founding import Founded
from server.places import Places
from server.settings import Settings

ZONE = ZoneInfo("Europe/Brussels")
WITHIN_S = 10.0
"""A slow machine tells the rest at its next start."""

THINKS_S = 12
BOT_S = 1

LAST_OF_BOT = Statement(
    select(messages.c.id)
    .where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.author_kind == "bot")
    .order_by(messages.c.made_rev.desc())
    .limit(1)
)
SAID = Statement(
    select(messages.c.id)
    .join(identities, identities.c.id == messages.c.sender)
    .where(
        messages.c.inbox_id == bindparam("inbox_id"),
        identities.c.inbox_id == bindparam("inbox_id"),
        identities.c.address == bindparam("address"),
        messages.c.client_id == bindparam("client_id"),
    )
)


class _Visitor(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str | None = None
    email: str | None = None
    locale: str


class _Step(BaseModel):
    """by: an agent, by the part of their address before the @. after_s: seconds since the step before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    does: Literal[
        "asks", "rates", "wants_person", "ends", "scores",
        "takes", "says", "notes", "labels", "passes", "snoozes", "resolves",
    ]  # fmt: skip
    by: str | None = None
    text: str | None = None
    helpful: bool = True
    score: int = 5
    labels: tuple[str, ...] = ()
    team: str | None = None
    category: str | None = None
    outcome: str | None = None
    hours: int = 24
    after_s: int = THINKS_S


class _Talk(BaseModel):
    """At an hour of a day that is gone, or some minutes ago."""

    model_config = ConfigDict(frozen=True)

    key: str
    visitor: str
    page: str
    steps: tuple[_Step, ...]
    days_ago: int | None = None
    at: str | None = None
    minutes_ago: int | None = None


class _Past(BaseModel):
    model_config = ConfigDict(frozen=True)

    visitors: Mapping[str, _Visitor]
    talks: tuple[_Talk, ...]


class _Hand:
    """A clock that is moved by hand; milliseconds UTC."""

    __slots__ = ("now",)

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the telling needs. people, lines: ids of agents and teams by their short names."""

    store: Store
    clock: _Hand
    inbox: Inbox
    turns: TurnDesk
    people: Mapping[str, str]
    lines: Mapping[str, str]
    site: str


async def tell_past(settings: Settings, house: Founded, site: str, now: int | None = None) -> int:
    """Let the last days have happened, up to now (milliseconds UTC): how many conversations were told.

    Those that were told before are passed over. Nothing else may serve this database meanwhile. site: the address of
    the company's own pages.
    """
    told = _Past.model_validate_json(files("server.demo").joinpath("conversations.json").read_bytes())
    now = system_clock() if now is None else now
    clock = _Hand(now)
    store = await open_store(settings.database, clock=clock, migrate=False)
    try:
        recognizers = Recognizers(store, settings.models_dir)
        places = Places(store)
        await places.load()
        await recognizers.load()
        try:
            inbox = places.inbox(house.inbox_id)
            people, lines = await store.read(_names, house.workspace_id)
            turns = TurnDesk(store, recognizers, TopicBook(store), places.inbox, NoPoints())
            desk = _Desk(store, clock, inbox, turns, people, lines, site)
            count, ends = 0, time.monotonic() + WITHIN_S
            for begins, talk in sorted(((_begins(talk, now), talk) for talk in told.talks), key=lambda pair: pair[0]):
                if time.monotonic() > ends:
                    break
                clock.now = begins
                count += await _tell(desk, talk, told.visitors[talk.visitor], now)
            return count
        finally:
            await recognizers.close()
    finally:
        await store.close()


def _begins(talk: _Talk, now: int) -> int:
    if talk.minutes_ago is not None:
        return now - talk.minutes_ago * 60_000
    hour, _, minute = (talk.at or "12:00").partition(":")
    day = datetime.fromtimestamp(now / 1000, ZONE) - timedelta(days=talk.days_ago or 1)
    return int(day.replace(hour=int(hour), minute=int(minute), second=7, microsecond=0).timestamp() * 1000)


def _names(tx: Tx, workspace_id: str) -> tuple[dict[str, str], dict[str, str]]:
    people = tx.all(select(agents.c.email, agents.c.id).where(agents.c.workspace_id == workspace_id))
    lines = tx.all(select(teams.c.name, teams.c.id).where(teams.c.workspace_id == workspace_id))
    return {row[0].partition("@")[0]: row[1] for row in people}, {row[0]: row[1] for row in lines}


async def _tell(desk: _Desk, talk: _Talk, who: _Visitor, now: int) -> bool:
    """One conversation from its beginning; False where it was told before."""
    first = {"inbox_id": desk.inbox.id, "address": _address(talk), "client_id": f"demo-{talk.key}-0"}
    if await desk.store.read(lambda tx: tx.one(SAID, first)) is not None:
        return False
    conversation_id, identity_id = "", ""
    for number, step in enumerate(talk.steps):
        # what has not happened yet is not told
        desk.clock.now = min(desk.clock.now + step.after_s * 1000, now)
        if step.does == "asks":
            inbound = _inbound(desk, talk, who, number, step.text or "", conversation_id)
            found = (await desk.store.write(receive, desk.inbox, inbound)).conversation
            conversation_id, identity_id = found.id, found.identity_id
            desk.clock.now = min(desk.clock.now + BOT_S * 1000, now)
            await take_turn(desk.turns, conversation_id)
        else:
            act = _of_visitor(desk, step, identity_id) if step.by is None else _of_agent(desk, step, talk, number)
            await desk.store.write(act, conversation_id)
    desk.clock.now = min(desk.clock.now + BOT_S * 1000, now)
    await desk.store.write(_has_read, conversation_id)
    return True


def _inbound(desk: _Desk, talk: _Talk, who: _Visitor, number: int, text: str, conversation_id: str) -> InboundMessage:
    return InboundMessage(
        text,
        address=_address(talk),
        name=who.name,
        email=who.email,
        client_id=f"demo-{talk.key}-{number}",
        conversation_id=conversation_id or None,
        start_new=not conversation_id,
        locale=who.locale,
        page=orjson.dumps(
            {"url": f"{desk.site}{talk.page}", "title": talk.page.rpartition("/")[2].capitalize()}
        ).decode(),
    )


def _address(talk: _Talk) -> str:
    return f"demo:{talk.visitor}"


_Act = Callable[[Tx, str], Any]


def _of_visitor(desk: _Desk, step: _Step, identity_id: str) -> _Act:
    def act(tx: Tx, conversation_id: str) -> None:
        match step.does:
            case "rates":
                row = tx.one(LAST_OF_BOT, {"conversation_id": conversation_id})
                if row is not None:
                    feedback.rate(tx, desk.inbox, identity_id, row[0], step.helpful, step.text)
            case "wants_person":
                visitor.request_person(tx, desk.inbox, identity_id, conversation_id)
            case "scores":
                visitor.submit_survey(tx, identity_id, conversation_id, step.score, step.text)
            case "ends":
                visitor.end(tx, identity_id, conversation_id)
            case _:
                raise ValueError(f"a visitor never {step.does}")

    return act


def _of_agent(desk: _Desk, step: _Step, talk: _Talk, number: int) -> _Act:
    agent_id = desk.people[step.by or ""]
    client_id = f"demo-{talk.key}-{number}"

    def act(tx: Tx, conversation_id: str) -> None:
        epoch = get(tx, conversation_id).epoch
        match step.does:
            case "takes":
                _take(tx, agent_id, get(tx, conversation_id))
            case "says":
                talking.reply(tx, agent_id, conversation_id, epoch, client_id, step.text or "")
            case "notes":
                talking.note(tx, agent_id, conversation_id, client_id, step.text or "")
            case "labels":
                labelling.update(tx, agent_id, conversation_id, labels=step.labels)
            case "passes":
                team_id = desk.lines[step.team or ""]
                passing.transfer(tx, agent_id, conversation_id, epoch, to_team_id=team_id, note=step.text)
            case "snoozes":
                until = tx.now + step.hours * 3_600_000
                closing.snooze(tx, agent_id, conversation_id, epoch, until)
            case "resolves":
                wrap_up = WrapUp(step.category, None, step.outcome)
                closing.resolve(tx, agent_id, conversation_id, epoch, wrap_up)
            case _:
                raise ValueError(f"an agent never {step.does}")

    return act


def _take(tx: Tx, agent_id: str, conversation: Conversation) -> None:
    if conversation.status == "queued":
        claiming.accept(tx, agent_id, conversation.id, conversation.epoch)
    else:
        claiming.take_over(tx, agent_id, conversation.id, conversation.epoch)


def _has_read(tx: Tx, conversation_id: str) -> None:
    found = get(tx, conversation_id)
    visitor.read(tx, found.identity_id, conversation_id, found.last_seq)
