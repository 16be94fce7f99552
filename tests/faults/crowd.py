"""A crowd that talks until so many messages were sent, and the desk that serves it, whatever breaks meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.rig.clients.agent import Agent
from tests.rig.clients.socket import GaveUp
from tests.rig.clients.town import Town
from tests.rig.clients.visitor import Visitor
from tests.rig.founding import Seated

MOST_EACH = 10


@dataclass(slots=True)
class Crowd:
    """at_once visitors at a time, each a new one with a conversation of their own, until `messages` were sent."""

    town: Town
    agents: Sequence[Seated]
    messages: int
    at_once: int = 40
    errors: Counter[str] = field(default_factory=Counter)
    served: Counter[str] = field(default_factory=Counter)
    _begun: int = 0
    _visitors: int = 0

    async def talks(self) -> None:
        """Everyone comes, talks, is served and leaves."""
        closing = asyncio.Event()
        people = [Agent(self.town, seated.name, seated.id, seated.token) for seated in self.agents]
        desk = [asyncio.create_task(agent.works(closing)) for agent in people]
        try:
            await asyncio.gather(*(self._come_and_go() for _ in range(self.at_once)))
            self.town.over = True
            closing.set()
            await asyncio.gather(*desk)
        finally:
            for task in desk:
                task.cancel()
            await asyncio.gather(*desk, return_exceptions=True)
        for agent in people:
            self.served["accepted"] += agent.accepted
            self.served["taken over"] += agent.taken_over

    async def _come_and_go(self) -> None:
        while self._begun < self.messages:
            self._visitors += 1
            visitor = Visitor(self.town, f"visitor-{self._visitors}")
            count = min(visitor.dice.randint(1, MOST_EACH), self.messages - self._begun)
            self._begun += count
            try:
                await visitor.visits(count)
            except (TimeoutError, GaveUp) as error:
                # what was sent and has not ended is found by the checker
                self.errors[f"{type(error).__name__}: {error}"] += 1
