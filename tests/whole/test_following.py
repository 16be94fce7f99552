"""The rule of revs: whoever follows a conversation gets each change once and in order, and so equals a fresh reader."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.whole.house import LIVELY, TestHouse, whole_house
from tests.whole.people import Agent, Visitor


async def settled(person: Visitor | Agent, conversation_id: str) -> None:
    """The screen has come to where a fresh reader is, without a gap, and shows the same."""
    copy = person.screen.copies[conversation_id]
    fresh = await person.fresh(conversation_id)
    while copy.rev != fresh["rev"]:
        wanted = fresh["rev"]
        await person.wire.until(lambda: copy.rev >= wanted)  # noqa: B023 - it is awaited before the next turn
        fresh = await person.fresh(conversation_id)
    assert person.screen.gaps == []
    assert person.screen.differences(fresh) == []


async def test_a_visitor_sees_every_change_once_and_in_order(house: TestHouse) -> None:
    """From the first message to the end no rev is missing, and the window shows what a new one would."""
    ana = await house.visitor()
    await ana.says("xyzzy plugh")
    await ana.hears("bot")
    await ana.asks_for_a_person()
    sam = await house.at_desk("Sam")
    await sam.accepts(ana.conversation_id)
    await sam.says(ana.conversation_id, "Hi, this is Sam.")
    said = await ana.hears("agent", "Hi, this is Sam.")
    await ana.do("read", conversation_id=ana.conversation_id, seq=said["seq"])
    await sam.says(ana.conversation_id, "for us", private=True)
    await sam.do("message.edit", message_id=said["id"], text="Hello, this is Sam.")
    await ana.says("Hello Sam")
    await sam.decides("resolve", ana.conversation_id)
    await ana.sees("conversation.updated", lambda one: one["status"] == "resolved")
    await ana.says("one more thing")
    await ana.sees("conversation.updated", lambda one: one["status"] == "bot")
    await ana.do("conversation.end", conversation_id=ana.conversation_id)
    await settled(ana, ana.conversation_id)


async def test_an_owner_and_a_watcher_see_every_change_once_and_in_order(house: TestHouse) -> None:
    """Notes, edits, readings and passing on reach whoever has the chat, had it until then, or watches it."""
    ana = await house.visitor()
    sam, lea, eve = await house.at_desk("Sam"), await house.at_desk("Lea"), await house.at_desk("Eve", status="away")
    await ana.asks_for_a_person()
    key = ana.conversation_id
    await eve.do("conversation.watch", conversation_id=key)
    first = sam if await _is_offered(sam, lea, key) else lea
    second = lea if first is sam else sam
    await first.accepts(key)
    await first.says(key, "a note", private=True)
    await ana.says("hello?")
    said = await first.says(key, "One moment")
    await first.do("message.edit", message_id=said["id"], text="One moment, please")
    await ana.hears("agent")
    await ana.do("read", conversation_id=key, seq=said["seq"], delivered_seq=said["seq"])
    await first.decides("transfer", key, to={"agent_id": second.id}, note="be kind")
    name = "Lea" if second is lea else "Sam"
    await first.sees("message.created", lambda one: one["author"]["kind"] == "system" and name in one["text"])
    await settled(first, key)
    # from here on it is a line of a list to them, whose revs may skip
    first.screen.forget(key)
    await second.do("changes.after", conversation_id=key, rev=0)
    await eve.do("conversation.update", conversation_id=key, category="billing", labels=["vip"], priority=2)
    await second.says(key, "It is me now")
    await ana.says("thanks")
    await settled(second, key)
    summary = await first.sees(
        "conversation.updated", lambda one: one.get("last_message", {}).get("excerpt") == "thanks"
    )
    assert summary["assignee"]["id"] == second.id
    await second.decides("release", key)
    await settled(eve, key)


async def _is_offered(sam: Agent, lea: Agent, key: str) -> bool:
    """Whether it is Sam to whom the chat is offered, or Lea."""
    await sam.wire.until(
        lambda: any(
            one["conversation"]["id"] == key for agent in (sam, lea) for one in agent.wire.events("offer.created")
        )
    )
    return any(one["conversation"]["id"] == key for one in sam.wire.events("offer.created"))


async def test_what_one_window_says_the_other_shows_once(house: TestHouse) -> None:
    """A visitor's second window sees what the first one sends, and the first does not see it twice."""
    ana = await house.visitor()
    await ana.says("from the first window")
    other = await house.comes_again(ana)
    assert other.welcome["visitor"]["id"] == ana.welcome["visitor"]["id"]
    mark = ana.mark
    said = await ana.says("and once more")
    assert (await other.hears("visitor", "and once more"))["id"] == said["id"]
    back = await other.says("from the second", conversation_id=ana.conversation_id)
    await ana.hears("visitor", "from the second")
    await settled(ana, ana.conversation_id)
    await settled(other, ana.conversation_id)
    shown = [one["id"] for one in ana.wire.events("message.created", after=mark)]
    assert said["id"] not in shown
    assert shown.count(back["id"]) == 1
    assert back["id"] not in [one["id"] for one in other.wire.events("message.created")]


