"""A Socket.IO client that costs next to nothing: WebSocket frames, Engine.IO and Socket.IO read by hand.

Just enough to load a server: one namespace on one socket. It offers permessage-deflate in the handshake as browsers do
and, where the server takes the offer, deflates what it sends and inflates what it gets.
"""

from __future__ import annotations

import asyncio
import base64
import os
import struct
import time
import zlib
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import orjson

# What Chrome sends.
_OFFER = "permessage-deflate; client_max_window_bits"
_TAIL = b"\x00\x00\xff\xff"
# A key of zeros is a lawful mask (RFC 6455, section 5.3): the server has its whole work of unmasking, we have none.
_NO_MASK = b"\x00\x00\x00\x00"


class LineClosed(Exception):
    """The server closed the socket, or refused the handshake or the namespace; the message says which."""


class Line(asyncio.Protocol):
    """One client. `on_event(body)` and `on_ack(packet)` get the bytes of each: `["name",{...}]` and `17[{...}]`.

    `on_closed(why)` is called once, whoever closed; `heard_at` is when something last came (monotonic seconds).
    """

    def __init__(
        self,
        *,
        host: str,
        path: str,
        namespace: str,
        auth: dict[str, object],
        offer_deflate: bool,
        on_event: Callable[[bytes], None],
        on_ack: Callable[[bytes], None],
        on_closed: Callable[[str], None] = lambda why: None,
    ) -> None:
        self.deflated = False
        self.closed: str | None = None
        self.heard_at = time.monotonic()
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._host = host
        self._path = path
        self._prefix = b"" if namespace == "/" else namespace.encode() + b","
        self._event_head = b"42" + self._prefix
        self._ack_head = b"43" + self._prefix
        self._auth = auth
        self._offer_deflate = offer_deflate
        self._on_event = on_event
        self._on_ack = on_ack
        self._on_closed = on_closed
        self._rest = b""
        self._upgraded = False
        self._transport: asyncio.Transport | None = None
        self._deflate: zlib._Compress | None = None
        self._inflate: zlib._Decompress | None = None
        self._fragments = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)
        offer = f"Sec-WebSocket-Extensions: {_OFFER}\r\n" if self._offer_deflate else ""
        transport.write(
            (
                f"GET {self._path}?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self._host}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n{offer}\r\n"
            ).encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(f"connection lost: {exc}")

    def send(self, body: bytes, ack_id: bytes = b"") -> None:
        """Send an event: `["name",{...}]`."""
        self._write(b"%b%b%b" % (self._event_head, ack_id, body))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        if self._rest:
            data = self._rest + data
            self._rest = b""
        if not self._upgraded:
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            if not self._handshake(head):
                return
        at, end = 0, len(data)
        while end - at >= 2:
            size, begin = data[at + 1], at + 2
            if size == 126:
                begin = at + 4
                if end < begin:
                    break
                size = data[at + 2] << 8 | data[at + 3]
            elif size == 127:
                begin = at + 10
                if end < begin:
                    break
                (size,) = struct.unpack_from("!Q", data, at + 2)
            if end - begin < size:
                break
            self._on_frame(data[at], data[begin : begin + size])
            at = begin + size
        self._rest = data[at:]

    def _handshake(self, head: bytes) -> bool:
        status, *lines = head.decode("latin-1").split("\r\n")
        if " 101 " not in status:
            self._lose(f"handshake refused: {status}")
            return False
        self._upgraded = True
        for line in lines:
            name, _, value = line.partition(":")
            if name.lower() == "sec-websocket-extensions" and "permessage-deflate" in value:
                self.deflated = True
                self._deflate = zlib.compressobj(wbits=-15)
                self._inflate = zlib.decompressobj(wbits=-15)
        return True

    def _on_frame(self, first: int, payload: bytes) -> None:
        opcode = first & 0x0F
        if opcode >= 8:
            if opcode == 8:
                code = int.from_bytes(payload[:2], "big")
                self._lose(f"closed by the server: {code} {payload[2:].decode(errors='replace')}")
            elif opcode == 9:
                self._frame(0x8A, payload)
            return
        if first & 0x40:
            assert self._inflate is not None
            payload = self._inflate.decompress(payload + _TAIL)
        if not first & 0x80 or opcode == 0:
            raise LineClosed("a fragmented message; this client reads none")
        self._on_packet(payload)

    def _on_packet(self, packet: bytes) -> None:
        if packet.startswith(self._event_head):
            self._on_event(packet[len(self._event_head) :])
        elif packet.startswith(self._ack_head):
            self._on_ack(packet[len(self._ack_head) :])
        elif packet == b"2":
            self._write(b"3")
        elif packet[:1] == b"0":
            self._write(b"40" + self._prefix + orjson.dumps(self._auth))
        elif packet[:2] == b"40":
            if not self.connected.done():
                self.connected.set_result(None)
        elif packet[:2] in {b"44", b"41"}:
            self._lose(f"namespace refused: {packet.decode(errors='replace')}")

    def _write(self, text: bytes) -> None:
        if self._deflate is None:
            self._frame(0x81, text)
        else:
            deflated = self._deflate.compress(text) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
            self._frame(0xC1, deflated.removesuffix(_TAIL))

    def _frame(self, first: int, payload: bytes) -> None:
        if self._transport is None or self.closed is not None:
            return
        size = len(payload)
        if size < 126:
            head = bytes((first, 0x80 | size)) + _NO_MASK
        elif size < 65536:
            head = struct.pack("!BBH", first, 0xFE, size) + _NO_MASK
        else:
            head = struct.pack("!BBQ", first, 0xFF, size) + _NO_MASK
        self._transport.write(head + payload)

    def _lose(self, why: str) -> None:
        if self.closed is None:
            self.closed = why
            if not self.connected.done():
                self.connected.set_exception(LineClosed(why))
            if self._transport is not None:
                self._transport.close()
            self._on_closed(why)


async def connect(
    url: str,
    namespace: str,
    auth: dict[str, object],
    *,
    offer_deflate: bool = True,
    on_event: Callable[[bytes], None],
    on_ack: Callable[[bytes], None],
    on_closed: Callable[[str], None] = lambda why: None,
    timeout_s: float = 20,
) -> Line:
    """A client whose namespace is connected. Raises LineClosed, TimeoutError or OSError."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    async with asyncio.timeout(timeout_s):
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: Line(
                host=parts.netloc,
                path="/socket.io/",
                namespace=namespace,
                auth=auth,
                offer_deflate=offer_deflate,
                on_event=on_event,
                on_ack=on_ack,
                on_closed=on_closed,
            ),
            parts.hostname,
            parts.port,
        )
        try:
            await line.connected
        except BaseException:
            line.connected.cancel()
            line.close()
            raise
    return line
