"""A slow phone's network in front of servers: one line that all connections share, with a round trip and a rate."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

PIECE_BYTES = 1_460
QUEUED_PIECES = 2_048


@dataclass
class Line:
    """One way of the network. free_at: when the pieces sent so far are all on the way (the loop's clock)."""

    bytes_per_s: float
    one_way_s: float
    free_at: float = 0.0
    carried_bytes: int = 0

    def arrival(self, size: int, now: float) -> float:
        """When a piece that is sent now is there."""
        self.free_at = max(now, self.free_at) + size / self.bytes_per_s
        self.carried_bytes += size
        return self.free_at + self.one_way_s


@dataclass
class SlowNet:
    """`rtt_s` and `mbit_per_s` for everything that goes through its doors, the handshake of TCP included; no TLS."""

    rtt_s: float
    mbit_per_s: float
    up: Line = field(init=False)
    down: Line = field(init=False)

    def __post_init__(self) -> None:
        rate = self.mbit_per_s * 1e6 / 8
        self.up = Line(rate, self.rtt_s / 2)
        self.down = Line(rate, self.rtt_s / 2)

    @asynccontextmanager
    async def door(self, target_port: int) -> AsyncIterator[int]:
        """A port of this machine that leads to another through the network."""
        tasks: set[asyncio.Task[None]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            # asyncio reports what such a task raises, its cancellation included
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await self._connection(reader, writer, target_port)
            tasks.discard(task)

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target_port: int) -> None:
        # the kernel has shaken hands at once; a phone would have waited for the way there and back
        await asyncio.sleep(self.rtt_s)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target_port)
        ways = [
            asyncio.create_task(_carry(reader, far_writer, self.up)),
            asyncio.create_task(_carry(far_reader, writer, self.down)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for one in (writer, far_writer):
                one.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(QUEUED_PIECES)

    async def deliver() -> None:
        while True:
            at, piece = await under_way.get()
            await asyncio.sleep(max(0.0, at - loop.time()))
            if not piece:
                writer.write_eof()
                return
            writer.write(piece)
            await writer.drain()

    delivering = asyncio.create_task(deliver())
    try:
        while piece := await reader.read(PIECE_BYTES):
            await under_way.put((line.arrival(len(piece), loop.time()), piece))
        await under_way.put((line.arrival(0, loop.time()), b""))
        await delivering
    finally:
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
