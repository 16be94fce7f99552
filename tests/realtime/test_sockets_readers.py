"""Readers that do not read, on both event loops: what waits for them is bounded, and then they are dropped."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

import pytest
import uvloop

from server.realtime.sockets import Limits
from server.realtime.wire import STALL_BYTES, Wire
from tests.realtime.rig import PATIENCE_S, Place, place

Loop = Callable[[], asyncio.AbstractEventLoop]
LOOPS: dict[str, Loop] = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
on_each_loop = pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)

HANDSHAKE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: desk.example\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def text_frame(text: bytes) -> bytes:
    assert len(text) < 126
    return bytes((0x81, 0x80 | len(text))) + b"\x00" * 4 + text


async def deaf_visitor(desk: Place) -> socket.socket:
    """A connected visitor who has read nothing and never will."""
    deaf = socket.socket()
    deaf.setblocking(False)
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(deaf, ("127.0.0.1", desk.port))
    await loop.sock_sendall(deaf, HANDSHAKE + text_frame(b'40/visitor,{"name":"deaf"}'))
    await desk.room.changing.until(lambda: len(desk.room.here) == 1)
    return deaf


@on_each_loop
@pytest.mark.parametrize("size", [50, 1000, 60_000])
def test_a_reader_who_does_not_read_is_dropped(loop: Loop, size: int) -> None:
    """Unread events are held up to 256 packets or half a megabyte; then the socket is dropped and nothing is held."""

    async def story() -> None:
        limits = Limits()
        async with place(limits) as desk:
            with await deaf_visitor(desk):
                (connection,) = desk.room.here
                sent = 0
                while not connection.closed:
                    connection.emit("message.created", {"text": "x" * size})
                    sent += size
                    assert sent < 4 * 2**20, "megabytes are held for a reader who does not read"
                    await asyncio.sleep(0)
                await desk.room.changing.until(lambda: desk.room.gone == [("deaf", "slow reader")])
                assert desk.sockets.counters.readers_dropped == 1
                await desk.settled()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())


@on_each_loop
def test_commands_whose_answers_are_not_read_end_the_same_way(loop: Loop) -> None:
    """Acknowledgements are bounded like events: asking without listening is no way to fill the memory."""

    async def story() -> None:
        async with place(Limits(waiting_commands=100_000, waiting_bytes=10**8)) as desk:
            with await deaf_visitor(desk) as deaf:
                ask = text_frame(b'42/visitor,1["say",{"text":"' + b"x" * 80 + b'"}]') * 1000
                asking = asyncio.create_task(asyncio.get_running_loop().sock_sendall(deaf, ask * 100))
                await desk.room.changing.until(lambda: desk.room.gone == [("deaf", "slow reader")])
                asking.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await asking

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())


@on_each_loop
def test_a_burst_to_a_reader_who_reads_is_no_reason_to_drop(loop: Loop) -> None:
    """A thousand events in one turn of the loop all arrive, in order."""

    async def story() -> None:
        async with place() as desk, desk.visitor() as ana:
            for number in range(1000):
                desk.room.here[0].emit("message.created", {"number": number, "text": "x" * 200})
            for number in range(1000):
                assert (await ana.read()).startswith(f'42/visitor,["message.created",{{"number":{number},')
            assert desk.sockets.counters.readers_dropped == 0

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())


@on_each_loop
def test_a_reader_who_pauses_gets_everything_in_order(loop: Loop) -> None:
    """What waited in the backlog arrives when the reader goes on, none lost, doubled or reordered."""

    async def story() -> None:
        ours, theirs = socket.socketpair()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        overflowed: list[bool] = []
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        wire = Wire(transport, max_packets=256, max_bytes=2**19, overflowed=lambda: overflowed.append(True))
        texts: list[bytes] = []
        unread = 0
        for number in range(280):
            texts.append(b"%04d" % number + b"x" * 1500)
            wire.send(texts[-1])
            await asyncio.sleep(0)
            unread = max(unread, wire.unread_bytes)
        assert unread > STALL_BYTES, "the reader never fell behind, so this proves nothing"
        reader, writer = await asyncio.open_connection(sock=theirs)
        for text in texts:
            async with asyncio.timeout(PATIENCE_S):
                head = await reader.readexactly(4)
                assert head == b"\x81\x7e" + len(text).to_bytes(2, "big")
                assert await reader.readexactly(len(text)) == text
        assert overflowed == []
        wire.send(b"and on")
        async with asyncio.timeout(PATIENCE_S):
            assert await reader.readexactly(8) == b"\x81\x06and on"
        wire.close()
        wire.send(b"never")
        writer.close()
        transport.close()
        await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())


@on_each_loop
@pytest.mark.parametrize(
    ("size", "at_a_time", "most_bytes"),
    [
        (100, 1, STALL_BYTES + 257 * 104),
        (100, 50, STALL_BYTES + 257 * 104 + 50 * 104),
        (10_000, 1, 2**19 + 10_004),
        (10_000, 10_000, 2**19 + 10_004),
    ],
)
def test_no_more_than_the_bound_is_ever_held(loop: Loop, size: int, at_a_time: int, most_bytes: int) -> None:
    """Small frames are bounded by number, large ones by bytes, also when they all come in one turn of the loop."""

    async def story() -> None:
        ours, theirs = socket.socketpair()
        overflowed: list[int] = []
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        wire = Wire(transport, max_packets=256, max_bytes=2**19, overflowed=lambda: overflowed.append(sent))
        sent = most = 0
        while not overflowed:
            wire.send(b"x" * size)
            sent += 1
            most = max(most, wire.unread_bytes)
            assert sent < 100_000
            if sent % at_a_time == 0:
                await asyncio.sleep(0)
        assert STALL_BYTES < most <= most_bytes
        for _ in range(1000):
            wire.send(b"x" * size)
        assert wire.unread_bytes <= most_bytes
        assert len(overflowed) == 1
        transport.abort()
        theirs.close()
        await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(story())
