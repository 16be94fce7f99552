"""From hints to sockets: what a commit changed is shown to whoever follows it, in the order of its revs."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog

from conversations.hints import (
    ConversationChanged,
    ConversationUpdated,
    MessageCreated,
    MessageUpdated,
    ReadUpdated,
)
from conversations.model import Conversation
from server.realtime.connection import Connection, emit_to_many
from server.realtime.followers import Index
from server.realtime.sessions import AgentSession, VisitorSession
from server.shapes import Faces, Json, visitor_conversation, visitor_message

log = structlog.get_logger(__name__)

AGENT_QUEUE = 4_096


class VisitorFanout:
    """Shows visitors what changed in their conversations. Synchronous: the hint carries all it needs."""

    def __init__(self, faces: Faces, place: Callable[[Conversation], Json | None]) -> None:
        self.connections: Index[str, VisitorSession] = Index()
        self._faces = faces
        self._place = place

    def publish(self, changed: ConversationChanged) -> None:
        conversation = changed.conversation
        listening = self.connections.of(conversation.identity_id)
        if not listening:
            return
        for connection in tuple(listening):
            connection.session.follow(conversation.id)
        for change in changed.changes:
            match change:
                case MessageCreated(message) if message.seq is not None:
                    to = listening
                    if message.author_kind == "visitor":
                        to = [one for one in listening if one.id != changed.origin]
                    if to:
                        shape = visitor_message(message, to=conversation.identity_id)
                        emit_to_many(tuple(to), "message.created", shape)
                case MessageUpdated(message) if message.seq is not None:
                    shape = visitor_message(message, to=conversation.identity_id)
                    emit_to_many(tuple(listening), "message.updated", shape)
                case ConversationUpdated(visitor_rev) if visitor_rev is not None:
                    shape = visitor_conversation(conversation, self._faces, self._place(conversation))
                    shape["rev"] = visitor_rev
                    emit_to_many(tuple(listening), "conversation.updated", shape)
                case ReadUpdated(by, seq, visitor_rev):
                    shape = {"conversation_id": conversation.id, "by": by, "seq": seq, "rev": visitor_rev}
                    emit_to_many(tuple(listening), "read.updated", shape)
                case _:
                    pass

    def tell(self, conversation: Conversation, event: str, payload: Json) -> None:
        """Something without a rev (typing, queue numbers), to whoever has this conversation."""
        emit_to_many(tuple(self.connections.of(conversation.identity_id)), event, payload)


class AgentFanout:
    """Shows agents what changed: everything to the owner and watchers, a summary to others who may see it.

    One task keeps the order and looks up, once for each batch, what the hints lack (contacts, packets).
    When its queue overflows, hints are dropped and the connections are told to compare revs instead.
    """

    def __init__(self, show: Callable[[Sequence[object]], Any], overflowed: Callable[[], None]) -> None:
        self.connections: Index[str, AgentSession] = Index()
        self._show = show
        self._overflowed = overflowed
        self._queue: asyncio.Queue[object] = asyncio.Queue(AGENT_QUEUE)
        self._task: asyncio.Task[None] | None = None
        self.dropped = 0

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="agent-fanout")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def publish(self, hint: object) -> None:
        """Nobody listening, nothing to do; else in line."""
        if not len(self.connections):
            return
        try:
            self._queue.put_nowait(hint)
        except asyncio.QueueFull:
            self.dropped += 1
            self._overflowed()

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < 256 and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                async with asyncio.timeout(10):
                    await self._show(batch)
            except Exception:
                log.exception("fanout.failed", hints=len(batch))
                self._overflowed()


def agents_of(index: Index[str, AgentSession]) -> Iterable[Connection[AgentSession]]:
    for key in tuple(index.keys()):
        yield from tuple(index.of(key))
