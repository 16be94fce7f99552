"""The line of those who wait, as visitors and agents are shown it: place and wait, looked at every few seconds."""

import asyncio
import time
from collections.abc import Callable, Mapping

from conversations.model import Conversation
from conversations.store import Store
from handoff.waiting import Place, line
from server.realtime.connection import emit_to_many
from server.realtime.fanout import AgentFanout, VisitorFanout
from server.shapes import Json

FRESH_S = 1.0
SHARE = 10
"""Looking at a long line takes time; at most a tenth of it is spent on looking when asked."""


class Line:
    """Knows who waits at which place. Its numbers are a moment old: one look serves all who ask meanwhile."""

    def __init__(self, store: Store, workspaces: Callable[[], list[str]]) -> None:
        self._store = store
        self._workspaces = workspaces
        self._places: dict[str, Mapping[str, Place]] = {}
        self._next_look: dict[str, float] = {}
        self._rested: dict[str, float] = {}
        self._looking = asyncio.Lock()
        self._told: dict[str, Json] = {}
        self._desk: dict[str, Json] = {}

    def known(self, conversation: Conversation) -> Json | None:
        """The place as last looked at; for one that came after, the end of the line."""
        if conversation.status != "queued":
            return None
        places = self._places.get(conversation.workspace_id, {})
        place = places.get(conversation.id)
        return place_shape(place) if place is not None else {"position": len(places) + 1, "wait_s": None}

    async def ask(self, conversation: Conversation) -> Json | None:
        """The place of a conversation, looked at within the last moment; None when it does not wait."""
        if conversation.status != "queued":
            return None
        if self._is_due(conversation):
            async with self._looking:
                if self._is_due(conversation):
                    await self._look(conversation.workspace_id)
        return self.known(conversation)

    async def tick(self, visitors: VisitorFanout, agents: AgentFanout) -> None:
        """Look again, and tell whoever's place, or whose desk's numbers, changed."""
        told: dict[str, Json] = {}
        for workspace_id in self._workspaces():
            async with self._looking:
                await self._look(workspace_id)
            places = self._places[workspace_id]
            self._tell_agents(agents, workspace_id, places)
            for key, place in places.items():
                listening = visitors.connections.of(place.identity_id)
                if not listening:
                    continue
                told[key] = place_shape(place)
                if self._told.get(key) != told[key]:
                    emit_to_many(listening, "queue.updated", {"conversation_id": key, **told[key]})
        self._told = told

    def _is_due(self, conversation: Conversation) -> bool:
        """Whether to look again: after a moment; for one that came since at once, or two are told the same place."""
        workspace_id = conversation.workspace_id
        known = conversation.id in self._places.get(workspace_id, {})
        after = self._next_look if known else self._rested
        return time.monotonic() >= after.get(workspace_id, 0.0)

    async def _look(self, workspace_id: str) -> None:
        began = time.monotonic()
        self._places[workspace_id] = await self._store.read(line, workspace_id)
        took_s = time.monotonic() - began
        self._rested[workspace_id] = began + took_s * SHARE
        self._next_look[workspace_id] = began + max(FRESH_S, took_s * SHARE)

    def _tell_agents(self, agents: AgentFanout, workspace_id: str, places: Mapping[str, Place]) -> None:
        if not len(agents.connections):
            return
        longest = max((place.waited_s for place in places.values()), default=0)
        shape = {"waiting": len(places), "longest_wait_s": longest}
        if not places and self._desk.get(workspace_id) == shape:
            return
        self._desk[workspace_id] = shape
        emit_to_many(
            [one for one in agents.connections.all() if one.session.agent.workspace_id == workspace_id],
            "desk.updated",
            shape,
        )


def place_shape(place: Place) -> Json:
    """{position, wait_s: [low, high] or null when nobody is there to tell}."""
    return {"position": place.position, "wait_s": list(place.wait_s) if place.wait_s is not None else None}
