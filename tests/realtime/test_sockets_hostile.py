"""Hostile and broken input: each gets its error or loses its own socket, and the server goes on."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import orjson
import pytest
from aiohttp import WSMsgType

from server.realtime.sockets import Limits
from tests.realtime.rig import Place, Raw, place

FRAME_BYTES = Limits().frame_bytes


async def still_serves(desk: Place) -> None:
    """Someone else comes, and is served."""
    async with desk.visitor(name="Ben") as ben:
        assert (await ben.ask("say", {"text": "hello"}))["text"] == "hello"


@pytest.mark.parametrize(
    "body",
    [
        "[",
        '["say"',
        '["say",{"text":}]',
        '["say",{"text":"\\ud800"}]',
        '["say",{"text":"a\x00b"}]',
        '["say",{"number":1e999}]',
        '["say",{"number":NaN}]',
        '["say",{"number":' + "9" * 5000 + "}]",
        '["say",' + "[" * 5000 + "]" * 5000 + "]",
        '["say",' + '{"a":' * 500 + "1" + "}" * 500 + "]",
        '["say",' + "[" * 40 + "]" * 40 + "]",
        '["say",5]',
        '["say","text"]',
        '["say",[]]',
        '["say",true]',
        '["say",{},{}]',
        "[]",
        "{}",
        "null",
        '"say"',
        "[5,{}]",
        "[null]",
        "[[],{}]",
        '[{"say":1}]',
        "",
    ],
)
async def test_a_command_that_is_none_is_answered_invalid(body: str) -> None:
    """Broken JSON, lone surrogates, NULs, huge numbers, deep nesting, wrong types: `invalid`; the socket goes on."""
    async with place() as desk, desk.visitor() as ana:
        await ana.send(f"42/visitor,3{body}")
        error = (await ana.answer(3))["error"]
        assert error["code"] == "invalid"
        assert error["message"]
        assert (await ana.ask("say", {"text": "fine"}, ack=4))["text"] == "fine"
        assert desk.room.heard == [("say", {"text": "fine"})]
        assert desk.sockets.counters.commands_invalid == 1


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        ('["say"]', {}),
        ('["say",null]', {}),
        ('["say",{"text":"a\\u0000b"}]', {"text": "a\x00b"}),
        ('["say",{"text":"\u202eevil\u202c \u2066x\u2069"}]', {"text": "\u202eevil\u202c \u2066x\u2069"}),
        ('["say",{"text":"<b onclick=x>&amp;</b>"}]', {"text": "<b onclick=x>&amp;</b>"}),
        ('["say",{"text":"' + "{[" * 2000 + '"}]', {"text": "{[" * 2000}),
        ('["say",{"text":"1","text":"2"}]', {"text": "2"}),
        ('["say",{"number":123456789012345678901234567890}]', {"number": 123456789012345678901234567890.0}),
        ('["say",{"__proto__":{"a":1},"constructor":2}]', {"__proto__": {"a": 1}, "constructor": 2}),
    ],
)
async def test_strange_but_lawful_payloads_reach_the_handler_as_they_are(body: str, heard: dict[str, object]) -> None:
    """What JSON allows is not the socket's to judge: it comes to the handler whole, and back."""
    async with place() as desk, desk.visitor() as ana:
        await ana.send(f"42/visitor,3{body}")
        assert await ana.answer(3) == {"ok": True, **heard}
        assert desk.room.heard == [("say", heard)]


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b" ",
        b"hello",
        b"4",
        b"47[]",
        b"49",
        b"7",
        b"\xff\xfe",
        b"\x00",
        b"4\xe2",
        b"42/visitor" + b"r" * 100 + b",[]",
        b"42/\xff\xff,[]",
        b"42/a b,[]",
        b"42/visitor," + b"1" * 100 + b'["say",{}]',
        b"42/visitor," + b"9" * 100_000,
        b"4" * 100_000,
        b"0{}",
        b"45" + b"1" * 50 + b'-["say"]',
    ],
)
async def test_a_frame_that_is_no_packet_closes_its_own_socket(frame: bytes) -> None:
    """Who does not speak the protocol is cut off with 1002; the server goes on for the others."""
    async with place() as desk, desk.visitor(name="Ana") as ana:
        await ana.send(frame)
        assert await ana.closed() == 1002
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "malformed packet")])
        assert desk.sockets.counters.packets_malformed == 1
        await still_serves(desk)


