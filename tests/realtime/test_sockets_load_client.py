"""The load client of bench/ measures what it says: planted faults show in its figures."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bench.load.__main__ import event
from bench.load.drive import Crowd, Target, closed_loop, open_loop
from bench.load.line import LineClosed, connect
from bench.load.measure import Latency
from bench.servers import stock_echo
from tests.realtime.rig import Place, eventually, place


@asynccontextmanager
async def stock() -> AsyncIterator[str]:
    runner = web.AppRunner(stock_echo.application(), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def crowd(url: str, size: int, *, name: str, acknowledged: bool) -> AsyncIterator[Crowd]:
    body = event(name, acknowledged=acknowledged)
    made = Crowd(Target(url, "/visitor", body, acknowledged=acknowledged, server_pid=os.getpid()))
    try:
        await made.gather(size)
        yield made
    finally:
        made.close()


async def hiccup(desk: Place, at: int, seconds: float) -> None:
    """Hold up everyone once, before command number `at`."""
    if len(desk.room.heard) == at:
        await asyncio.sleep(seconds)  # the fault itself


async def stand_still(desk: Place, after: int) -> None:
    """Answer no more after so many commands, until the test is over."""
    if len(desk.room.heard) >= after:
        await desk.room.gate.wait()


async def test_it_speaks_deflate_where_the_server_takes_the_offer() -> None:
    """A stock python-socketio deflates: texts survive the way there and back, small and large."""
    seen: list[bytes] = []
    async with stock() as url:
        line = await connect(url, "/visitor", {}, on_event=seen.append, on_ack=lambda packet: None)
        assert line.deflated
        for text in (b"short", b"long " * 20_000, b"short again"):
            line.send(b'["message.send",{"text":"%b"}]' % text)
            await eventually(lambda: bool(seen))
            assert seen.pop() == b'["message.created",{"text":"%b"}]' % text
        line.close()


async def test_it_is_not_deflated_by_our_server() -> None:
    """Where the offer is refused it sends and reads plain frames, of every length of header."""
    acknowledged: list[bytes] = []
    async with place() as desk:
        line = await connect(desk.url, "/visitor", {}, on_event=lambda body: None, on_ack=acknowledged.append)
        assert not line.deflated
        for size in (10, 1000, 100_000):
            line.send(b'["say",{"text":"%b"}]' % (b"x" * size), b"5")
            await eventually(lambda: bool(acknowledged))
            assert acknowledged.pop() == b'5[{"ok":true,"text":"%b"}]' % (b"x" * size)
        line.close()


async def test_a_refused_client_is_no_client() -> None:
    """A namespace that is refused, and a path that is none, end in LineClosed and are not counted as load."""
    async with place() as desk:
        with pytest.raises(LineClosed, match="refused"):
            await connect(
                desk.url,
                "/visitor",
                {"refuse": {"code": "unauthorized", "message": "no"}},
                on_event=lambda body: None,
                on_ack=lambda packet: None,
            )


async def test_a_stall_is_charged_to_all_that_waited_for_it() -> None:
    """In the open loop a stall of 400 ms shows in the latency of every message that was meant to be sent meanwhile."""
    async with place() as desk, crowd(desk.url, 1, name="say", acknowledged=True) as clients:
        desk.room.pause = lambda: hiccup(desk, at=40, seconds=0.4)
        result = await open_loop(clients, rate_per_s=100, warm_up_s=0.05, seconds=1.0)
    slow = [seconds for seconds in clients.latencies if seconds > 0.1]
    assert result.unanswered == 0
    assert result.completed == result.sent
    assert result.latency.max_ms >= 400
    assert 15 <= len(slow) <= 60


async def test_what_is_never_answered_is_told() -> None:
    """Messages without an answer are counted as unanswered, not left out."""
    async with place() as desk, crowd(desk.url, 1, name="say", acknowledged=True) as clients:
        desk.room.pause = lambda: stand_still(desk, after=10)
        result = await open_loop(clients, rate_per_s=100, warm_up_s=0.0, seconds=0.4, settle_s=0.1)
        assert result.completed == 10
        assert result.unanswered == result.sent - 10 > 10


async def test_a_lost_connection_spoils_the_run() -> None:
    """A run whose clients were cut off raises instead of reporting."""
    async with place() as desk, crowd(desk.url, 2, name="say", acknowledged=True) as clients:
        running = asyncio.create_task(closed_loop(clients, in_flight=2, warm_up_s=0.05, seconds=0.2))
        await eventually(lambda: len(desk.room.heard) > 4)
        desk.room.here[0].close()
        with pytest.raises(RuntimeError, match="1 of 2 clients"):
            await running


async def test_the_closed_loop_counts_what_the_server_did() -> None:
    """What the client says it completed is what the handler was asked, but for warm-up and those on the way."""
    async with place() as desk, crowd(desk.url, 4, name="say", acknowledged=True) as clients:
        result = await closed_loop(clients, in_flight=2, warm_up_s=0.05, seconds=0.3)
        assert 0 < result.completed <= len(desk.room.heard)
        assert result.server_cpu_us is not None
        assert not result.deflated
        assert {payload["client_id"] for _, payload in desk.room.heard} == {
            f"{number:012d}" for number in range(1, len(desk.room.heard) + 1)
        }


def test_percentiles_are_of_what_was_measured() -> None:
    """p50 and p99 of 1 to 100 ms are what they are by definition."""
    latency = Latency.of([number / 1000 for number in range(101)])
    assert (latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.max_ms) == (50, 90, 99, 100)
    with pytest.raises(ValueError, match="nothing"):
        Latency.of([])
