"""A push is a hint: whatever of them is lost, within a beat everyone knows that there is more, and what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from conversations.store import Hints
from handoff import agents, sessions, teams
from server.realtime.connection import Connection
from server.realtime.followers import SLOTS, Turns
from tests.whole.house import LIVELY, TestHouse, whole_house
from tests.whole.people import Agent, Visitor


@dataclass
class Loss:
    """Stands between the store and the house's hints; while it is on, they are gone."""

    on: bool = False
    lost: int = 0

    def __call__(self, hear: Hints) -> Hints:
        def heard(hints: Sequence[object]) -> None:
            if self.on:
                self.lost += len(hints)
            else:
                hear(hints)

        return heard


@pytest.fixture
def loss() -> Loss:
    return Loss()


@pytest.fixture
async def house(tmp_path: Path, loss: Loss) -> AsyncIterator[TestHouse]:
    """A served house that looks around often, and whose hints can be lost."""
    async with whole_house(tmp_path, beats=LIVELY, tap=loss) as found:
        yield found


async def mended(person: Visitor | Agent, key: str) -> None:
    """The digest says that there is more; having asked for it, the screen is equal to a new one."""
    fresh = await person.fresh(key)
    await person.wire.until(lambda: any(one.get(key, 0) >= fresh["rev"] for one in person.screen.digests))
    rev = person.screen.copies[key].rev if key in person.screen.copies else 0
    assert rev < fresh["rev"], "nothing was lost: the test proves nothing"
    await person.do("changes.after", conversation_id=key, rev=rev)
    assert person.screen.differences(await person.fresh(key)) == []


async def in_queue(house: TestHouse) -> Visitor:
    ana = await house.visitor()
    await ana.asks_for_a_person()
    return ana


async def test_a_window_that_missed_a_message_is_told_that_there_is_more(house: TestHouse, loss: Loss) -> None:
    """What another window said, and nobody was told of, comes with the next digest."""
    ana = await in_queue(house)
    other = await house.comes_again(ana)
    loss.on = True
    await ana.says("is anybody there", conversation_id=ana.conversation_id)
    await mended(other, ana.conversation_id)
    assert loss.lost


async def test_a_window_learns_of_a_conversation_that_it_never_heard_of(house: TestHouse, loss: Loss) -> None:
    """A conversation begun in another window, unheard, is in the digest: it names the newest one, too."""
    ana = await house.visitor()
    other = await house.comes_again(ana)
    loss.on = True
    said = await ana.says("begun elsewhere")
    await mended(other, said["conversation_id"])


async def test_an_owner_and_a_watcher_who_missed_something_are_told(house: TestHouse, loss: Loss) -> None:
    """What a visitor wrote, unheard, reaches who has the chat and who watches it with their digests."""
    sam, eve = await house.at_desk("Sam"), await house.at_desk("Eve", status="away")
    ana = await in_queue(house)
    key = ana.conversation_id
    await sam.accepts(key)
    await eve.do("conversation.watch", conversation_id=key)
    loss.on = True
    await ana.says("hello?", conversation_id=key)
    await mended(sam, key)
    await mended(eve, key)


async def test_who_was_given_a_chat_unheard_finds_it_in_their_digest(house: TestHouse, loss: Loss) -> None:
    """The digest is made of the rows: a chat that became theirs without a word is in it."""
    sam, boss = await house.at_desk("Sam"), await house.at_desk("Boss", role="supervisor", status="away")
    loss.on = True
    ana = await house.visitor()
    await ana.says("hello")
    key = ana.conversation_id
    await boss.decides("assign", key, agent_id=sam.id)
    await mended(sam, key)


async def test_an_offer_that_nobody_heard_of_is_shown_and_taken_back(house: TestHouse, loss: Loss) -> None:
    """An offer lives for half a minute; looking around finds it, and its end, long before."""
    sam = await house.at_desk("Sam")
    loss.on = True
    ana = await in_queue(house)
    key = ana.conversation_id
    offer = await sam.offered(key)
    assert offer["packet"]["reason"] == "asked"
    await ana.do("person.cancel", conversation_id=key)
    withdrawn = await sam.sees("offer.withdrawn")
    assert (withdrawn["offer_id"], withdrawn["reason"]) == (offer["id"], "cancelled")
    assert len(sam.wire.events("offer.created")) == 1