@pytest.mark.parametrize(
    "frame",
    [
        b'43/visitor,1[{"ok":true}]',
        b'44/visitor,{"message":"no"}',
        b"42/agent,1" + b'["say",{}]',
        b'42["say",{}]',
        b"42/nowhere,1[]",
        b"41/agent,",
        b"41",
        b"40/visitor,",
        b"46/visitor,0-1[]",
        b"2",
        b"2probe",
        b"5",
        b"6",
    ],
)
async def test_a_packet_out_of_place_is_dropped_and_counted(frame: bytes) -> None:
    """Acknowledgements nobody asked for, namespaces not joined, a second CONNECT: nothing happens."""
    async with place() as desk, desk.visitor(name="Ana") as ana:
        await ana.send(frame)
        assert (await ana.ask("say", {"text": "fine"}, ack=4))["text"] == "fine"
        assert desk.sockets.counters.packets_dropped == 1
        assert [conn.session for conn in desk.room.here] == ["Ana"]
        assert desk.agents.heard == []


async def test_acknowledgement_ids_are_echoed_and_never_computed_with() -> None:
    """The largest id that is taken comes back digit by digit, leading zeros too."""
    async with place() as desk, desk.visitor() as ana:
        for ack in ("99999999999999999999", "00000000000000000007", "0"):
            await ana.send(f'42/visitor,{ack}["say",{{}}]')
            assert await ana.read() == f'43/visitor,{ack}[{{"ok":true}}]'


async def test_binary_events_are_refused_and_nothing_of_them_is_kept() -> None:
    """A binary event is answered `unsupported`; its attachments are dropped, also those that never come."""
    async with place() as desk, desk.visitor() as ana:
        await ana.send('451-/visitor,1["say",{"_placeholder":true,"num":0}]')
        error = (await ana.answer(1))["error"]
        assert error["code"] == "unsupported"
        assert "/api/v1/attachments" in error["message"]
        await ana.ws.send_bytes(b"\x00" * 1000)
        await ana.send('459999999999-/visitor,["say",{"_placeholder":true,"num":0}]')
        assert (await ana.ask("say", {"text": "as text"}, ack=2))["text"] == "as text"
        assert desk.room.heard == [("say", {"text": "as text"})]
        assert desk.sockets.counters.binary_refused == 3


async def test_the_largest_frame_is_taken_and_a_byte_more_closes_the_socket() -> None:
    """128 KiB are a frame; beyond it the socket closes with 1009, whatever was announced."""
    async with place() as desk:
        async with desk.visitor() as ana:
            await ana.send(frame_of(FRAME_BYTES))
            assert (await ana.answer(1))["ok"] is True
        async with desk.visitor(name="Ben") as ben:
            await ben.send(frame_of(FRAME_BYTES + 1))
            assert await ben.closed() == 1009
        await still_serves(desk)


async def test_a_message_in_many_fragments_is_bounded_as_a_whole() -> None:
    """Fragments that add up to more than a frame may hold close the socket, too."""
    async with place() as desk, desk.raw() as ana:
        await ana.join("/visitor")
        stream = wire_of(ana)
        stream.write(masked(0x01, b'42/visitor,1["say",{"text":"'))
        for _ in range(200):
            stream.write(masked(0x00, b"x" * 1000))
        assert await ana.closed() == 1009
        await still_serves(desk)


async def test_reserved_bits_and_unknown_opcodes_close_the_socket() -> None:
    """A compressed frame, which nobody agreed on, or an unknown opcode, ends the socket with 1002."""
    for first in (0xC1, 0x83, 0x8B):
        async with place() as desk, desk.visitor() as ana:
            wire_of(ana).write(masked(first, b"2", final=None))
            assert await ana.closed() == 1002
            await still_serves(desk)


async def test_who_keeps_sending_what_is_refused_is_cut_off() -> None:
    """After a hundred refused packets the socket is closed with 1008."""
    async with place(Limits(strikes=100)) as desk, desk.visitor(name="Ana") as ana:
        for _ in range(200):
            await ana.tell("disconnect", {})
        assert await ana.closed() == 1008
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "too many refused packets")])
        assert desk.sockets.counters.names_dropped == 100
        assert desk.sockets.counters.sockets_struck_out == 1


