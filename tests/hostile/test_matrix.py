"""Every command of the socket, tried by everybody: who may, and what the others are told."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from sqlalchemy import insert

from conversations import reading
from conversations.model import SYSTEM, Conversation
from conversations.store import Tx
from conversations.store.tables import workspaces
from handoff import agents, sessions
from server import inboxes
from tests.whole.house import TestHouse
from tests.whole.people import Agent, Visitor
from tests.whole.wire import Rejected

Json = Any
Who = Literal["anonymous", "visitor", "other", "stranger", "foreigner", "member", "admin", "revoked"]
PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"

# what is met at the door of /agent, whatever the command
OUTSIDE: dict[Who, str] = {
    "anonymous": "refused",
    "visitor": "refused",
    "other": "refused",
    "revoked": "refused",
}
ANY_AGENT: dict[Who, str] = {**OUTSIDE, "stranger": "ok", "foreigner": "ok", "member": "ok", "admin": "ok"}
WHO_SEES: dict[Who, str] = {**ANY_AGENT, "stranger": "not_found", "foreigner": "not_found"}
"""Whoever may see the conversation, which is a team's: not an agent of another one, nor of another workspace."""
AUTHOR: dict[Who, str] = {**WHO_SEES, "admin": "forbidden"}
HOLDER: dict[Who, str] = {**WHO_SEES, "admin": "not_found"}
# at /visitor a session's token is a token that nobody knows: its bearer is a new visitor
OWNER: dict[Who, str] = {
    "anonymous": "refused",
    "visitor": "ok",
    "other": "not_found",
    "stranger": "not_found",
    "foreigner": "not_found",
    "member": "not_found",
    "admin": "not_found",
    "revoked": "not_found",
}
ANY_VISITOR: dict[Who, str] = {who: "refused" if who == "anonymous" else "ok" for who in OWNER}


@dataclass
class World:
    """A conversation of a team, with whom it is about, and everybody's credentials."""

    house: TestHouse
    ana: Visitor
    member: Agent
    tokens: dict[Who, str]
    key: str = ""
    offer_id: str = ""
    message_id: str = ""
    answer_id: str = ""

    async def now(self) -> Conversation:
        return await self.house.house.store.read(reading.get, self.key)


async def in_line(world: World) -> None:
    """It waits in its team's line, and is offered to the member."""
    await world.ana.asks_for_a_person()
    world.key = world.ana.conversation_id
    world.offer_id = (await world.member.offered(world.key))["id"]


async def with_the_member(world: World) -> None:
    """The member has it, and has said something."""
    await in_line(world)
    await world.member.decides("take_over", world.key)
    world.message_id = (await world.member.says(world.key, "hello"))["id"]


async def put_aside(world: World) -> None:
    await with_the_member(world)
    await world.member.decides("snooze", world.key)


async def answered(world: World) -> None:
    """The bot has said something to the visitor."""
    await world.ana.says("hello")
    world.key = world.ana.conversation_id
    world.answer_id = (await world.ana.hears("bot"))["id"]


@dataclass(frozen=True)
class Case:
    """who: what each is told. given: how things stand. payload: what is sent."""

    who: dict[Who, str]
    given: Callable[[World], Awaitable[None]]
    payload: Callable[[World, int], Json]


def at_epoch(**more: Json) -> Callable[[World, int], Json]:
    return lambda world, epoch: {"conversation_id": world.key, "epoch": epoch, **more}


def named(**more: Json) -> Callable[[World, int], Json]:
    return lambda world, epoch: {"conversation_id": world.key, **more}


def fresh(**more: Json) -> Callable[[World, int], Json]:
    return lambda world, epoch: {"conversation_id": world.key, "client_id": secrets.token_hex(6), "text": "hi", **more}


def reply(world: World, epoch: int) -> Json:
    return {**fresh()(world, epoch), "epoch": epoch}


