"""From hints to sockets: what a commit changed is shown to whoever follows it, in the order of its revs."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import structlog

from conversations.hints import (
    AgentChanged,
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
BATCH = 256
SHOW_S = 10.0
CATCH_UP_S = 1.0


class VisitorFanout:
    """Shows visitors what changed in their conversations. Synchronous: the hint carries all it needs."""

    def __init__(self, faces: Faces, place: Callable[[Conversation], Json | None]) -> None:
        self.connections: Index[VisitorSession] = Index()
        self._faces = faces
        self._place = place

    def publish(self, changed: ConversationChanged) -> None:
        conversation = changed.conversation
        listening = self.connections.of(conversation.identity_id)
        if not listening:
            return
        for connection in listening:
            connection.session.follow(conversation)
        for change in changed.changes:
            match change:
                case MessageCreated(message) if message.seq is not None:
                    to = listening
                    if message.author_kind == "visitor":
                        to = _besides_its_sender(listening, changed.origin)
                    if to:
                        emit_to_many(to, "message.created", visitor_message(message, to=conversation.identity_id))
                case MessageUpdated(message) if message.seq is not None:
                    emit_to_many(listening, "message.updated", visitor_message(message, to=conversation.identity_id))
                case ConversationUpdated(visitor_rev) if visitor_rev is not None:
                    shape = visitor_conversation(conversation, self._faces, self._place(conversation))
                    shape["rev"] = visitor_rev
                    emit_to_many(listening, "conversation.updated", shape)
                case ReadUpdated(by, seq, visitor_rev):
                    shape = {"conversation_id": conversation.id, "by": by, "seq": seq, "rev": visitor_rev}
                    emit_to_many(listening, "read.updated", shape)
                case _:
                    pass

    def merged(self, identity_id: str) -> None:
        """Who a visitor was is nobody any more: their windows are sent to come back as who they proved to be."""
        for connection in self.connections.of(identity_id):
            connection.close()

    async def caught_up(self) -> None:
        """Return when what was committed until now is shown."""
        # the hints of a commit come in the turn of the loop after its writer is told
        await asyncio.sleep(0)

    def tell(self, conversation: Conversation, event: str, payload: Json) -> None:
        """Something without a rev (typing, queue numbers), to whoever has this conversation."""
        emit_to_many(self.connections.of(conversation.identity_id), event, payload)


def _besides_its_sender(
    listening: tuple[Connection[VisitorSession], ...], origin: str | None
) -> tuple[Connection[VisitorSession], ...]:
    """Who is shown a message; its sender has it by the acknowledgement, and after that whatever follows."""
    for connection in listening:
        if connection.id == origin:
            connection.hold()
            return tuple(one for one in listening if one is not connection)
    return listening


class AgentFanout:
    """The hints that agents are to be shown, in one line: one task shows them, a batch at a time.

    When the line overflows, or a batch cannot be shown, hints are lost and the connections are told to compare.
    """

    def __init__(self, show: Callable[[Sequence[object]], Awaitable[None]], overflowed: Callable[[], None]) -> None:
        self.connections: Index[AgentSession] = Index()
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
        """In line; where nobody listens only what the house itself has to know."""
        if not len(self.connections) and not isinstance(hint, AgentChanged):
            return
        try:
            self._queue.put_nowait(hint)
        except asyncio.QueueFull:
            self.dropped += 1
            self._overflowed()

    async def caught_up(self) -> None:
        """Return when what was committed until now is shown, or after a second."""
        loop = asyncio.get_running_loop()
        shown: asyncio.Future[None] = loop.create_future()
        # the hints of a commit come in the turn of the loop after its writer is told: this stands behind them
        loop.call_soon(self._stand_in_line, shown)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CATCH_UP_S):
                await shown

    def _stand_in_line(self, shown: "asyncio.Future[None]") -> None:
        try:
            self._queue.put_nowait(shown)
        except asyncio.QueueFull:
            _settle(shown)

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                async with asyncio.timeout(SHOW_S):
                    await self._show([one for one in batch if not isinstance(one, asyncio.Future)])
            except Exception:
                log.exception("fanout.failed", hints=len(batch))
                self._overflowed()
            for one in batch:
                if isinstance(one, asyncio.Future):
                    _settle(one)


def _settle(shown: "asyncio.Future[None]") -> None:
    if not shown.done():
        shown.set_result(None)