async def test_a_flood_of_tiny_frames_does_not_hold_up_the_others() -> None:
    """Tens of thousands of frames that come at once are taken a few at a time, everyone else in between."""
    async with place(Limits(strikes=10**9)) as desk, desk.visitor() as ana:
        counters = desk.sockets.counters
        flooding = asyncio.create_task(drained(wire_of(ana), masked(0x81, b"2") * 30_000))
        seen = most = 0
        while seen < 30_000:
            await asyncio.sleep(0)
            most, seen = max(most, counters.packets_dropped - seen), counters.packets_dropped
        await flooding
        assert most <= 64
        await still_serves(desk)


async def test_a_ping_of_the_websocket_itself_is_answered() -> None:
    """A ping frame comes back as a pong with its payload; a flood of them nobody reads does no harm."""
    async with place() as desk, desk.visitor() as ana:
        await ana.ws.ping(b"are you there")
        message = await ana.ws.receive(timeout=10)
        assert (message.type, message.data) == (WSMsgType.PONG, b"are you there")
        await drained(wire_of(ana), masked(0x89, b"x" * 125) * 20_000)
        await still_serves(desk)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 400, "unsupported"),
        ("EIO=3&transport=websocket", 400, "unsupported"),
        ("EIO=4", 400, "unsupported"),
        ("EIO=4&transport=polling", 400, "unsupported"),
        ("EIO=4&transport=carrier-pigeon", 400, "unsupported"),
        ("EIO=4&transport=websocket", 400, "invalid"),
        ("EIO=4&transport=websocket&sid=" + "x" * 2000, 400, "invalid"),
    ],
)
async def test_a_handshake_that_is_none_gets_an_error_that_says_what_to_do(query: str, status: int, code: str) -> None:
    """Long polling, old protocols and plain requests are answered with the error object."""
    async with place() as desk, aiohttp.ClientSession() as http:
        for method in ("GET", "POST"):
            async with http.request(method, f"{desk.url}/socket.io/?{query}", data=b"40") as response:
                assert response.status == status
                body = await response.json()
                assert body["error"]["code"] == code
                assert body["error"]["message"]
        assert desk.sockets.counters.sockets_refused == 2


async def test_deflate_is_refused_even_where_the_client_offers_it() -> None:
    """No extension is agreed on: an idle socket would cost four times the memory."""
    async with (
        place() as desk,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{desk.url}/socket.io/?EIO=4&transport=websocket", compress=15) as ws,
    ):
        assert ws.compress == 0
        assert (await ws.receive_str()).startswith("0{")


async def test_half_a_handshake_and_raw_noise_leave_the_server_standing() -> None:
    """Bytes that are no HTTP, and sockets that are cut in the middle of a frame."""
    async with place() as desk:
        for noise in (
            b"\x00" * 100,
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", desk.port)) as plain:
                plain.sendall(noise)
        async with desk.visitor(name="Ana") as ana:
            wire_of(ana).write(masked(0x81, b"4" * 50)[:20])
            wire_of(ana).close()
        await desk.room.changing.until(lambda: [name for name, _ in desk.room.gone] == ["Ana"])
        await still_serves(desk)


def frame_of(size: int) -> bytes:
    """A command of exactly so many bytes."""
    empty = b'42/visitor,1["say",{"text":""}]'
    return empty[:-3] + b"x" * (size - len(empty)) + empty[-3:]


def masked(first: int, payload: bytes, *, final: bool | None = None) -> bytes:
    """A client's frame, its first byte as given, under a mask of zeros."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((first,)) + length + b"\x00" * 4 + payload


def wire_of(client: Raw) -> asyncio.Transport:
    """The transport under a client, for bytes that no client library would send."""
    transport = client.ws.get_extra_info("socket") and client.ws._writer.transport
    assert isinstance(transport, asyncio.Transport)
    return transport


async def drained(stream: asyncio.Transport, data: bytes) -> None:
    """Write as fast as it is taken."""
    for begin in range(0, len(data), 60_000):
        stream.write(data[begin : begin + 60_000])
        while stream.get_write_buffer_size() > 120_000:  # noqa: ASYNC110 - the flood must not pause
            await asyncio.sleep(0)


def test_the_frames_of_these_tests_are_what_they_say() -> None:
    """`frame_of` makes a whole command of the size asked for."""
    frame = frame_of(500)
    assert len(frame) == 500
    assert orjson.loads(frame[len(b"42/visitor,1") :])[0] == "say"
