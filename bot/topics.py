"""What a bot can be asked about, and what it says to it: its intents and articles, whole, in memory."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from bot.hearing import Topic, Topics
from conversations.errors import NotFound
from conversations.store import Statement, Store, Tx
from conversations.store.tables import articles, bots, intents
from intents.understanding import CandidateKind

VERSION = Statement(select(bots.c.knowledge_rev, bots.c.knowledge_base_id).where(bots.c.id == bindparam("bot_id")))
INTENTS = Statement(
    select(intents.c.name, intents.c.title, intents.c.answer, intents.c.category).where(
        intents.c.bot_id == bindparam("bot_id"), intents.c.archived_at.is_(None)
    )
)
ARTICLES = Statement(
    select(articles.c.id, articles.c.question, articles.c.answer, articles.c.category).where(
        articles.c.knowledge_base_id == bindparam("knowledge_base_id"), articles.c.archived_at.is_(None)
    )
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a bot knew. version: the revision of its knowledge, and the knowledge base that it used."""

    version: tuple[int, str]
    topics: Topics


class TopicBook:
    """The topics of every bot that has answered here; read once, and again when `refresh` finds them changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Known] = {}
        self._lock = asyncio.Lock()

    async def of(self, bot_id: str) -> Topics:
        """Raises NotFound, StoreError."""
        known = self._known.get(bot_id)
        if known is None:
            async with self._lock:
                known = self._known.get(bot_id)
                if known is None:
                    known = self._known[bot_id] = await self._store.read(_read, bot_id)
        return known.topics

    async def refresh(self) -> None:
        """Read again what has changed since: after a `KnowledgeChanged`, and now and then for other processes' changes.

        Raises StoreError; what was known stays.
        """
        async with self._lock:
            for bot_id, known in list(self._known.items()):
                try:
                    self._known[bot_id] = await self._store.read(_read_newer, bot_id, known)
                except NotFound:
                    del self._known[bot_id]


def _read(tx: Tx, bot_id: str) -> Known:
    version = _version(tx, bot_id)
    return Known(version, _topics(tx, bot_id, version[1]))


def _read_newer(tx: Tx, bot_id: str, known: Known) -> Known:
    version = _version(tx, bot_id)
    return known if version == known.version else Known(version, _topics(tx, bot_id, version[1]))


def _version(tx: Tx, bot_id: str) -> tuple[int, str]:
    row = tx.one(VERSION, {"bot_id": bot_id})
    if row is None:
        raise NotFound("There is no such bot.", field="bot_id")
    return row[0], row[1]


def _topics(tx: Tx, bot_id: str, knowledge_base_id: str) -> Mapping[tuple[CandidateKind, str], Topic]:
    found = [
        Topic(CandidateKind.INTENT, name, title, answer or None, category)
        for name, title, answer, category in tx.all(INTENTS, {"bot_id": bot_id})
    ]
    found += [
        Topic(CandidateKind.ARTICLE, key, question, answer, category)
        for key, question, answer, category in tx.all(ARTICLES, {"knowledge_base_id": knowledge_base_id})
    ]
    return {topic.ref: topic for topic in found}
