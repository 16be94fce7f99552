"""A person takes over while the bot answers: each moment of a turn, held open by a barrier, in both orders."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import insert

from bot.topics import TopicBook
from bot.turn import TurnDesk, take_turn
from conversations.inbox import receive
from conversations.model import Conversation, InboundMessage, Inbox, InboxRules
from conversations.store import Store, Tx
from conversations.store.tables import intents
from handoff.agents import NewAgent
from handoff.desk.claiming import take_over
from handoff.desk.closing import resolve
from intents.understanding import Understanding
from server.founding import Founded, Founding, found
from tests.bot.knowing import CARD, clear
from tests.rig.checker import check
from tests.rig.history import Finding, History
from tests.rig.rows import evidence_of

AT_ONCE = 12
PATIENCE_S = 20.0

BEFORE, AFTER = "before the turn reads", "after the bot has spoken"
HELD = ("turn.read", "turn.decided")
TOGETHER = ("together, the agent first", "together, the bot first")
MOMENTS = (BEFORE, *HELD, *TOGETHER, TOGETHER[1], AFTER)
"""When the agent takes over. At a held point the turn waits there until the take-over has committed; together, both
are let go at turn.decided and the store decides."""

BETWEEN = frozenset((*HELD, *TOGETHER))
"""The moments between the turn's read and its write."""


@dataclass(frozen=True, slots=True)
class Raced:
    """What came of all rounds. orders: which committed first, in the facts."""

    rounds: int
    between: int
    orders: Counter[str]
    findings: list[Finding]


class Barrier:
    """Points of one turn, of which one holds it until it is let go."""

    def __init__(self, at: str) -> None:
        self._at = at
        self.reached = asyncio.Event()
        self.go = asyncio.Event()

    def reach(self, point: str) -> None:
        """No point within a transaction holds anything."""

    async def pause(self, point: str) -> None:
        if point == self._at:
            self.reached.set()
            async with asyncio.timeout(PATIENCE_S):
                await self.go.wait()


class Sure:
    """Understands everything as one and the same question, whose answer is known."""

    async def understand(self, bot_id: str, text: str, locale: str | None) -> Understanding:
        return clear(CARD)


@dataclass(slots=True)
class Ring:
    """Where the rounds are held."""

    store: Store
    house: Founded
    inbox: Inbox
    topics: TopicBook

    @classmethod
    async def open(cls, store: Store) -> Ring:
        admin = NewAgent(email="sam@example.com", name="Sam", password_hash="x", role="admin", seats=2 * AT_ONCE)
        house = await store.write(found, Founding(admin))
        await store.write(_teach, house.bot_id)
        inbox = Inbox(
            house.inbox_id, house.workspace_id, "Website", "web", house.public_key, house.bot_id, None, InboxRules()
        )
        return cls(store, house, inbox, TopicBook(store))

    async def round(self, number: int, moment: str) -> None:
        """A visitor asks, the bot is about to answer, Sam takes over, and closes the chat."""
        asked = InboundMessage("my card is late", address=f"visitor-{number}", client_id="1")
        conversation = (await self.store.write(receive, self.inbox, asked)).conversation
        barrier = Barrier(moment if moment in HELD else "turn.decided" if moment in TOGETHER else "")
        desk = TurnDesk(self.store, Sure(), self.topics, lambda inbox_id: self.inbox, barrier)
        if moment == BEFORE:
            await self._take_over(conversation)
        turn = asyncio.create_task(take_turn(desk, conversation.id))
        try:
            if moment == AFTER:
                await turn
            elif moment in BETWEEN:
                async with asyncio.timeout(PATIENCE_S):
                    await barrier.reached.wait()
            if moment == TOGETHER[0]:
                taking = asyncio.create_task(self._take_over(conversation))
                await asyncio.sleep(0)
                barrier.go.set()
                await taking
            elif moment == TOGETHER[1]:
                barrier.go.set()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                await self._take_over(conversation)
            elif moment != BEFORE:
                await self._take_over(conversation)
                barrier.go.set()
            await turn
        finally:
            turn.cancel()
            await asyncio.gather(turn, return_exceptions=True)
        await self.store.write(resolve, self.house.admin_id, conversation.id, 2)

    async def _take_over(self, conversation: Conversation) -> None:
        await self.store.write(take_over, self.house.admin_id, conversation.id, conversation.epoch)


async def race(store: Store, rounds: int) -> Raced:
    """So many take-overs against so many answers, some at a time, judged by the checker."""
    ring = await Ring.open(store)
    moments = [MOMENTS[number % len(MOMENTS)] for number in range(rounds)]
    for begin in range(0, rounds, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, rounds))
        await asyncio.gather(*(ring.round(number, moments[number]) for number in numbers))
    evidence = await evidence_of(store, History())
    orders: Counter[str] = Counter()
    taken: set[str] = set()
    for fact in evidence.facts:
        key = fact.conversation_id or ""
        if fact.kind == "status_changed" and fact.data["move"] == "take_over":
            taken.add(key)
            orders["agent first"] += 1
        elif fact.kind == "message_posted" and fact.data["author"] == "bot" and key not in taken:
            orders["bot first"] += 1
            orders["agent first"] -= 1
    return Raced(rounds, sum(moment in BETWEEN for moment in moments), orders, check(evidence))


def _teach(tx: Tx, bot_id: str) -> None:
    tx.run(
        insert(intents).values(
            id=tx.new_id("int"),
            bot_id=bot_id,
            name=CARD.key,
            title=CARD.title,
            answer=CARD.text,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