AGENT: dict[str, Case] = {
    "status.set": Case(ANY_AGENT, in_line, lambda world, epoch: {"status": "away"}),
    "conversation.accept": Case(WHO_SEES, in_line, at_epoch()),
    "conversation.decline": Case(HOLDER, in_line, lambda world, epoch: {"offer_id": world.offer_id}),
    "conversation.take_over": Case(WHO_SEES, in_line, at_epoch()),
    "conversation.transfer": Case(WHO_SEES, with_the_member, at_epoch(to={"tier": 2})),
    "conversation.release": Case(WHO_SEES, with_the_member, at_epoch()),
    "conversation.hand_back": Case(WHO_SEES, with_the_member, at_epoch()),
    "conversation.snooze": Case(WHO_SEES, with_the_member, at_epoch()),
    "conversation.wake": Case(WHO_SEES, put_aside, at_epoch()),
    "conversation.resolve": Case(WHO_SEES, with_the_member, at_epoch()),
    "conversation.assign": Case(
        {**WHO_SEES, "member": "forbidden"},
        in_line,
        lambda world, epoch: {"conversation_id": world.key, "epoch": epoch, "agent_id": world.member.id},
    ),
    "conversation.update": Case(WHO_SEES, in_line, named(category="billing")),
    "conversation.watch": Case(WHO_SEES, in_line, named()),
    "conversation.unwatch": Case(WHO_SEES, in_line, named()),
    "message.send": Case(AUTHOR, with_the_member, reply),
    "message.send of a note": Case(WHO_SEES, with_the_member, fresh(private=True)),
    "message.edit": Case(
        AUTHOR, with_the_member, lambda world, epoch: {"message_id": world.message_id, "text": "changed"}
    ),
    "message.withdraw": Case(AUTHOR, with_the_member, lambda world, epoch: {"message_id": world.message_id}),
    "changes.after": Case(WHO_SEES, in_line, named(rev=0)),
    "messages.before": Case(WHO_SEES, in_line, named(seq=2)),
    "read": Case(WHO_SEES, with_the_member, named(seq=1)),
    "typing": Case(HOLDER, with_the_member, named(on=True)),
}
VISITOR: dict[str, Case] = {
    "message.send": Case(OWNER, answered, fresh()),
    "message.send anywhere": Case(
        ANY_VISITOR, answered, lambda world, epoch: {"client_id": secrets.token_hex(6), "text": "hi"}
    ),
    "changes.after": Case(OWNER, answered, named(rev=0)),
    "messages.before": Case(OWNER, answered, named(seq=2)),
    "conversations.list": Case(ANY_VISITOR, answered, lambda world, epoch: {}),
    "conversation.open": Case(OWNER, answered, named()),
    "person.request": Case(OWNER, answered, named()),
    "person.cancel": Case(OWNER, in_line, named()),
    "answer.rate": Case(OWNER, answered, lambda world, epoch: {"message_id": world.answer_id, "helpful": True}),
    "conversation.end": Case(OWNER, answered, named()),
    "survey.submit": Case(OWNER, answered, named(score=5)),
    "read": Case(OWNER, answered, named(seq=1)),
    "typing": Case(OWNER, answered, named(on=True)),
    "form.submit": Case(ANY_VISITOR, answered, lambda world, epoch: {"values": {"name": "Ana"}}),
    "visitor.update": Case(ANY_VISITOR, answered, lambda world, epoch: {"name": "Ana"}),
    "track": Case(ANY_VISITOR, answered, lambda world, epoch: {"name": "basket", "data": {"items": 2}}),
    "help.ways": Case(ANY_VISITOR, answered, lambda world, epoch: {}),
}
NAMESPACES = {"visitor": VISITOR, "agent": AGENT}


@pytest.fixture
async def world(house: TestHouse) -> World:
    store = house.house.store
    billing, sales = await house.team("Billing"), await house.team("Sales")
    founded = house.founded
    of_billing = {"default_team_id": billing, "settings": {"start_form": {"fields": [{"key": "name"}]}}}
    await store.write(inboxes.change, founded.workspace_id, founded.inbox_id, of_billing, SYSTEM)
    await house.house.places.load()
    member = await house.at_desk("Member", team_ids=(billing,))
    tokens: dict[Who, str] = {"member": member.token}
    _, tokens["stranger"] = await house.hire("Stranger", team_ids=(sales,))
    _, tokens["admin"] = await house.hire("Boss", role="admin")
    _, tokens["revoked"] = await house.hire("Gone", team_ids=(billing,))
    await store.write(sessions.revoke, tokens["revoked"])
    tokens["foreigner"] = await store.write(_foreigner)
    ana, ben = await house.visitor(), await house.visitor()
    assert ana.token is not None
    assert ben.token is not None
    tokens |= {"visitor": ana.token, "other": ben.token, "anonymous": ""}
    return World(house, ana, member, tokens)


