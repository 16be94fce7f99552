"""The relay passes everything, and does to connections what networks do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from tests.rig.relay import Relay

PATIENCE_S = 10.0


class Echo(asyncio.Protocol):
    """Sends back what it gets."""

    def __init__(self, open_now: set[asyncio.BaseTransport]) -> None:
        self._open_now = open_now
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open_now.add(transport)
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        assert self._transport is not None
        self._open_now.discard(self._transport)


@asynccontextmanager
async def echo() -> AsyncIterator[int]:
    """A server that sends back what it gets: its port."""
    open_now: set[asyncio.BaseTransport] = set()
    server = await asyncio.get_running_loop().create_server(lambda: Echo(open_now), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for transport in tuple(open_now):
            transport.close()


class Caller:
    """A client of the relay; every wait of it is bounded."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def call(cls, relay: Relay) -> Caller:
        return cls(*await asyncio.open_connection("127.0.0.1", relay.port))

    def says(self, text: bytes) -> None:
        self._writer.write(text)

    async def hears(self, size: int) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self._reader.readexactly(size)

    async def hears_nothing_for(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._reader.readexactly(1)
        except TimeoutError:
            return True
        return False

    async def is_hung_up_on(self) -> bool:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._reader.read(1) == b""
        except ConnectionError:
            return True
        finally:
            self.hangs_up()

    def hangs_up(self) -> None:
        self._writer.transport.abort()


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    async with echo() as port, Relay("127.0.0.1", port) as relay:
        yield relay


async def test_everything_passes_both_ways(relay: Relay) -> None:
    """A megabyte comes back as it was sent."""
    caller = await Caller.call(relay)
    sent = bytes(range(256)) * 4096
    caller.says(sent)
    assert await caller.hears(len(sent)) == sent
    caller.hangs_up()


async def test_a_delay_slows_but_keeps_the_order(relay: Relay) -> None:
    """With 50 ms on the way back an answer takes at least that long, and bytes stay in order."""
    relay.down.set(delay_s=0.05)
    caller = await Caller.call(relay)
    begin = time.perf_counter()
    caller.says(b"one two three")
    assert await caller.hears(13) == b"one two three"
    assert time.perf_counter() - begin >= 0.05
    caller.hangs_up()


async def test_a_throttled_line_takes_its_time(relay: Relay) -> None:
    """At 100 kB/s, 20 kB take at least 0.2 s."""
    relay.up.set(bytes_per_s=100_000)
    caller = await Caller.call(relay)
    begin = time.perf_counter()
    caller.says(b"x" * 20_000)
    await caller.hears(20_000)
    assert time.perf_counter() - begin >= 0.19
    caller.hangs_up()


async def test_a_deaf_way_keeps_everything_for_later(relay: Relay) -> None:
    """Nothing is heard while one way is deaf, the connection stands, and all of it comes afterwards."""
    caller = await Caller.call(relay)
    caller.says(b"before")
    assert await caller.hears(6) == b"before"
    relay.down.set(deaf=True)
    caller.says(b"meanwhile")
    assert await caller.hears_nothing_for(0.2)
    relay.down.set(deaf=False)
    assert await caller.hears(9) == b"meanwhile"
    caller.hangs_up()


async def test_a_lossy_way_swallows_what_passes(relay: Relay) -> None:
    """What is sent while a way is lossy never arrives, and neither side is told."""
    caller = await Caller.call(relay)
    caller.says(b"a")
    assert await caller.hears(1) == b"a"
    relay.up.set(lossy=True)
    caller.says(b"lost")
    assert await caller.hears_nothing_for(0.2)
    relay.up.set(lossy=False)
    caller.says(b"b")
    assert await caller.hears(1) == b"b"
    caller.hangs_up()


async def test_a_cut_resets_everyone_and_lets_them_return(relay: Relay) -> None:
    """After a cut each connection is gone, and a new one is welcome; a deaf one is cut as well."""
    one, two = await Caller.call(relay), await Caller.call(relay)
    for caller in (one, two):
        caller.says(b"hi")
        assert await caller.hears(2) == b"hi"
    relay.down.set(deaf=True)
    one.says(b"meanwhile")
    relay.cut()
    assert await one.is_hung_up_on()
    assert await two.is_hung_up_on()
    relay.down.set(deaf=False)
    again = await Caller.call(relay)
    again.says(b"back")
    assert await again.hears(4) == b"back"
    assert relay.connections == 3
    again.hangs_up()


async def test_who_is_refused_is_reset(relay: Relay) -> None:
    """While it refuses, a new connection ends at once."""
    relay.refusing = True
    assert await (await Caller.call(relay)).is_hung_up_on()
    relay.refusing = False
    caller = await Caller.call(relay)
    caller.says(b"hi")
    assert await caller.hears(2) == b"hi"
    caller.hangs_up()


async def test_a_server_that_is_gone_resets_its_callers(relay: Relay) -> None:
    """With nobody behind the relay a caller is reset; when somebody is again, on another port, they are reached."""
    async with echo() as other:
        relay.retarget(1)
        assert await (await Caller.call(relay)).is_hung_up_on()
        relay.retarget(other)
        caller = await Caller.call(relay)
        caller.says(b"hi")
        assert await caller.hears(2) == b"hi"
        caller.hangs_up()