async def test_a_window_that_was_there_first_learns_of_a_conversation_begun_in_another(house: TestHouse) -> None:
    """The first message of a new conversation comes to windows that knew nothing of it, from its first rev."""
    ana = await house.visitor()
    other = await house.comes_again(ana)
    said = await ana.says("begun here")
    assert (await other.hears("visitor", "begun here"))["rev"] == 1
    await other.do("conversation.open", conversation_id=said["conversation_id"])
    await settled(other, said["conversation_id"])


async def test_who_comes_back_is_told_what_changed_and_no_more(house: TestHouse) -> None:
    """With the rev of before, the welcome carries what came since; with none, the newest page; both end equal."""
    ana = await house.visitor()
    await ana.says("one")
    await ana.hears("bot")
    await ana.says("two")
    rev = ana.screen.copies[ana.conversation_id].rev
    await ana.close()
    sam = await house.at_desk("Sam")
    await sam.decides("take_over", ana.conversation_id)
    await sam.says(ana.conversation_id, "while you were away")
    again = await house.comes_again(ana, last_rev={ana.conversation_id: rev})
    assert all(one["rev"] > rev for one in again.welcome["messages"])
    assert "while you were away" in [one["text"] for one in again.welcome["messages"]]
    anew = await house.comes_again(ana)
    assert anew.welcome["rev"] == again.welcome["rev"]
    await settled(anew, ana.conversation_id)


async def test_a_rev_from_the_future_gets_the_newest_page(house: TestHouse) -> None:
    """A client that claims to know more than there is is given what there is."""
    ana = await house.visitor()
    await ana.says("hello")
    again = await house.comes_again(ana, last_rev={ana.conversation_id: 10_000})
    assert [one["seq"] for one in again.welcome["messages"]][:1] == [1]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_people_do_everyone_who_follows_ends_equal(house: TestHouse, seed: int) -> None:
    """A visitor with two windows, two agents and a watcher do what comes to their mind; no gap, no difference."""
    dice = random.Random(seed)
    ana = await house.visitor()
    await ana.asks_for_a_person()
    key = ana.conversation_id
    other = await house.comes_again(ana)
    sam = await house.at_desk("Sam", role="supervisor", status="away")
    lea = await house.at_desk("Lea", role="supervisor", status="away")
    eve = await house.at_desk("Eve", status="away")
    for agent in (sam, lea, eve):
        await agent.do("conversation.watch", conversation_id=key)
    for step in range(60):
        await _something(dice, step, key, [ana, other], [sam, lea])
    for person in (ana, other, sam, lea, eve):
        await settled(person, key)


async def _something(dice: random.Random, step: int, key: str, windows: list[Visitor], agents: list[Agent]) -> None:
    window, agent = dice.choice(windows), dice.choice(agents)
    last_seq = window.screen.copies[key].conversation.get("last_seq", 0)
    match dice.choice(
        ["say", "say", "read", "person", "cancel", "end", "take", "reply", "note", "back", "release", "label"]
    ):
        case "say":
            await window.says(f"visitor's {step}", conversation_id=key)
        case "read":
            await window.do("read", conversation_id=key, seq=last_seq)
        case "person":
            await window.call("person.request", conversation_id=key)
        case "cancel":
            await window.call("person.cancel", conversation_id=key)
        case "end":
            await window.call("conversation.end", conversation_id=key)
        case "take":
            await agent.call("conversation.take_over", conversation_id=key, epoch=await agent.epoch_of(key))
        case "reply":
            epoch = await agent.epoch_of(key)
            await agent.call(
                "message.send", conversation_id=key, epoch=epoch, client_id=f"r{step}", text=f"reply {step}"
            )
        case "note":
            await agent.says(key, f"note {step}", private=True)
        case "back":
            await agent.call("conversation.hand_back", conversation_id=key, epoch=await agent.epoch_of(key))
        case "release":
            await agent.call("conversation.release", conversation_id=key, epoch=await agent.epoch_of(key))
        case "label":
            await agent.do("conversation.update", conversation_id=key, labels=[f"label {step}"])


async def test_on_postgresql_too_everyone_who_follows_ends_equal(tmp_path: Path, postgres_url: str) -> None:
    """Where each change is a transaction of its own, the same holds."""
    async with whole_house(tmp_path, postgres_url, beats=LIVELY) as house:
        await test_whatever_people_do_everyone_who_follows_ends_equal(house, 4)
