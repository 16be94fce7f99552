"""A shop's front desk without a network: visitors, a bot that was really taught, and Sam at the desk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import insert, select, update

from bot.feedback import rate
from bot.steps import Done
from bot.topics import TopicBook
from bot.turn import TurnDesk, Understander, take_turn
from conversations import reading, visitor
from conversations.facts import Fact, fact_from
from conversations.hints import TurnDue
from conversations.inbox import receive
from conversations.model import Choice, Conversation, InboundMessage, Inbox, InboxRules, Message, Receipt
from conversations.store import PostgresStore, SqliteStore, Store, Tx
from conversations.store.clock import system_clock
from conversations.store.tables import articles, bots, facts, inboxes, intents, knowledge_bases, workspaces
from handoff.agents import NewAgent, add
from handoff.desk.claiming import take_over
from handoff.desk.passing import hand_back
from intents.batching import Understander as Batches
from intents.recognizer import Recognizer
from intents.understanding import Understanding
from tests.bot.shop import ARTICLES, INTENTS
from tests.peers.migrated import lay_migrated

PATIENCE_S = 20.0
INBOX = Inbox("inb_1", "wsp_1", "Website", "web", "key_1", "bot_1", None, InboxRules())


class Clock:
    """The system's clock, and as much more as a test lets pass."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def __call__(self) -> int:
        return system_clock() + self.ahead_ms

    def pass_s(self, seconds: float) -> None:
        self.ahead_ms += int(seconds * 1000)


@dataclass(slots=True)
class Barrier:
    """Where a turn stops until it is let go."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def is_reached(self) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self.reached.wait()


@dataclass(slots=True)
class Points:
    """Named points: barriers for those outside transactions, faults for those within."""

    barriers: dict[str, Barrier] = field(default_factory=dict)
    faults: dict[str, list[Exception]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def stop_at(self, point: str) -> Barrier:
        """Whoever comes to the point next waits there."""
        barrier = self.barriers[point] = Barrier()
        return barrier

    def reach(self, point: str) -> None:
        self.seen.append(point)
        if faults := self.faults.get(point):
            raise faults.pop(0)

    async def pause(self, point: str) -> None:
        barrier = self.barriers.pop(point, None)
        if barrier is not None:
            barrier.reached.set()
            async with asyncio.timeout(PATIENCE_S):
                await barrier.go.wait()


@dataclass(slots=True)
class Taught:
    """The real recognizer, as the house asks it; `troubles` are raised first, and `slow_s` waited for each time."""

    recognizer: Recognizer
    understander: Batches
    troubles: list[Exception] = field(default_factory=list)
    slow_s: float = 0.0
    asked: int = 0

    async def understand(self, bot_id: str, text: str, locale: str | None) -> Understanding:
        self.asked += 1
        if self.troubles:
            raise self.troubles.pop(0)
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        return await self.understander.understand(self.recognizer, text, locale)


@dataclass(slots=True)
class House:
    store: Store
    taught: Taught
    clock: Clock
    points: Points
    hints: list[object]
    inbox: Inbox
    agent_id: str
    topics: TopicBook
    _numbers: Any = field(default_factory=count)

    def desk(self, *, understander: Understander | None = None, points: Points | None = None) -> TurnDesk:
        return TurnDesk(
            self.store, understander or self.taught, self.topics, lambda inbox_id: self.inbox, points or self.points
        )

    def visitor(self, *, locale: str | None = None) -> Visitor:
        return Visitor(self, f"visitor-{next(self._numbers)}", locale)

    async def turn(self, conversation_id: str) -> Done:
        return await take_turn(self.desk(), conversation_id)

    async def facts(self, conversation_id: str) -> list[Fact]:
        """What happened in a conversation, in order."""
        columns = [facts.c[name] for name in Fact.__dataclass_fields__]
        asked = select(*columns).where(facts.c.conversation_id == conversation_id).order_by(facts.c.id)
        rows: list[Any] = await self.store.read(lambda tx: tx.all(asked))
        return [fact_from(row) for row in rows]

    async def edit_answer(self, name: str, answer: str) -> None:
        """Change what the bot says to an intent."""

        def edit(tx: Tx) -> None:
            tx.run(update(intents).where(intents.c.name == name).values(answer=answer))
            tx.run(update(bots).values(knowledge_rev=bots.c.knowledge_rev + 1))

        await self.store.write(edit)

    def claimed(self) -> tuple[Conversation, Message] | None:
        """What the last hint of a turn carries."""
        last = [hint for hint in self.hints if isinstance(hint, TurnDue)][-1]
        return last.claimed

    def due(self) -> list[str]:
        """The conversations whose turns were hinted, in order."""
        return [hint.conversation_id for hint in self.hints if isinstance(hint, TurnDue)]


@dataclass(slots=True)
class Visitor:
    """Someone who writes. What they say is answered before `says` returns; `writes` only sends."""

    house: House
    address: str
    locale: str | None
    conversation_id: str = ""
    identity_id: str = ""
    _client_ids: Any = field(default_factory=count)

    async def writes(self, text: str, *, choice: Choice | None = None, claim: bool = False) -> Receipt:
        inbound = InboundMessage(
            text,
            address=self.address,
            client_id=str(next(self._client_ids)),
            locale=self.locale,
            choice=choice,
        )
        receipt = await self.house.store.write(receive, self.house.inbox, inbound, claim=claim)
        await asyncio.sleep(0)  # hints are told just after whoever waits for the commit
        self.conversation_id, self.identity_id = receipt.conversation.id, receipt.conversation.identity_id
        return receipt

    async def says(self, *texts: str) -> str:
        """Say these, have the bot take its turn, and read what it answers; empty where it says nothing."""
        for text in texts:
            await self.writes(text)
        return await self._answered()

    async def picks(self, title: str) -> str:
        """Take a choice of the newest list by its title."""
        asked = next(message for message in reversed(await self.messages()) if message.kind == "choices")
        content = orjson.loads(asked.content or "{}")
        titles = {choice["title"]: choice["value"] for choice in content["choices"]}
        titles[content["none_title"]] = "none_of_these"
        await self.writes("", choice=Choice(asked.id, titles[title]))
        return await self._answered()

    async def rates(self, helpful: bool, comment: str | None = None) -> Conversation:
        """Rate the bot's last message."""
        last = next(message for message in reversed(await self.messages()) if message.author_kind == "bot")
        return await self.house.store.write(rate, self.house.inbox, self.identity_id, last.id, helpful, comment)

    async def _answered(self) -> str:
        before = len(await self.messages())
        await self.house.turn(self.conversation_id)
        said = [message for message in (await self.messages())[before:] if message.author_kind == "bot"]
        return said[-1].text if said else ""

    async def asks_for_a_person(self) -> Conversation:
        return await self.house.store.write(
            visitor.request_person, self.house.inbox, self.identity_id, self.conversation_id
        )

    async def cancels(self) -> Conversation:
        return await self.house.store.write(visitor.cancel_person, self.identity_id, self.conversation_id)

    async def conversation(self) -> Conversation:
        return await self.house.store.read(reading.get, self.conversation_id)

    async def messages(self) -> list[Message]:
        now = await self.conversation()
        return list((await self.house.store.read(reading.newest, now, "visitor")).messages)

    async def sees(self) -> list[tuple[str, str]]:
        """(who, text) of each message, oldest first."""
        return [(message.author_kind, message.text) for message in await self.messages()]

    async def choices(self) -> list[str]:
        """The titles of the last message's choices, the way out at the end."""
        last = (await self.messages())[-1]
        content = orjson.loads(last.content or "{}")
        return [choice["title"] for choice in content.get("choices", ())] + [content.get("none_title", "")]

    async def understanding(self) -> dict[str, Any]:
        """What the bot's last message keeps of why it was said."""
        last = next(message for message in reversed(await self.messages()) if message.author_kind == "bot")
        found: dict[str, Any] = orjson.loads(last.understanding or "{}")
        return found

    async def met_by_sam(self) -> Conversation:
        """Sam takes the conversation over."""
        now = await self.conversation()
        return await self.house.store.write(take_over, self.house.agent_id, now.id, now.epoch)

    async def handed_back(self) -> Conversation:
        now = await self.conversation()
        return await self.house.store.write(hand_back, self.house.agent_id, now.id, now.epoch)


