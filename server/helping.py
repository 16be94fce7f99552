"""The ways to get help as visitors are shown them: looked at once for all who ask within a moment."""

import asyncio
import time

from conversations.store import Store
from handoff.ways import Way, ways
from server.places import Place
from server.shapes import Json

FRESH_S = 2.0
KEPT = 1_000


class HelpBook:
    """Knows how to get help in an inbox. Its numbers are at most two seconds old."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[float, list[Json]]] = {}
        self._looking = asyncio.Lock()

    async def of(self, place: Place) -> list[Json]:
        """[{kind, team, open, wait_s, people_online}]; empty where the inbox does not show them. Raises StoreError."""
        chosen = place.chosen
        if chosen.help is not None and not chosen.help.on:
            return []
        departments = chosen.start_form.departments if chosen.start_form is not None else ()
        # whom the house itself chooses is nothing to choose by
        named, team_ids = bool(departments), departments or (place.inbox.default_team_id,)
        key = f"{place.inbox.id} {named} {' '.join(team or '-' for team in team_ids)}"
        known = self._known.get(key)
        if known is None or known[0] <= time.monotonic():
            async with self._looking:
                known = self._known.get(key)
                if known is None or known[0] <= time.monotonic():
                    found = await self._store.read(ways, place.inbox.workspace_id, team_ids)
                    known = time.monotonic() + FRESH_S, [_shape(way, named) for way in found]
                    if len(self._known) >= KEPT:
                        self._known.clear()
                    self._known[key] = known
        return known[1]


def _shape(way: Way, named: bool) -> Json:
    return {
        "kind": "chat",
        "team": {"id": way.team_id, "name": way.name} if named else None,
        "open": way.is_open,
        "wait_s": list(way.wait_s) if way.wait_s is not None else None,
        "people_online": way.online,
    }
