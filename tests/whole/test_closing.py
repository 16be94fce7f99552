"""How a conversation ends, is rated, and goes on: over the real socket, as a visitor and an agent live it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.whole.house import TestHouse
from tests.whole.people import Agent, Visitor

Json = Any


async def helped(house: TestHouse) -> tuple[Visitor, Agent]:
    """A visitor whom Sam has answered and whose chat Sam has closed; another agent is there, too."""
    ana = await house.visitor()
    await ana.asks_for_a_person()
    sam = await house.at_desk("Sam")
    await sam.accepts(ana.conversation_id)
    await sam.says(ana.conversation_id, "Press the button for ten seconds.")
    await ana.hears("agent")
    await sam.decides("resolve", ana.conversation_id)
    await ana.sees("conversation.updated", lambda one: one["status"] == "resolved")
    await house.at_desk("Sue")
    return ana, sam


async def test_the_visitor_says_that_it_is_solved(house: TestHouse) -> None:
    """After an agent closed it: it is confirmed, and stays closed; saying so twice is saying it once."""
    ana, sam = await helped(house)
    key = ana.conversation_id
    for _ in range(2):
        told = await ana.do("conversation.end", conversation_id=key, solved=True)
        assert told["conversation"]["status"] == "resolved"
    page = await sam.fresh(key)
    assert page["conversation"]["resolution"] == "confirmed"
    assert (await ana.refused("conversation.end", conversation_id=key, solved="yes"))["field"] == "solved"


@pytest.mark.parametrize(("solved", "resolution"), [(False, "visitor_ended"), (True, "confirmed")])
async def test_a_visitor_ends_it_themselves(house: TestHouse, solved: bool, resolution: str) -> None:
    """While a person has it, too: the seat is free, the resolution says who ended it and whether it is solved."""
    ana, ben = await house.visitor(), await house.visitor()
    await ana.asks_for_a_person()
    sam = await house.at_desk("Sam", seats=1)
    await sam.accepts(ana.conversation_id)
    await ana.do("conversation.end", conversation_id=ana.conversation_id, solved=solved)
    closed = await sam.sees("conversation.updated", lambda one: one["status"] == "resolved")
    assert (closed["resolution"], closed["assignee"]) == (resolution, None)
    await ben.asks_for_a_person()
    await sam.offered(ben.conversation_id)


async def test_the_help_is_rated_and_agents_read_it(house: TestHouse) -> None:
    """The last score counts; each is told with its words, to agents alone; the same again is nothing new."""
    ana, sam = await helped(house)
    key = ana.conversation_id
    await ana.do("survey.submit", conversation_id=key, score=2)
    await ana.do("survey.submit", conversation_id=key, score=2)
    await ana.do("survey.submit", conversation_id=key, score=5, comment="It works now")
    page = await sam.fresh(key)
    assert page["conversation"]["survey_score"] == 5
    rated = [one for one in page["messages"] if one["kind"] == "survey"]
    assert [(one["private"], one["content"]["score"]) for one in rated] == [(True, 2), (True, 5)]
    assert rated[1]["text"].endswith("It works now")
    assert all(one["kind"] != "survey" for one in (await ana.fresh(key))["messages"])
    assert (await ana.fresh(key))["conversation"]["status"] == "resolved"


async def test_not_yet_goes_back_to_who_helped(house: TestHouse) -> None:
    """What the bot does not know is for the person who had it, before anybody else, in the same conversation."""
    ana, sam = await helped(house)
    key, mark = ana.conversation_id, sam.mark
    said = await ana.says("it still flickers when I do that")
    assert said["conversation_id"] == key
    offer = await sam.offered(key, after=mark)
    assert offer["packet"]["asked"] == "it still flickers when I do that"
    await sam.accepts(key, after=mark)
    said = await sam.says(key, "Then we send you a new one.")
    assert (await ana.sees("message.created", lambda one: one["id"] == said["id"]))["seq"] > 0


async def test_asking_for_a_person_opens_it_again(house: TestHouse) -> None:
    """Without naming a conversation it is the one that was closed a moment ago, and its person is asked first."""
    ana, sam = await helped(house)
    key, mark = ana.conversation_id, sam.mark
    told = await ana.do("person.request")
    assert (told["conversation"]["id"], told["conversation"]["status"]) == (key, "waiting")
    await sam.accepts(key, after=mark)


async def test_a_burst_of_messages_is_one_turn_in_order(house: TestHouse) -> None:
    """Thirty lines written without waiting are all stored, in their order."""
    ana = await house.visitor()
    first = await ana.says("line 0")
    for number in range(1, 30):
        ana.wire.say(
            f'42/visitor,["message.send",{{"client_id":"b{number}","text":"line {number}",'
            f'"conversation_id":"{first["conversation_id"]}"}}]'
        )
    await ana.do("message.send", client_id="last", text="line 30", conversation_id=first["conversation_id"])
    page = await ana.fresh(first["conversation_id"])
    lines = [
        one["text"]
        for one in sorted(page["messages"], key=lambda one: one["seq"])
        if one["author"]["kind"] == "visitor"
    ]
    assert lines == [f"line {number}" for number in range(31)]