@asynccontextmanager
async def opened(place: Path | str, recognizer: Recognizer, inbox: Inbox = INBOX) -> AsyncIterator[House]:
    """A house on SQLite in a folder, or on a migrated PostgreSQL at an address."""
    clock, points, hints = Clock(), Points(), list[object]()
    store: Store
    if isinstance(place, Path):
        store = SqliteStore(lay_migrated(place / "desk.db"), on_hints=hints.extend, clock=clock, points=points)
    else:
        store = PostgresStore(place, on_hints=hints.extend, clock=clock, points=points)
    await store.start()
    batches = Batches()
    try:
        agent_id = await store.write(_found, inbox)
        yield House(store, Taught(recognizer, batches), clock, points, hints, inbox, agent_id, TopicBook(store))
    finally:
        await batches.close()
        await store.close()


def _found(tx: Tx, inbox: Inbox) -> str:
    now = tx.now
    tx.run(insert(workspaces).values(id="wsp_1", name="Two Wheels", created_at=now))
    tx.run(insert(knowledge_bases).values(id="kbs_1", workspace_id="wsp_1", name="Shop", created_at=now))
    tx.run(insert(bots).values(id="bot_1", workspace_id="wsp_1", knowledge_base_id="kbs_1", name="Bot", created_at=now))
    tx.run(
        insert(inboxes).values(
            id=inbox.id,
            workspace_id="wsp_1",
            name=inbox.name,
            channel=inbox.channel,
            public_key=inbox.public_key,
            bot_id="bot_1",
            created_at=now,
        )
    )
    teach(tx, [(name, title, answer) for name, (title, answer) in INTENTS.items()])
    for article in ARTICLES:
        tx.run(
            insert(articles).values(
                id=article.id,
                knowledge_base_id="kbs_1",
                question=article.question,
                question_hash=article.id,
                answer=article.answer,
                category=article.category,
                created_at=now,
                updated_at=now,
            )
        )
    return add(tx, "wsp_1", NewAgent(email="sam@example.com", name="Sam", password_hash="x", seats=100)).id


def teach(tx: Tx, rows: Sequence[tuple[str, str, str | None]]) -> None:
    """Add intents: name, title, answer."""
    for name, title, answer in rows:
        tx.run(
            insert(intents).values(
                id=tx.new_id("int"),
                bot_id="bot_1",
                name=name,
                title=title,
                answer=answer,
                category="orders",
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
