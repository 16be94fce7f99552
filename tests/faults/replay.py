"""A crowd talks while its server is killed again and again, at named points and at random moments."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from conversations.store import open_store
from tests.faults.crowd import Crowd
from tests.rig.checker import check
from tests.rig.checker.turns import waits
from tests.rig.clients.town import Town
from tests.rig.founding import lay_ground, questions, teach
from tests.rig.history import Evidence, Finding
from tests.rig.house import ServedHouse
from tests.rig.rows import evidence_of

AGENTS = 6
SEATS = 3
STALL_S = 60.0
SHOWN_FINDINGS = 40

Trouble = Callable[[ServedHouse, Town], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Report:
    """What a run was and what came of it; times in seconds but where a unit is named."""

    name: str
    engine: str
    findings: list[Finding]
    figures: dict[str, object] = field(default_factory=dict)

    def lines(self) -> list[str]:
        told = [
            f"{self.name} on {self.engine}: {f'{len(self.findings)} FINDINGS' if self.findings else 'nothing found'}"
        ]
        told += [f"  {name}: {value}" for name, value in self.figures.items()]
        told += [f"  {finding.invariant}: {finding.what}" for finding in self.findings[:SHOWN_FINDINGS]]
        if len(self.findings) > SHOWN_FINDINGS:
            told.append(f"  and {len(self.findings) - SHOWN_FINDINGS} more")
        return told


@dataclass(frozen=True, slots=True)
class Plan:
    """messages: so many are sent. at_once: visitors at a time. train: a published model beside the articles."""

    messages: int
    at_once: int = 60
    train: bool = False
    seed: int = 1


async def run(name: str, plan: Plan, house: ServedHouse, trouble: Trouble, *, url: str | None = None) -> Report:
    """Found the house, let the crowd talk while `trouble` goes on, and judge what is left.

    url: where the crowd finds the house, if not at its own door.
    """
    ground = await lay_ground(house.database_url, agents=AGENTS, seats=SEATS)
    await teach(house, train=plan.train)
    town = Town(url or house.url, ground.inbox, questions(), seed=plan.seed)
    crowd = Crowd(town, ground.agents, plan.messages, plan.at_once)
    async with house.open():
        began = time.monotonic()
        await _talk_through(crowd, trouble(house, town))
        took_s = time.monotonic() - began
        await house.stop()
    evidence = await judge(house, town)
    report = Report(name, house.database_url.partition(":")[0], check(evidence))
    report.findings += [Finding(2, f"{count} visitors gave up: {error}") for error, count in crowd.errors.items()]
    report.figures = figures(evidence, town, crowd, took_s)
    report.figures["what it went through"] = dict(Counter(house.deaths))
    return report


async def _talk_through(crowd: Crowd, trouble: Coroutine[Any, Any, None]) -> None:
    """The crowd talks to its end, and the trouble has to be over soon after; whichever fails ends both."""
    talking, breaking = asyncio.create_task(crowd.talks()), asyncio.create_task(trouble)
    try:
        await asyncio.wait((talking, breaking), return_when=asyncio.FIRST_COMPLETED)
        if breaking.done():
            await breaking
        await talking
        async with asyncio.timeout(STALL_S):
            await breaking
    finally:
        talking.cancel()
        breaking.cancel()
        await asyncio.gather(talking, breaking, return_exceptions=True)


async def judge(house: ServedHouse, town: Town) -> Evidence:
    """The evidence of a run that is over. Raises AssertionError for a damaged SQLite file."""
    if house.database_url.startswith("sqlite:///"):
        with sqlite3.connect(house.database_url.removeprefix("sqlite:///")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("PRAGMA foreign_key_check").fetchone() is None
        connection.close()
    store = await open_store(house.database_url, migrate=False)
    try:
        return await evidence_of(store, town.history, house.down)
    finally:
        await store.close()


def figures(evidence: Evidence, town: Town, crowd: Crowd, took_s: float) -> dict[str, object]:
    history = evidence.history
    down_ms = [end - begin for begin, end in evidence.down]
    answers = answer_times(evidence)
    return {
        "seconds": round(took_s, 1),
        "messages acknowledged": len({(one.client, one.client_id) for one in history.acked}),
        "refused": len(history.failed),
        "sent again after a cut": town.repeats,
        "reconnects": town.reconnects,
        "times that changes were asked for": town.catch_ups,
        "conversations": len(evidence.standing),
        "messages stored": len(evidence.stored),
        "facts": len(evidence.facts),
        "readers compared with a fresh one": len(history.shown),
        "offers accepted": crowd.served["accepted"],
        "chats taken over": crowd.served["taken over"],
        "answered after, ms (p50, p99, most)": answers,
        "down, ms (each time at most)": max(down_ms, default=0),
    }


def answer_times(evidence: Evidence) -> tuple[int, int, int]:
    """How long visitors' messages in the bot's hands waited for an answer; time without a server not counted."""
    took = sorted(wait.ms for wait in waits(evidence)[0])
    if not took:
        return 0, 0, 0
    return took[len(took) // 2], took[len(took) * 99 // 100], took[-1]
