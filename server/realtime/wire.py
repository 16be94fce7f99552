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
from collections.abc import Callable
from typing import Final

# Over this much in the transport's buffer the kernel has stopped taking: the reader is behind.
STALL_BYTES: Final = 64 * 1024
# What the kernel may hold for one reader besides (it doubles the number); its autotuning would go to megabytes.
KERNEL_BUFFER_BYTES: Final = 128 * 1024
_RETRY_S: Final = 0.05
_SHORT_HEADERS: Final = tuple(bytes((0x81, size)) for size in range(126))
_PONG: Final = 0x8A


class Wire:
    """Sends text frames on one upgraded connection: those of one turn of the loop in one write at its end.

    A reader that leaves over `max_packets` or `max_bytes` unread is too slow: `overflowed` is called once, and all
    that follows is dropped. The bytes count what waits in this process, here and in the transport's buffer; the
    packets count only while the kernel takes no more, so that a burst to a reader who reads is no reason to drop.
    """

    __slots__ = ("_closed", "_flushing", "_loop", "_max_bytes", "_max_packets", "_overflowed", "_stalled",
                 "_transport", "_waiting", "_waiting_bytes")  # fmt: skip

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
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        self._stalled = False
        self._flushing: asyncio.Handle | None = None
        self._closed = False
        self._loop = asyncio.get_running_loop()
        sock = transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)

    @property
    def unread_bytes(self) -> int:
        """What waits in this process for the reader."""
        return self._transport.get_write_buffer_size() + self._waiting_bytes

    def send(self, text: bytes) -> None:
        """Send one text frame, or drop it when the wire is closed or its reader too slow."""
        size = len(text)
        self._push(_SHORT_HEADERS[size] + text if size < 126 else _long_header(size) + text)

    def pong(self, payload: bytes) -> None:
        """Answer a ping of the WebSocket itself (at most 125 bytes); a reader who is behind gets none."""
        if not self._stalled:
            self._push(bytes((_PONG, len(payload))) + payload)

    def close(self) -> None:
        """Send what waits, as far as it goes, and nothing after it."""
        if not self._closed:
            self._closed = True
            if self._waiting and not self._stalled and not self._transport.is_closing():
                self._transport.write(b"".join(self._waiting))
            self._let_go()

    def _push(self, frame: bytes) -> None:
        if self._closed:
            return
        self._waiting.append(frame)
        self._waiting_bytes += len(frame)
        if self._flushing is None:
            self._flushing = self._loop.call_soon(self._flush)
        elif self._stalled or self._waiting_bytes > STALL_BYTES:
            self._check()

    def _flush(self) -> None:
        self._flushing = None
        transport = self._transport
        if transport.is_closing():
            self._closed = True
            self._let_go()
        elif transport.get_write_buffer_size() > STALL_BYTES:
            self._stalled = True
            self._flushing = self._loop.call_later(_RETRY_S, self._flush)
            self._check()
        else:
            self._stalled = False
            waiting = self._waiting
            transport.write(waiting[0] if len(waiting) == 1 else b"".join(waiting))
            waiting.clear()
            self._waiting_bytes = 0

    def _check(self) -> None:
        if (self._stalled and len(self._waiting) > self._max_packets) or self.unread_bytes > self._max_bytes:
            self._closed = True
            self._let_go()
            self._overflowed()

    def _let_go(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None
        self._waiting.clear()
        self._waiting_bytes = 0


def _long_header(size: int) -> bytes:
    return struct.pack("!BBH", 0x81, 126, size) if size < 65536 else struct.pack("!BBQ", 0x81, 127, size)
