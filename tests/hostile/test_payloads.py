"""Payloads of any shape: each is refused in the protocol's words, or is exactly what it says."""

from __future__ import annotations

import inspect
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from conversations.errors import CODES, Invalid, Refused, TooLarge
from server.desk_commands import DESK_COMMANDS
from server.realtime import payloads
from server.realtime.payloads import Payload, parse
from tests.hostile.nasty import EVERYTHING, encoded, value
from tests.whole.house import TestHouse
from tests.whole.people import Agent, Visitor

Json = Any
MODELS = sorted(
    (
        one
        for _, one in inspect.getmembers(payloads, inspect.isclass)
        if issubclass(one, Payload) and one is not Payload
    ),
    key=lambda one: one.__name__,
)
VISITORS: dict[str, type[Payload]] = {
    "message.send": payloads.VisitorSend,
    "changes.after": payloads.ChangesAfter,
    "messages.before": payloads.MessagesBefore,
    "conversations.list": payloads.ListConversations,
    "conversation.open": payloads.OpenConversation,
    "person.request": payloads.RequestPerson,
    "person.cancel": payloads.OneConversation,
    "answer.rate": payloads.RateAnswer,
    "conversation.end": payloads.EndConversation,
    "survey.submit": payloads.SubmitSurvey,
    "read": payloads.Read,
    "typing": payloads.Typing,
    "form.submit": payloads.SubmitForm,
    "visitor.update": payloads.UpdateVisitor,
    "track": payloads.Track,
    "help.ways": payloads.HelpWays,
}
AGENTS: dict[str, type[Payload]] = {
    "status.set": payloads.SetStatus,
    "conversation.decline": payloads.Decline,
    "conversation.watch": payloads.OpenConversation,
    "conversation.unwatch": payloads.OneConversation,
    "message.send": payloads.AgentSend,
    "message.edit": payloads.Edit,
    "message.withdraw": payloads.Withdraw,
    "changes.after": payloads.ChangesAfter,
    "messages.before": payloads.MessagesBefore,
    "read": payloads.Read,
    "typing": payloads.Typing,
    **{name: command.payload for name, command in DESK_COMMANDS.items()},
}
ROUNDS = 40
FRAME_BYTES = 120 * 1024
"""A little under what a frame may hold: the rest is the packet's head."""

anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(EVERYTHING)),
    lambda inner: st.one_of(st.lists(inner, max_size=12), st.dictionaries(st.text(max_size=12), inner, max_size=5)),
    max_leaves=12,
)


def like(model: type[BaseModel]) -> st.SearchStrategy[Json]:
    """Objects with the model's fields, each with anything in it, or left out."""
    fields = dict.fromkeys(model.model_fields, anything)
    return st.fixed_dictionaries({}, optional={**fields, "unknown": anything})


@given(st.data())
@pytest.mark.parametrize("model", MODELS, ids=lambda one: one.__name__)
def test_any_payload_is_refused_or_taken_as_it_is(model: type[Payload], data: st.DataObject) -> None:
    """No payload does anything but parse or be refused; what parses is what was sent, never made to fit."""
    payload = data.draw(st.one_of(like(model), anything))
    parsed, refused = outcome(model, payload)
    if refused is not None:
        assert refused.message
        assert refused.field is None or 0 < len(refused.field) <= 200
        assert not set(refused.message) & {"\x00", *map(chr, range(0xD800, 0xE000))}
        return
    assert isinstance(payload, dict)
    for name in model.model_fields:
        if name in payload:
            assert_same(getattr(parsed, name), payload[name])


def outcome(model: type[Payload], payload: Json) -> tuple[Payload | None, Refused | None]:
    """What parsing comes to; anything but the payload or its refusal is a defect, and comes out."""
    try:
        return parse(model, payload), None
    except (Invalid, TooLarge) as refused:
        return None, refused


def assert_same(parsed: Any, sent: Json) -> None:
    if isinstance(parsed, BaseModel):
        for name in type(parsed).model_fields:
            if name in sent:
                assert_same(getattr(parsed, name), sent[name])
    elif isinstance(parsed, tuple):
        assert list(parsed) == sent
    else:
        assert parsed == sent
        assert type(parsed) is type(sent), "a number is no text, and 1 is not true"


async def strangers_things(house: TestHouse) -> list[str]:
    """Ids of what belongs to somebody else, and is all really there."""
    ben = await house.visitor()
    await ben.asks_for_a_person()
    sam = await house.at_desk("Sam")
    offer = await sam.offered(ben.conversation_id)
    await sam.accepts(ben.conversation_id)
    said = await sam.says(ben.conversation_id, "hello")
    return [ben.conversation_id, said["id"], offer["id"], sam.id, ben.welcome["visitor"]["id"]]


