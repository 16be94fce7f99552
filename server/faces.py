"""Agents' names and pictures, kept at hand for what is shown to visitors."""

from sqlalchemy import select

from conversations.store import Statement, Store, Tx
from conversations.store.tables import agents
from server.shapes import Face

FACES = Statement(select(agents.c.id, agents.c.name, agents.c.avatar_url))


class FaceBook:
    """Every agent's face, loaded whole and again when an agent changes: there are hundreds, not millions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._faces: dict[str, Face] = {}

    async def load(self) -> None:
        """Raises StoreError; what was known stays."""
        self._faces = await self._store.read(_read)

    def __call__(self, agent_id: str) -> Face | None:
        return self._faces.get(agent_id)


def _read(tx: Tx) -> dict[str, Face]:
    return {row[0]: Face(row[1], row[2]) for row in tx.all(FACES)}
