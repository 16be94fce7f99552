"""A database with a bot, for tests of what is kept of its knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import insert, select

from conversations.store import Store, Tx
from conversations.store.tables import bots, facts, knowledge_bases, workspaces
from intents.changes import KnowledgeChanged
from tests.store.engines import Database


@dataclass
class KnowingHouse:
    """bot_id, base_id: of the one bot and its knowledge base. hints: what was told after commits."""

    store: Store
    bot_id: str = "bot_1"
    base_id: str = "kbs_1"
    hints: list[object] = field(default_factory=list)

    @classmethod
    async def open(cls, database: Database) -> KnowingHouse:
        hints: list[object] = []

        def hear(told: Sequence[object]) -> None:
            hints.extend(told)

        house = cls(await database.open(on_hints=hear), hints=hints)
        await house.store.write(_found, house.bot_id, house.base_id)
        return house

    async def changed(self) -> list[str]:
        """The bots whose knowledge was said to have changed, since the last call."""
        # hints come after a commit, in their own turn of the loop
        await self.facts()
        told = [hint.bot_id for hint in self.hints if isinstance(hint, KnowledgeChanged)]
        self.hints.clear()
        return told

    async def facts(self) -> list[tuple[str, dict[str, object]]]:
        """Kind and data of every fact, in order."""
        rows = await self.store.read(_facts)
        return [(kind, orjson.loads(data)) for kind, data in rows]


def _found(tx: Tx, bot_id: str, base_id: str) -> None:
    tx.run(insert(workspaces).values(id="wsp_1", name="Lamps", created_at=tx.now))
    tx.run(insert(knowledge_bases).values(id=base_id, workspace_id="wsp_1", name="Help", created_at=tx.now))
    tx.run(
        insert(bots).values(id=bot_id, workspace_id="wsp_1", knowledge_base_id=base_id, name="Lumi", created_at=tx.now)
    )


def _facts(tx: Tx) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in tx.all(select(facts.c.kind, facts.c.data).order_by(facts.c.id))]