async def test_an_offer_is_shown_once_whatever_brought_it(house: TestHouse) -> None:
    """The hint and the look around tell of the same offer; the agent sees one."""
    sam = await house.at_desk("Sam")
    key = (await in_queue(house)).conversation_id
    offer = await sam.offered(key)
    again = await house.comes_again(sam)
    assert [one["id"] for one in again.welcome["offers"]] == [offer["id"]]
    digests = len(sam.screen.digests)
    await sam.accepts(key)
    await sam.wire.until(lambda: len(sam.screen.digests) > digests + 1)
    assert len(sam.wire.events("offer.created")) == 1
    assert again.wire.events("offer.created") == []
    assert len(again.wire.events("offer.withdrawn")) == 1


async def test_a_session_revoked_unheard_loses_its_socket(house: TestHouse, loss: Loss) -> None:
    """Who was logged out where no hint came from is out within the beat, and stays out."""
    sam = await house.at_desk("Sam")
    loss.on = True
    await house.house.store.write(sessions.revoke, sam.token)
    await sam.wire.end()
    assert sam.wire.dismissed


async def test_rights_lost_unheard_end_the_watching(house: TestHouse, loss: Loss) -> None:
    """Who left a team unheard is shown nothing of its conversations any more."""
    store, workspace = house.house.store, house.founded.workspace_id
    team = await house.team("Billing")
    sam = await house.at_desk("Sam", team_ids=(team,))
    eve = await house.at_desk("Eve", team_ids=(team,), status="away")
    ana = await in_queue(house)
    key = ana.conversation_id
    await sam.accepts(key)
    await sam.decides("transfer", key, to={"team_id": team})
    await eve.do("conversation.watch", conversation_id=key)
    loss.on = True
    await store.write(teams.set_members, workspace, team, [sam.id])
    await eve.wire.until(lambda: not _watches(house, eve))
    loss.on = False
    mark = eve.mark
    await ana.says("a secret of billing", conversation_id=key)
    await sam.sees(
        "conversation.updated", lambda one: one.get("last_message", {}).get("excerpt") == "a secret of billing"
    )
    assert not any("a secret of billing" in str(one.payload) for one in eve.wire.heard[mark:])


def _watches(house: TestHouse, agent: Agent) -> bool:
    return any(one.session.watched for one in house.house.agents.fanout.connections.of(agent.id))


async def test_presence_changed_unheard_is_told(house: TestHouse, loss: Loss) -> None:
    """A colleague whose status changed where no hint came from is seen as they are."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea")
    assert (sam.id, "online") in [(one["agent_id"], one["status"]) for one in lea.welcome["presence"]]
    loss.on = True
    await house.house.store.write(agents.set_status, sam.id, "away")
    await lea.sees("presence.updated", lambda one: (one["agent_id"], one["status"]) == (sam.id, "away"))


class FakeClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class _Named:
    """As much of a connection as turns are given by."""

    def __init__(self, name: str) -> None:
        self.id = name


@pytest.mark.parametrize("pause_s", [0.3, 1.0, 1.1, 2.7, 7.0])
def test_everyone_has_their_turn_in_each_round(pause_s: float) -> None:
    """However late the beat, nobody waits longer than a round and a beat, and nobody has two turns in half of one."""
    clock = FakeClock()
    every_s = 20.0
    turns: Turns[object] = Turns(every_s, clock=clock)
    crowd: list[Connection[object]] = [_Named(f"c{number}") for number in range(200)]  # type: ignore[misc]
    had: dict[str, list[float]] = {one.id: [0.0] for one in crowd}
    while clock.now < 200:
        clock.now += pause_s
        for one in turns.due(crowd):
            had[one.id].append(clock.now)
    for times in had.values():
        waits = [later - before for before, later in pairwise(times)]
        assert max(waits) <= every_s + pause_s + every_s / SLOTS
        assert min(waits[1:]) >= every_s - pause_s - every_s / SLOTS


def test_a_beat_that_was_away_for_long_gives_one_turn_each() -> None:
    """After a long pause everyone is due once, not once for every round that passed."""
    clock = FakeClock()
    turns: Turns[object] = Turns(20.0, clock=clock)
    crowd: list[Connection[object]] = [_Named(f"c{number}") for number in range(50)]  # type: ignore[misc]
    clock.now = 500.0
    assert sorted(one.id for one in turns.due(crowd)) == sorted(one.id for one in crowd)
    assert turns.due(crowd) == []
