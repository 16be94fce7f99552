"""A worker that stands still past its lease and goes on later: what it had in hand is answered by others, once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.steps import LEASE_MS
from conversations.facts import Fact
from conversations.store import open_store
from tests.faults.replay import Report
from tests.rig.checker import check
from tests.rig.clients.town import Town, now_ms
from tests.rig.clients.visitor import Visitor
from tests.rig.founding import lay_ground, teach
from tests.rig.history import Evidence
from tests.rig.house import ServedHouse
from tests.rig.points import Order
from tests.rig.rows import evidence_of

POINTS = ("turn.read", "turn.decided")
"""Where the worker stands still: with a claim in hand, and before it knows, or once it knows, what to say."""

ASK = "How do I pair a Pip bulb?"
FREEZES_S = 20.0
ANSWERED_S = 20.0
PAST_LEASE_S = LEASE_MS / 1000 + 1


@dataclass(slots=True)
class Frozen:
    """What came of one freeze: when it stood still, and when it went on (ms)."""

    point: str
    froze_at: int
    thawed_at: int
    conversation_id: str
    answers: list[Fact] = field(default_factory=list)


class Asking(Visitor):
    """Asks one thing, and stays until told to go."""

    def __init__(self, town: Town, name: str) -> None:
        super().__init__(town, name)
        self.answered = asyncio.Event()

    async def asks(self, go: asyncio.Event) -> None:
        async def script() -> None:
            seq = await self.says(ASK)
            assert seq is not None
            assert self.conversation_id is not None
            copy = self.copy(self.conversation_id)
            if await self.until(lambda: copy.answered(seq), ANSWERED_S):
                self.answered.set()
            await go.wait()
            await self.record_shown(self.conversation_id, self._fresh)

        await self.lives(script)


async def beside_another(
    folder: Path, database_url: str, points: Sequence[str] = POINTS
) -> tuple[Report, list[Frozen]]:
    """Two servers on one database; the one that has a turn in hand stands still, and the other answers.

    Then it goes on, and has to find that nothing is left to say. database_url: of PostgreSQL.
    """
    ground = await lay_ground(database_url, agents=1, seats=1)
    still, other = (ServedHouse(folder, database_url, name=name) for name in ("still", "other"))
    await teach(other, train=False)
    town = Town(still.url, ground.inbox, [ASK])
    frozen: list[Frozen] = []
    async with other.open():
        for point in points:
            # the other's hints never come here: only its rows do
            async with still.open([Order(point, 1, "freeze")]):
                frozen.append(await _stand_still(town, still, other, point))
                await still.stop()
        await other.stop()
    return await _judge("a worker frozen beside another", town, database_url, frozen), frozen


async def alone(folder: Path, database_url: str, points: Sequence[str] = POINTS) -> tuple[Report, list[Frozen]]:
    """One server that stands still past the lease of its own turn, and then goes on with it."""
    ground = await lay_ground(database_url, agents=1, seats=1)
    house = ServedHouse(folder, database_url)
    await teach(house, train=False)
    town = Town(house.url, ground.inbox, [ASK])
    frozen: list[Frozen] = []
    for point in points:
        async with house.open([Order(point, 1, "freeze")]):
            frozen.append(await _stand_still(town, house, house, point))
            await house.stop()
    return await _judge("a worker frozen alone", town, database_url, frozen), frozen


async def _stand_still(town: Town, still: ServedHouse, other: ServedHouse, point: str) -> Frozen:
    town.url = still.url
    go = asyncio.Event()
    visitor = Asking(town, f"visitor-{point}")
    asking = asyncio.create_task(visitor.asks(go))
    try:
        assert await still.frozen(FREEZES_S), f"{point} was not reached"
        froze_at = now_ms()
        town.url = other.url
        if other is not still:
            # the visitor's phone notices sooner than its own patience would
            visitor.socket.cut()
            async with asyncio.timeout(ANSWERED_S):
                await visitor.answered.wait()
        await asyncio.sleep(max(0.0, PAST_LEASE_S - (now_ms() - froze_at) / 1000))
        still.thaw()
        thawed_at = now_ms()
        if other is not still:
            # it takes part again once it has answered somebody else; by then it is done with what it had in hand
            town.url = still.url
            later, gone = Asking(town, f"visitor-after-{point}"), asyncio.Event()
            gone.set()
            await later.asks(gone)
            assert later.answered.is_set()
        async with asyncio.timeout(ANSWERED_S):
            await visitor.answered.wait()
        go.set()
        await asking
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert visitor.conversation_id is not None
    return Frozen(point, froze_at, thawed_at, visitor.conversation_id)


async def _judge(name: str, town: Town, database_url: str, frozen: list[Frozen]) -> Report:
    store = await open_store(database_url, migrate=False)
    try:
        evidence: Evidence = await evidence_of(store, town.history)
    finally:
        await store.close()
    for one in frozen:
        one.answers = [
            fact
            for fact in evidence.facts
            if fact.conversation_id == one.conversation_id
            and fact.kind == "message_posted"
            and fact.data["author"] == "bot"
        ]
    report = Report(name, database_url.partition(":")[0], check(evidence))
    for one in frozen:
        stood_ms = one.thawed_at - one.froze_at
        said = [f"{fact.at - one.froze_at} ms after it froze" for fact in one.answers]
        report.figures[one.point] = f"stood still for {stood_ms} ms; answered {', '.join(said)}"
    return report
