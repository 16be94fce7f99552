"""The line of those who wait, as visitors and agents are shown it: place and wait, looked at every few seconds."""

from collections.abc import Callable, Mapping

from conversations.model import Conversation
from conversations.store import Store
from handoff.waiting import Place, line
from server.realtime.connection import emit_to_many
from server.realtime.fanout import AgentFanout, VisitorFanout, agents_of
from server.shapes import Json


class Line:
    """Knows who waits at which place. Its own numbers are seconds old; the acknowledgement asks anew."""

    def __init__(self, store: Store, workspaces: Callable[[], list[str]]) -> None:
        self._store = store
        self._workspaces = workspaces
        self._places: dict[str, Place] = {}
        self._told: dict[str, Json] = {}
        self._desk: dict[str, Json] = {}

    def known(self, conversation_id: str) -> Json | None:
        """The place as last looked at, without asking."""
        place = self._places.get(conversation_id)
        return place_shape(place) if place is not None else None

    async def ask(self, conversation: Conversation) -> Json | None:
        """The place of a conversation now; None when it does not wait."""
        if conversation.status != "queued":
            return None
        places = await self._store.read(line, conversation.workspace_id)
        self._places |= places
        return self.known(conversation.id)

    async def tick(self, visitors: VisitorFanout, agents: AgentFanout) -> None:
        """Look again, and tell whoever's place, or whose desk's numbers, changed."""
        places: dict[str, Place] = {}
        for workspace_id in self._workspaces():
            found = await self._store.read(line, workspace_id)
            places |= found
            self._tell_agents(agents, workspace_id, found)
        self._places = places
        shapes = {key: place_shape(place) for key, place in places.items()}
        for key, place in places.items():
            if self._told.get(key) != shapes[key]:
                emit_to_many(
                    tuple(visitors.connections.of(place.identity_id)),
                    "queue.updated",
                    {"conversation_id": key, **shapes[key]},
                )
        self._told = shapes

    def _tell_agents(self, agents: AgentFanout, workspace_id: str, places: Mapping[str, Place]) -> None:
        if not len(agents.connections):
            return
        longest = max((place.waited_s for place in places.values()), default=0)
        shape = {"waiting": len(places), "longest_wait_s": longest}
        if not places and self._desk.get(workspace_id) == shape:
            return
        self._desk[workspace_id] = shape
        emit_to_many(
            [one for one in agents_of(agents.connections) if one.session.agent.workspace_id == workspace_id],
            "desk.updated",
            shape,
        )


def place_shape(place: Place) -> Json:
    """{position, wait_s: [low, high] or null when nobody is there to tell}."""
    return {"position": place.position, "wait_s": list(place.wait_s) if place.wait_s is not None else None}