def _foreigner(tx: Tx) -> str:
    """The admin of another workspace."""
    other = tx.new_id("wsp")
    tx.run(insert(workspaces).values(id=other, name="Elsewhere", created_at=tx.now))
    new = agents.NewAgent("foreigner@example.com", "Foreigner", "", role="admin")
    token, _ = sessions.open_session(tx, agents.add(tx, other, new).id)
    return token


@pytest.mark.parametrize(
    ("namespace", "command"), [(name, command) for name, cases in NAMESPACES.items() for command in cases]
)
async def test_who_may(world: World, namespace: str, command: str) -> None:
    """Each is told what the matrix says; whoever is turned away has changed nothing and learned nothing."""
    case = NAMESPACES[namespace][command]
    await case.given(world)
    # those who are let in come last: they change how things stand
    for who in sorted(case.who, key=lambda one: case.who[one] == "ok"):
        before = await world.now()
        told = await tried(world, namespace, command.split(" ")[0], case, who, before.epoch)
        outcome = "ok" if told.get("ok") else "refused" if told.get("refused") else told["error"]["code"]
        wanted = case.who[who]
        if wanted == "ok" and outcome in ("conflict", "illegal_transition"):
            outcome = "ok"  # somebody before them did it: they were let in, and came late
        assert outcome == wanted, f"{command} as {who}: {told}"
        if wanted != "ok":
            assert (await world.now()) == before, f"{command} as {who} changed something"
            assert world.key not in str({**told, "asked": None}), f"{command} as {who} told something"


async def tried(world: World, namespace: str, command: str, case: Case, who: Who, epoch: int) -> Json:
    """The acknowledgement, or how the connection was refused."""
    payload = case.payload(world, epoch)
    if namespace == "agent" and who == "member":
        return await world.member.call(command, **payload)
    if namespace == "visitor" and who == "visitor":
        return await world.ana.call(command, **payload)
    person: Agent | Visitor
    if namespace == "agent":
        person = Agent(world.house.url, "", world.tokens[who])
    else:
        person = Visitor(world.house.url, "wrong" if who == "anonymous" else world.house.founded.public_key)
        person.token = world.tokens[who]
    try:
        await person.comes()
        return await person.call(command, **payload)
    except Rejected as rejected:
        return {"refused": rejected.error["code"] in ("unauthorized", "invalid"), **rejected.error}
    finally:
        await person.close()


async def test_an_event_without_a_connection_is_nobodys(house: TestHouse) -> None:
    """Commands sent to a namespace that was not joined are dropped: not done, and not answered."""
    ana = await house.visitor()
    await ana.says("hello")
    mark = ana.mark
    ana.wire.say(f'42/agent,7["conversation.watch",{{"conversation_id":"{ana.conversation_id}"}}]')
    ana.wire.say('42,8["message.send",{"client_id":"x","text":"x"}]')
    await ana.do("conversations.list")
    assert [one.name for one in ana.wire.heard[mark:] if one.answers is not None] == ["conversations.list"]
    assert house.served.sockets.counters.packets_dropped == 2


def documented(namespace: str) -> set[str]:
    """The commands of a namespace's table in docs/protocol.md."""
    text = PROTOCOL.read_text()
    part = text[text.index(f"### Namespace `/{namespace}`") :]
    part = part[: part.index("\nEvents:")]
    rows = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    names = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    # `.wake` stands beside `conversation.snooze`
    names = {f"conversation{name}" if name.startswith(".") else name for name in names}
    # `person.cancel {conversation_id}` is told of in the row of person.request
    return names | set(re.findall(r"`(person\.cancel) ", part))


@pytest.mark.parametrize("namespace", ["visitor", "agent"])
async def test_nothing_is_missing(house: TestHouse, namespace: str) -> None:
    """What the protocol promises, what the server takes, and what is tried here are the same commands."""
    taken = house.served.sockets.commands()[f"/{namespace}"]
    assert documented(namespace) == taken
    assert {command.split(" ")[0] for command in NAMESPACES[namespace]} == taken
