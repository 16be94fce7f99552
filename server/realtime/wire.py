"""What goes out on one WebSocket: whole text frames, never waited for, never more than a bound.

aiohttp keeps the receiving half and the closing handshake. Sending is done here, because every send of ours must be
synchronous and bounded, and aiohttp's waits for a slow reader. No extension is ever negotiated, so a frame is a
header and the text (RFC 6455, section 5.2; a server does not mask).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Final

# A burst of one turn of the loop is no backlog; what the kernel would not take by the next turn is.
STALL_BYTES: Final = 64 * 1024
# What the kernel may hold for one reader besides (it doubles the number); its autotuning would go to megabytes.
KERNEL_BUFFER_BYTES: Final = 128 * 1024
_RETRY_S: Final = 0.05
_SHORT_HEADERS: Final = tuple(bytes((0x81, size)) for size in range(126))
_PONG: Final = 0x8A


class Wire:
    """Sends text frames on one upgraded connection.

    A reader that leaves over `max_packets` or `max_bytes` unread is too slow: `overflowed` is called once, and all
    that follows is dropped. The bytes count what waits in this process: the transport's buffer and the backlog.
    """

    __slots__ = ("_backlog", "_backlog_bytes", "_closed", "_loop", "_max_bytes", "_max_packets", "_overflowed",
                 "_probe", "_transport")  # fmt: skip

    def __init__(
        self,
        transport: asyncio.WriteTransport,
        *,
        max_packets: int,
        max_bytes: int,
        overflowed: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._max_packets = max_packets
        self._max_bytes = max_bytes
        self._overflowed = overflowed
        self._backlog: deque[bytes] | None = None
        self._backlog_bytes = 0
        self._probe: asyncio.Handle | None = None
        self._closed = False
        self._loop = asyncio.get_running_loop()
        sock = transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)

    @property
    def unread_bytes(self) -> int:
        """What waits in this process for the reader."""
        return self._transport.get_write_buffer_size() + self._backlog_bytes

    def send(self, text: bytes) -> None:
        """Send one text frame, or drop it when the wire is closed or its reader too slow."""
        if self._closed:
            return
        size = len(text)
        frame = _SHORT_HEADERS[size] + text if size < 126 else _long_header(size) + text
        if self._backlog is None:
            transport = self._transport
            transport.write(frame)
            waiting = transport.get_write_buffer_size()
            if waiting > STALL_BYTES:
                self._watch(waiting)
        else:
            self._backlog.append(frame)
            self._backlog_bytes += len(frame)
            if len(self._backlog) > self._max_packets or self.unread_bytes > self._max_bytes:
                self._overflow()

    def pong(self, payload: bytes) -> None:
        """Answer a ping of the WebSocket itself (at most 125 bytes)."""
        if not self._closed and self._transport.get_write_buffer_size() <= STALL_BYTES:
            self._transport.write(bytes((_PONG, len(payload))) + payload)

    def close(self) -> None:
        """Send nothing more."""
        self._closed = True
        if self._probe is not None:
            self._probe.cancel()
            self._probe = None
        self._backlog = None
        self._backlog_bytes = 0

    def _watch(self, waiting: int) -> None:
        if waiting > self._max_bytes:
            self._overflow()
        elif self._probe is None:
            self._probe = self._loop.call_soon(self._look)

    def _look(self) -> None:
        """The kernel has had its turn: is this reader behind?"""
        self._probe = None
        backlog = self._backlog
        if backlog is None:
            if self._transport.get_write_buffer_size() <= STALL_BYTES:
                return
            self._backlog = deque()
        else:
            while backlog and self._transport.get_write_buffer_size() <= STALL_BYTES:
                frame = backlog.popleft()
                self._backlog_bytes -= len(frame)
                self._transport.write(frame)
            if not backlog and self._transport.get_write_buffer_size() <= STALL_BYTES:
                self._backlog = None
                return
        self._probe = self._loop.call_later(_RETRY_S, self._look)

    def _overflow(self) -> None:
        self.close()
        self._overflowed()


def _long_header(size: int) -> bytes:
    return struct.pack("!BBH", 0x81, 126, size) if size < 65536 else struct.pack("!BBQ", 0x81, 127, size)
