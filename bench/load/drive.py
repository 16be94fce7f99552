"""Two ways to load a server: as much as it takes (closed loop), and at a given rate whatever it takes (open loop).

Each message is one event with a `client_id` and a text; it is completed when the server has sent something back that
carries this id: the message itself in an event, or an acknowledgement. The open loop measures from the moment when
the message was *meant* to be sent, so a server that stalls is charged for all that waited (no coordinated omission).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bench.load.line import Line, connect
from bench.load.measure import Latency, Result, cpu_s

_ID_CHARS = 12
_SETTLE_S = 5.0


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to load, and with what. body: the event, with one `%012d` where its client id goes."""

    url: str
    namespace: str
    body: bytes
    auth: dict[str, object] = field(default_factory=dict)
    acknowledged: bool = False
    offer_deflate: bool = True
    server_pid: int | None = None


ID_MARK = b'"client_id":"'


class Crowd:
    """Many clients of one target, and what was sent and is not yet answered."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.lines: list[Line] = []
        self.latencies: list[float] = []
        self.pending: dict[int, tuple[int, float]] = {}
        self.answered: Callable[[int], None] = lambda line: None
        self.window: Callable[[], None] = lambda: None
        """Called when the measured stretch begins, and when it ends."""
        self.measuring = False
        self._ids = itertools.count(1)

    async def gather(self, size: int) -> None:
        """Connect `size` clients, 20 at a time."""
        for begin in range(0, size, 20):
            await asyncio.gather(*(self._join() for _ in range(begin, min(begin + 20, size))))

    async def _join(self) -> None:
        target = self.target
        ignore: Callable[[bytes], None] = lambda packet: None  # noqa: E731
        line = await connect(
            target.url,
            target.namespace,
            target.auth,
            offer_deflate=target.offer_deflate,
            on_event=ignore if target.acknowledged else self._on_event,
            on_ack=self._on_ack if target.acknowledged else ignore,
        )
        self.lines.append(line)

    def send(self, line: int, intended_at: float) -> None:
        """One message of one client."""
        message = next(self._ids)
        self.pending[message] = (line, intended_at)
        ack_id = b"%d" % message if self.target.acknowledged else b""
        self.lines[line].send(self.target.body % message, ack_id)

    def _on_event(self, body: bytes) -> None:
        at = body.find(ID_MARK)
        if at >= 0:
            begin = at + len(ID_MARK)
            self._complete(int(body[begin : begin + _ID_CHARS]))

    def _on_ack(self, packet: bytes) -> None:
        self._complete(int(packet[: packet.index(b"[")]))

    def _complete(self, message: int) -> None:
        sent = self.pending.pop(message, None)
        if sent is None:
            return
        line, intended_at = sent
        if self.measuring:
            self.latencies.append(time.perf_counter() - intended_at)
        self.answered(line)

    def check(self) -> None:
        """Raises RuntimeError if a client has lost its connection: the run is worth nothing."""
        lost = [line.closed for line in self.lines if line.closed is not None]
        if lost:
            raise RuntimeError(f"{len(lost)} of {len(self.lines)} clients lost their connection: {lost[0]}")

    def close(self) -> None:
        for line in self.lines:
            line.close()


@dataclass(slots=True)
class _Window:
    """The measured stretch of a run."""

    began_at: float
    client_cpu_s: float
    server_cpu_s: float | None

    @classmethod
    def begin(cls, crowd: Crowd) -> _Window:
        crowd.latencies.clear()
        crowd.measuring = True
        crowd.window()
        pid = crowd.target.server_pid
        return cls(time.perf_counter(), time.process_time(), None if pid is None else cpu_s(pid))

    def result(self, crowd: Crowd, mode: str, sent: int, late: list[float] | None) -> Result:
        crowd.measuring = False
        crowd.window()
        seconds = time.perf_counter() - self.began_at
        completed = len(crowd.latencies)
        pid = crowd.target.server_pid
        used = cpu_s(pid) - self.server_cpu_s if pid is not None and self.server_cpu_s is not None else None
        return Result(
            mode=mode,
            connections=len(crowd.lines),
            deflated=any(line.deflated for line in crowd.lines),
            seconds=round(seconds, 2),
            sent=sent,
            completed=completed,
            unanswered=max(0, sent - completed) if late is not None else 0,
            messages_per_s=round(completed / seconds, 1),
            messages_per_core_s=None if not used else round(completed / used, 1),
            server_cpu_us=None if used is None or not completed else round(1e6 * used / completed, 1),
            server_cpu=None if used is None else round(used / seconds, 3),
            client_cpu=round((time.process_time() - self.client_cpu_s) / seconds, 3),
            late_p99_ms=None if late is None else Latency.of(late).p99_ms,
            latency=Latency.of(crowd.latencies),
        )


async def closed_loop(crowd: Crowd, *, in_flight: int, warm_up_s: float, seconds: float) -> Result:
    """As much as the server takes: each client keeps `in_flight` messages unanswered."""
    running = True

    def again(line: int) -> None:
        if running:
            crowd.send(line, time.perf_counter())

    crowd.answered = again
    for line in range(len(crowd.lines)):
        for _ in range(in_flight):
            crowd.send(line, time.perf_counter())
    await asyncio.sleep(warm_up_s)
    window = _Window.begin(crowd)
    await asyncio.sleep(seconds)
    result = window.result(crowd, "closed", len(crowd.latencies), None)
    running = False
    crowd.check()
    await _settle(crowd, _SETTLE_S)
    return result


async def open_loop(
    crowd: Crowd, *, rate_per_s: float, warm_up_s: float, seconds: float, seed: int = 1, settle_s: float = _SETTLE_S
) -> Result:
    """`rate_per_s` messages, at random moments (a Poisson process), each by a client drawn at random.

    Between two messages this does not sleep but spins: an event loop's timer is up to a millisecond late.
    """
    draw = random.Random(seed)
    crowd.answered = lambda line: None
    late: list[float] = []
    window: _Window | None = None
    begin = time.perf_counter()
    intended_at, measure_at, end = begin, begin + warm_up_s, begin + warm_up_s + seconds
    while intended_at < end:
        while (now := time.perf_counter()) < intended_at:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0)
        if window is None and intended_at >= measure_at:
            await _settle(crowd, settle_s)
            now = intended_at = time.perf_counter()
            end = now + seconds
            window = _Window.begin(crowd)
        if window is not None:
            late.append(now - intended_at)
        crowd.send(draw.randrange(len(crowd.lines)), intended_at)
        intended_at += draw.expovariate(rate_per_s)
    assert window is not None
    await _settle(crowd, settle_s)
    crowd.check()
    return window.result(crowd, "open", len(late), late)


async def _settle(crowd: Crowd, settle_s: float) -> None:
    """Wait until all is answered, at most so long."""
    empty = asyncio.Event()

    def look(line: int) -> None:
        if not crowd.pending:
            empty.set()

    crowd.answered = look
    look(0)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(settle_s):
            await empty.wait()
    crowd.answered = lambda line: None
    crowd.pending.clear()
