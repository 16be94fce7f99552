"""Runs due turns: at once when they are hinted, and by a look at the rows for those that nobody hinted."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import update

from bot import steps
from bot.steps import Reading
from bot.turn import TurnDesk, take_turn
from conversations.errors import Refused
from conversations.model import Conversation, Message
from conversations.statements import TURNS_DUE
from conversations.store import Statement, Store, StoreError, Tx
from conversations.store.tables import conversations

log = structlog.get_logger(__name__)

AT_ONCE = 256
WAITING_LIMIT = 10_000
SWEEP_EVERY_S = 1.0
SWEEP_LIMIT = 500
# A turn this young is most likely on its way already, here or on another node.
SWEEP_AFTER_MS = 500
TYPING_LOOK_S = 0.1
TYPING_WAIT_S = 1.5
RETRY_AFTER_S = 0.3

FREE_LEASES = Statement(
    update(conversations)
    .where(conversations.c.turn_due_at.is_not(None), conversations.c.turn_leased_until.is_not(None))
    .values(turn_leased_until=None)
)


@dataclass(frozen=True, slots=True)
class Pace:
    """A clock in seconds, and how to let it pass."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


REAL_TIME = Pace()


class TurnRunner:
    """A bounded number of turns at a time, one at most of each conversation.

    typing: whether a conversation's visitor is writing now; their turn then waits, 1.5 s at most. Beyond
    `waiting_limit` conversations a hint is dropped: the row stays due, and a sweep finds it.
    """

    def __init__(
        self,
        desk: TurnDesk,
        typing: Callable[[str], bool],
        *,
        at_once: int = AT_ONCE,
        waiting_limit: int = WAITING_LIMIT,
        pace: Pace = REAL_TIME,
    ) -> None:
        self._desk = desk
        self._typing = typing
        self._at_once = at_once
        self._waiting_limit = waiting_limit
        self._pace = pace
        self._ready: deque[str] = deque()
        self._known: set[str] = set()  # ready or later
        self._later: dict[str, tuple[float, bool]] = {}  # until when, and whether for typing
        self._claimed: dict[str, Reading] = {}
        self._running: dict[str, bool] = {}  # whether it is due once more
        self._workers: set[asyncio.Task[None]] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._woken = asyncio.Event()
        self._closed = False

    @property
    def waiting(self) -> int:
        return len(self._known)

    @property
    def running(self) -> int:
        return len(self._running)

    def start(self) -> None:
        """Begin to sweep. Needs the event loop."""
        self._keepers = [asyncio.create_task(self._sweep_on()), asyncio.create_task(self._wake_later())]

    def due(self, conversation_id: str, claimed: tuple[Conversation, Message] | None = None) -> None:
        """Take this conversation's turn as soon as may be. On the event loop; never waits, never fails.

        claimed: the conversation and the message, where the turn was claimed for this process (see TurnDue).
        """
        if self._closed:
            return
        if claimed is not None and len(self._claimed) < self._waiting_limit:
            self._claimed[conversation_id] = steps.claimed(*claimed)
        if conversation_id in self._known:
            return
        if conversation_id in self._running:
            self._running[conversation_id] = True
            return
        if len(self._known) >= self._waiting_limit:
            self._claimed.pop(conversation_id, None)
            return
        self._known.add(conversation_id)
        if self._typing(conversation_id):
            self._put_off(conversation_id, TYPING_WAIT_S, typing=True)
        else:
            self._make_ready(conversation_id)

    async def sweep(self) -> int:
        """Find due turns that no hint led to; how many. Raises StoreError."""
        found = await self._desk.store.read(_due, self._desk.store.now() - SWEEP_AFTER_MS)
        for conversation_id in found:
            self.due(conversation_id)
        return len(found)

    async def close(self, timeout_s: float = 5.0) -> None:
        """Take no more turns, let those under way end, and cancel what has not by then; rows stay due."""
        self._closed = True
        self._ready.clear()
        self._later.clear()
        self._known.clear()
        self._claimed.clear()
        for keeper in self._keepers:
            keeper.cancel()
        tasks = [*self._keepers, *self._workers]
        if not tasks:
            return
        _, left = await asyncio.wait(tasks, timeout=timeout_s)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=timeout_s)

    # ---------------------------------------------------------------------------------------------

    def _make_ready(self, conversation_id: str) -> None:
        self._ready.append(conversation_id)
        if len(self._workers) < self._at_once:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _work(self) -> None:
        """Take turns while any is ready."""
        while self._ready:
            conversation_id = self._ready.popleft()
            self._known.discard(conversation_id)
            if conversation_id in self._running:
                self._running[conversation_id] = True
                continue
            self._running[conversation_id] = False
            again_s: float | None = None
            try:
                claimed = self._claimed.pop(conversation_id, None)
                done = await take_turn(self._desk, conversation_id, claimed)
                again_s = RETRY_AFTER_S if done.how == "failed" and not self._closed else None
            except (StoreError, Refused) as error:
                log.warning("turn.not_written", conversation_id=conversation_id, cause=repr(error))
            except Exception:
                log.exception("turn.broken", conversation_id=conversation_id)
            finally:
                more = self._running.pop(conversation_id)
            if again_s is not None:
                self._known.add(conversation_id)
                self._put_off(conversation_id, again_s, typing=False)
            elif more:
                self.due(conversation_id)

    def _put_off(self, conversation_id: str, wait_s: float, *, typing: bool) -> None:
        self._later[conversation_id] = (self._pace.now() + wait_s, typing)
        self._woken.set()

    async def _wake_later(self) -> None:
        """Make ready what was put off: when its time has come, or the visitor has stopped typing."""
        while True:
            if not self._later:
                self._woken.clear()
                await self._woken.wait()
            await self._pace.sleep(TYPING_LOOK_S)
            now = self._pace.now()
            for conversation_id, (until, typing) in list(self._later.items()):
                if now >= until or (typing and not self._typing(conversation_id)):
                    del self._later[conversation_id]
                    self._make_ready(conversation_id)

    async def _sweep_on(self) -> None:
        while True:
            found = 0
            try:
                found = await self.sweep()
            except StoreError as error:
                log.warning("turn.sweep_failed", cause=repr(error))
            except Exception:
                log.exception("turn.sweep_broken")
            # a long backlog is worked off as fast as turns are taken
            await self._pace.sleep(SWEEP_EVERY_S if found < SWEEP_LIMIT else SWEEP_EVERY_S / 10)


async def free_leases(store: Store) -> int:
    """Make turns that a process before this one left under a lease due at once; how many.

    Only where this process is the only one: elsewhere a lease is another's, and runs out by itself.
    """
    return await store.write(_free)


def _free(tx: Tx) -> int:
    return tx.run(FREE_LEASES)


def _due(tx: Tx, now: int) -> list[str]:
    return [row[0] for row in tx.all(TURNS_DUE, {"now": now, "limit": SWEEP_LIMIT})]
