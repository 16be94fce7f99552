"""A TCP relay between a client and a server that can be slow, deaf, half-open or gone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal, Self

Way = Literal["up", "down"]
"""up: from the client to the server; down: back."""

CHUNK_BYTES = 64 * 1024
CONNECT_S = 5.0


@dataclass
class Weather:
    """How one way of the relay behaves now. Changed at any time; what is on its way feels it.

    deaf: bytes are read and kept back, so neither side notices (a cut cable); they flow again afterwards.
    lossy: bytes are read and thrown away; such a connection must be cut before it is heard again.
    """

    delay_s: float = 0.0
    bytes_per_s: float | None = None
    deaf: bool = False
    lossy: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def set(
        self,
        *,
        delay_s: float | None = None,
        bytes_per_s: float | None = None,
        deaf: bool | None = None,
        lossy: bool | None = None,
    ) -> None:
        self.delay_s = self.delay_s if delay_s is None else delay_s
        self.bytes_per_s = self.bytes_per_s if bytes_per_s is None else bytes_per_s
        self.deaf = self.deaf if deaf is None else deaf
        self.lossy = self.lossy if lossy is None else lossy
        self.changed.set()
        self.changed = asyncio.Event()


class Relay:
    """Listens on a free port and passes everything to one address.

    async with Relay("127.0.0.1", 8080) as relay:
        connect_to(relay.port)
        relay.down.set(deaf=True)   # the server is heard no more
        relay.cut()                 # every connection is reset, new ones are welcome
        relay.refusing = True       # new ones are reset, too
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.up = Weather()
        self.down = Weather()
        self.refusing = False
        self.connections = 0

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def retarget(self, port: int) -> None:
        """Where new connections go: a server that came back elsewhere."""
        self._target = (self._target[0], port)

    def cut(self) -> None:
        """Reset every connection at once, as a dying router does."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in tuple(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        self.connections += 1
        try:
            async with asyncio.timeout(CONNECT_S):
                far_reader, far_writer = await asyncio.open_connection(*self._target)
        except (OSError, TimeoutError):
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        ways = [
            asyncio.create_task(self._pass(reader, far_writer, self.up)),
            asyncio.create_task(self._pass(far_reader, writer, self.down)),
        ]
        self._passing.update(ways)
        try:
            await asyncio.wait(ways)
        finally:
            for task in ways:
                task.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._passing.difference_update(ways)
            for one in (writer, far_writer):
                self._writers.discard(one)
                one.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather) -> None:
        try:
            while data := await reader.read(CHUNK_BYTES):
                while weather.deaf:
                    await weather.changed.wait()
                if weather.lossy:
                    continue
                if weather.delay_s:
                    await asyncio.sleep(weather.delay_s)
                if weather.bytes_per_s:
                    await asyncio.sleep(len(data) / weather.bytes_per_s)
                writer.write(data)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()
        except (ConnectionError, RuntimeError):
            writer.transport.abort()
