"""Sends what is due, at most so much at once, each conversation in its order and no inbox at the cost of another."""

import asyncio
import random
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping

import stamina
import structlog

from channels import delivery
from channels.base import Channel, Failed, Outcome, Outgoing, RetryLater, Sent, Shown
from channels.capabilities import Capabilities
from channels.delivery import ATTEMPTS, Claimed
from channels.render import render
from conversations.model import Conversation, Message
from conversations.store import NoPoints, Points, Store, StoreError

log = structlog.get_logger(__name__)

CONCURRENCY = 32
PER_INBOX = 8
WAITING_LIMIT = 4_096
SWEEP_LIMIT = 500
SEND_LIMIT_S = 15.0
LEASE_SLACK_MS = 1_000
SETTLE_ATTEMPTS = 5
SETTLE_LIMIT_S = 10.0
CLOSE_S = 12.0
LONGEST_PAUSE_MS = 3_600_000

Show = Callable[[Message, Conversation], Shown]
"""A message and its conversation as the visitor may see them; the server's, who alone makes what leaves."""


class Deliveries:
    """Owns the tasks that send. Rows are the truth: what it forgets or drops, the next sweep finds again.

    due() is for hints and never waits; sweep() is for a job of every second or so; close() lets what is on its way
    arrive. Rows of conversations whose inbox already has `per_inbox` sends under way wait for one of them.
    """

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        show: Show,
        *,
        concurrency: int = CONCURRENCY,
        per_inbox: int = PER_INBOX,
        points: Points | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._channels = channels
        self._show = show
        self._concurrency = concurrency
        self._per_inbox = per_inbox
        self._points = points or NoPoints()
        self._chance = chance
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._lanes: defaultdict[str, int] = defaultdict(int)
        self._parked: defaultdict[str, OrderedDict[str, None]] = defaultdict(OrderedDict)
        self._closing = False
        self.sent = 0
        self.retried = 0
        self.failed = 0

    def due(self, conversation_id: str) -> None:
        """Something in this conversation may be due. Over the bound it is dropped, for the next sweep to find."""
        if self._closing:
            return
        if conversation_id in self._running:
            self._again.add(conversation_id)
        elif len(self._running) < self._concurrency:
            self._running[conversation_id] = asyncio.create_task(
                self._deliver_all(conversation_id), name=f"delivery:{conversation_id}"
            )
        elif len(self._waiting) < WAITING_LIMIT:
            self._waiting[conversation_id] = None

    async def sweep(self) -> None:
        """Find what is due: retries whose time has come, and what a lost hint or an ended process left behind."""
        for conversation_id in await self._store.read(delivery.due, SWEEP_LIMIT):
            self.due(conversation_id)

    async def settled(self) -> None:
        """Until nothing is being sent or waits to be."""
        while self._running:
            await asyncio.wait(tuple(self._running.values()))

    async def close(self) -> None:
        """Begin nothing new, and give what is on its way the time to arrive; then its lease runs out by itself."""
        self._closing = True
        self._waiting.clear()
        self._parked.clear()
        tasks = tuple(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    # one conversation ------------------------------------------------------------------------

    async def _deliver_all(self, conversation_id: str) -> None:
        try:
            await self._in_lane(conversation_id)
        except StoreError as error:
            log.warning("delivery.store_failed", conversation_id=conversation_id, error=str(error))
        except Exception:
            log.exception("delivery.crashed", conversation_id=conversation_id)
        finally:
            del self._running[conversation_id]
            again = conversation_id in self._again
            self._again.discard(conversation_id)
            if again:
                self.due(conversation_id)
            self._next()

    def _next(self) -> None:
        while self._waiting and len(self._running) < self._concurrency:
            conversation_id, _ = self._waiting.popitem(last=False)
            self.due(conversation_id)

    async def _in_lane(self, conversation_id: str) -> None:
        """Deliver, unless the inbox has all the sends it may have; then wait in its line, holding no place."""
        inbox_id = await self._store.read(delivery.inbox_of_next, conversation_id)
        if inbox_id is None:
            return
        if self._lanes[inbox_id] >= self._per_inbox:
            parked = self._parked[inbox_id]
            if len(parked) < WAITING_LIMIT and not self._closing:
                parked[conversation_id] = None
            return
        self._lanes[inbox_id] += 1
        try:
            while not self._closing and await self._deliver_next(conversation_id):
                pass
        finally:
            self._lanes[inbox_id] -= 1
            if not self._lanes[inbox_id]:
                del self._lanes[inbox_id]
            self._unpark(inbox_id)

    def _unpark(self, inbox_id: str) -> None:
        parked = self._parked.get(inbox_id)
        if parked is None:
            return
        if parked:
            conversation_id, _ = parked.popitem(last=False)
            self.due(conversation_id)
        if not parked:
            self._parked.pop(inbox_id, None)

    async def _deliver_next(self, conversation_id: str) -> bool:
        """Try the next message in line. False when none is due, or this one has to wait."""
        claimed = await self._store.write(delivery.claim, conversation_id)
        if claimed is None:
            return False
        await self._points.pause("delivery.claimed")
        outcome = await self._try(claimed)
        await self._points.pause("delivery.sent")
        pause_ms = _pause_ms(claimed.attempt, outcome, self._chance())
        ours = await self._settle(claimed, outcome, pause_ms)
        if ours:
            self._count(claimed, outcome)
        return ours and not isinstance(outcome, RetryLater)

    async def _settle(self, claimed: Claimed, outcome: Outcome, pause_ms: int) -> bool:
        """Record it, also past a moment's trouble of the database: what isn't recorded is sent twice."""
        async for attempt in stamina.retry_context(
            on=StoreError, attempts=SETTLE_ATTEMPTS, timeout=SETTLE_LIMIT_S, wait_initial=0.05, wait_max=1.0
        ):
            with attempt:
                return await self._store.write(delivery.settle, claimed, outcome, pause_ms)
        raise AssertionError("retry_context ends with a result or an error")

    async def _try(self, claimed: Claimed) -> Outcome:
        channel = self._channels.get(claimed.account.channel)
        if channel is None:
            return Failed(f"no channel named {claimed.account.channel} is served here")
        try:
            capabilities = channel.capabilities(claimed.account)
            if (refused := why_not(claimed, capabilities, self._store.now())) is not None:
                return refused
            outgoing = await self._outgoing(claimed, capabilities)
            if self._store.now() > claimed.leased_until - SEND_LIMIT_S * 1000 - LEASE_SLACK_MS:
                return RetryLater("it took too long to begin")
            async with asyncio.timeout(SEND_LIMIT_S):
                return await channel.send(outgoing)
        except TimeoutError:
            return RetryLater(f"no answer within {SEND_LIMIT_S:g} s")
        except Exception as error:
            log.exception("delivery.send_crashed", message_id=claimed.message.id, channel=channel.name)
            return RetryLater(f"sending broke: {type(error).__name__}")

    async def _outgoing(self, claimed: Claimed, capabilities: Capabilities) -> Outgoing:
        # markdown of ten thousand hostile characters takes 0.2 s
        parts = await asyncio.to_thread(render, claimed.message, capabilities)
        return Outgoing(
            message_id=claimed.message.id,
            address=claimed.address,
            thread_key=claimed.conversation.thread_key,
            parts=parts,
            shown=self._show(claimed.message, claimed.conversation),
            account=claimed.account,
            created_at=claimed.message.created_at,
            attempt=claimed.attempt,
            at=self._store.now(),
        )

    def _count(self, claimed: Claimed, outcome: Outcome) -> None:
        told = {"conversation_id": claimed.conversation.id, "seq": claimed.message.seq, "attempt": claimed.attempt}
        match outcome:
            case Sent():
                self.sent += 1
            case RetryLater(why) if claimed.attempt < ATTEMPTS:
                self.retried += 1
                log.info("delivery.retry", why=why, **told)
            case RetryLater(why) | Failed(why):
                self.failed += 1
                log.warning("delivery.failed", why=why, **told)


def why_not(claimed: Claimed, capabilities: Capabilities, now: int) -> Failed | None:
    """Why a message is not to be sent at all; None where it is. now: milliseconds UTC."""
    if claimed.archived:
        return Failed("its inbox was archived")
    if claimed.message.erased_at is not None:
        return Failed("it was withdrawn before it was sent")
    if claimed.attempt > ATTEMPTS:
        return Failed(f"it was tried {ATTEMPTS} times without an answer")
    if capabilities.window_s is not None and now - claimed.last_heard_at > capabilities.window_s * 1000:
        return Failed("the visitor wrote too long ago: the channel's window is closed")
    return None


def _pause_ms(attempt: int, outcome: Outcome, chance: float) -> int:
    """Until the next attempt: our own pause, or longer where the far end asks for it."""
    asked_s = outcome.after_s if isinstance(outcome, RetryLater) and outcome.after_s is not None else 0.0
    return min(int(max(delivery.pause_s(attempt, chance), asked_s) * 1000), LONGEST_PAUSE_MS)