def shaped(dice: random.Random, model: type[Payload], ids: list[str], good: Json) -> Json:
    """A payload of the model's fields: some as they should be, some anything, some missing."""
    payload: dict[str, Json] = {}
    for name in model.model_fields:
        luck = dice.random()
        if luck < 0.55 and name in good:
            payload[name] = good[name]
        elif luck < 0.9:
            payload[name] = value(dice, ids)
    if dice.random() < 0.1:
        payload[dice.choice(["", "__proto__", "origin", "identity_id", "x" * 500])] = value(dice, ids)
    return payload


@pytest.mark.parametrize("command", sorted(VISITORS))
async def test_whatever_a_visitor_sends_is_answered(house: TestHouse, command: str) -> None:
    """Fields of every kind and size: done, or refused by a code of the protocol; the visitor goes on."""
    dice, ids = random.Random(command), await strangers_things(house)
    ana = await house.visitor()
    mine = await ana.says("hello")
    good = {
        "client_id": "c-1", "conversation_id": ana.conversation_id, "text": "hello", "rev": 0, "seq": 1, "on": True,
        "message_id": mine["id"], "helpful": True, "score": 5,
    }  # fmt: skip
    ids = [*ids, ana.conversation_id, mine["id"]]
    await tried(ana, command, [shaped(dice, VISITORS[command], ids, good) for _ in range(ROUNDS)])
    await healthy(house)
    assert not any(ids[0] in str(one.payload) for one in ana.wire.heard), "it is told of somebody else's conversation"


@pytest.mark.parametrize("command", sorted(AGENTS))
async def test_whatever_an_agent_sends_is_answered(house: TestHouse, command: str) -> None:
    """The same at the desk, in the midst of a chat."""
    dice, ids = random.Random(command), await strangers_things(house)
    ana, lea = await house.visitor(), await house.at_desk("Lea", role="supervisor", seats=50)
    await ana.asks_for_a_person()
    await lea.accepts(ana.conversation_id)
    said = await lea.says(ana.conversation_id, "hello")
    good = {
        "client_id": "c-1", "conversation_id": ana.conversation_id, "text": "hello", "rev": 0, "seq": 1, "on": True,
        "message_id": said["id"], "epoch": await lea.epoch_of(ana.conversation_id), "status": "online",
        "agent_id": lea.id, "to": {"tier": 2}, "private": True, "until": "2999-01-01T00:00:00Z", "labels": ["a"],
    }  # fmt: skip
    ids = [*ids, ana.conversation_id, said["id"], lea.id]
    await tried(lea, command, [shaped(dice, AGENTS[command], ids, good) for _ in range(ROUNDS)])
    await healthy(house)


async def tried(person: Visitor | Agent, command: str, sent: list[Json]) -> None:
    for payload in sent:
        if len(encoded(payload)) > FRAME_BYTES:
            continue
        told = await person.wire.ask_raw(f'["{command}",{encoded(payload)}]', command, payload)
        assert isinstance(told["ok"], bool)
        if told["ok"]:
            continue
        error = told["error"]
        assert error["code"] in CODES, error
        assert error["code"] != "unavailable", f"{command} {encoded(payload)[:500]} fell over"
        assert error["message"], error


async def healthy(house: TestHouse) -> None:
    """Somebody else comes, asks and is brought to a person."""
    eve, max_ = await house.visitor(), await house.at_desk("Max")
    await eve.asks_for_a_person()
    await max_.decides("take_over", eve.conversation_id)
    await max_.says(eve.conversation_id, "here I am")
    await eve.hears("agent", "here I am")


async def test_every_command_is_fuzzed(house: TestHouse) -> None:
    """The tables above hold what the server takes, so that a new command is not forgotten."""
    handlers = house.served.sockets.commands()
    assert set(VISITORS) == handlers["/visitor"]
    assert set(AGENTS) == handlers["/agent"]


@pytest.mark.parametrize("namespace", ["visitor", "agent"])
async def test_whatever_is_said_at_the_door_is_answered(house: TestHouse, namespace: str) -> None:
    """`auth` of every shape: let in or refused in the protocol's words."""
    dice = random.Random(namespace)
    model = payloads.VisitorAuth if namespace == "visitor" else payloads.AgentAuth
    good = {"inbox": house.founded.public_key, "protocol": 1, "last_rev": {}, "locale": "en", "page": {"url": "x"}}
    for _ in range(60):
        auth = encoded(shaped(dice, model, [house.founded.public_key], good))
        if len(auth) > FRAME_BYTES:
            continue  # closes the socket, as tests/realtime show
        error = await house.door(namespace, auth)
        if error is not None:
            assert error["code"] in CODES - {"unavailable"}, error
    await healthy(house)


def test_an_error_says_what_is_wrong_and_not_what_was_sent() -> None:
    """A refusal names the field; the value, which may be a secret or a bomb, stays out of it."""
    secret = "sk-this-is-a-password"
    for model in MODELS:
        for name in model.model_fields:
            with pytest.raises(Refused) as refused:
                parse(model, {name: [{secret: secret}]})
            assert secret not in refused.value.message
