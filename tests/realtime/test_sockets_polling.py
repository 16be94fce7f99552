"""Long polling, where the operator allows it: the same promises over plain requests."""

from __future__ import annotations

import asyncio
import contextlib
import json
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import orjson
import pytest
import socketio

from server.realtime.sockets import Limits
from tests.peers.node import SCRIPTS, node
from tests.realtime.rig import PATIENCE_S, Place, eventually, place


@dataclass(slots=True)
class Poller:
    """A client that polls by hand."""

    http: aiohttp.ClientSession
    address: str

    async def poll(self) -> list[str]:
        async with self.http.get(self.address) as response:
            text = await response.text()
            if response.status != 200:
                raise ConnectionError(f"{response.status} {text}")
            return text.split("\x1e")

    async def post(self, *packets: str) -> int:
        async with self.http.post(self.address, data="\x1e".join(packets).encode()) as response:
            return response.status

    async def until_over(self) -> None:
        """Poll until the server says that it is over."""
        with contextlib.suppress(ConnectionError):
            while "1" not in await self.poll():
                pass


@asynccontextmanager
async def polling(desk: Place, **auth: object) -> AsyncIterator[Poller]:
    """A client whose namespace is joined and whose welcome was read."""
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        start = f"{desk.url}/socket.io/?EIO=4&transport=polling"
        poller = Poller(http, start)
        opened = orjson.loads((await poller.poll())[0][1:])
        assert opened["upgrades"] == []
        poller.address = f"{start}&sid={opened['sid']}"
        assert await poller.post(f"40/visitor,{orjson.dumps(auth).decode()}") == 200
        packets: list[str] = []
        while len(packets) < 2:
            packets += await poller.poll()
        assert packets[0].startswith("40/visitor,")
        assert packets[1].startswith('42/visitor,["welcome"')
        yield poller


async def test_a_poller_asks_and_is_answered() -> None:
    """Several commands in one POST are done in order, and their answers come with the next polls."""
    async with place(allow_polling=True) as desk, polling(desk, name="Ana") as ana:
        text = "größer, 你好"
        assert await ana.post(f'42/visitor,1["echo",{{"text":"{text}"}}]', '42/visitor,2["say",{"n":2}]') == 200
        packets: list[str] = []
        while len(packets) < 3:
            packets += await ana.poll()
        assert packets == [
            f'42/visitor,["echoed",{{"text":"{text}"}}]',
            f'43/visitor,1[{{"ok":true,"text":"{text}"}}]',
            '43/visitor,2[{"ok":true,"n":2}]',
        ]
        assert await ana.post("41/visitor,") == 200
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "client")])


async def test_a_waiting_poll_is_answered_at_once() -> None:
    """An event reaches a client whose poll is waiting, not only the next one."""
    async with place(allow_polling=True) as desk, polling(desk) as ana:
        waiting = asyncio.create_task(ana.poll())
        await asyncio.sleep(0)
        desk.room.here[0].emit("message.created", {"text": "hello"})
        assert await waiting == ['42/visitor,["message.created",{"text":"hello"}]']


async def test_a_poller_keeps_its_connection_by_its_heartbeat_and_loses_it_without() -> None:
    """Pings come with the polls and pongs with the posts; who stops answering is dropped."""
    limits = Limits(ping_interval_s=0.05, ping_timeout_s=0.4)
    async with place(limits, allow_polling=True) as desk, polling(desk, name="Ana") as ana:
        begun = desk.room.here[0].last_heard_at
        while desk.room.here[0].last_heard_at - begun < 0.6:
            assert await ana.poll() == ["2"]
            assert await ana.post("3") == 200
        await ana.until_over()
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "ping timeout")])
        with pytest.raises(ConnectionError, match="400"):
            await ana.poll()


async def test_a_poller_who_does_not_read_is_dropped() -> None:
    """What waits for the next poll is bounded, in bytes at once and in packets when no poll comes."""
    async with place(allow_polling=True) as desk, polling(desk, name="Ana"):
        (connection,) = desk.room.here
        sent = 0
        while not connection.closed:
            connection.emit("message.created", {"text": "x" * 1000})
            sent += 1
            assert sent < 1000
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "slow reader")])
        assert desk.sockets.counters.readers_dropped == 1


async def test_two_polls_at_once_end_the_session() -> None:
    """Which of two polls a packet belongs to nobody could say."""
    async with place(allow_polling=True) as desk, polling(desk, name="Ana") as ana:
        first = asyncio.create_task(ana.poll())
        second = asyncio.create_task(ana.poll())
        ends = await asyncio.gather(first, second, return_exceptions=True)
        assert sorted(type(end).__name__ for end in ends) == ["ConnectionError", "list"]
        assert ["1"] in ends
        await desk.room.changing.until(lambda: len(desk.room.gone) == 1)


@pytest.mark.parametrize("body", ["x" * (128 * 1024 + 1), "\x1e".join(["3"] * 300)])
async def test_a_post_beyond_the_bounds_ends_the_session(body: str) -> None:
    """A body over a frame's size, or of hundreds of packets, is refused and its session ended."""
    async with place(allow_polling=True) as desk, polling(desk, name="Ana") as ana:
        assert await ana.post(body) == 400
        await desk.room.changing.until(lambda: len(desk.room.gone) == 1)


async def test_a_post_that_never_ends_ends_the_session() -> None:
    """A body that does not come is not waited for for ever."""

    async def drip() -> AsyncIterator[bytes]:
        yield b"42/visitor,"
        await asyncio.Event().wait()

    async with place(Limits(close_s=0.1), allow_polling=True) as desk, polling(desk, name="Ana") as ana:
        with pytest.raises(aiohttp.ClientError):
            await ana.http.post(ana.address, data=drip())
        await desk.room.changing.until(lambda: len(desk.room.gone) == 1)


async def test_hostile_packets_are_answered_as_over_a_websocket() -> None:
    """Binary, unknown names and broken JSON over polling: refused, counted, and the session goes on."""
    async with place(allow_polling=True) as desk, polling(desk) as ana:
        await ana.post("bAAEC", '42/visitor,["disconnect",{}]', '42/visitor,7["say",{]', '42/visitor,8["say",{}]')
        packets: list[str] = []
        while len(packets) < 2:
            packets += await ana.poll()
        assert '"invalid"' in packets[0]
        assert packets[1] == '43/visitor,8[{"ok":true}]'
        assert desk.sockets.counters.binary_refused == 1
        assert desk.sockets.counters.names_dropped == 1
        await ana.post("no packet at all")
        await ana.until_over()
        await eventually(lambda: desk.sockets.counters.sockets_open == 0)


async def test_sessions_count_like_sockets_and_end_with_a_restart() -> None:
    """A polling session takes a place of its address, and a waiting poll is told when the server closes."""
    async with place(Limits(sockets_per_address=1), allow_polling=True) as desk, polling(desk, name="Ana") as ana:
        with pytest.raises(ConnectionError, match="429"):
            async with polling(desk):
                pass
        waiting = asyncio.create_task(ana.poll())
        assert await ana.post("3") == 200  # by which time the poll has arrived
        await desk.sockets.close()
        assert await waiting == ["1"]
        assert desk.room.gone == [("Ana", "server restarts")]
        assert desk.sockets.counters.sockets_open == 0


async def test_the_official_clients_poll() -> None:
    """Python's and JavaScript's clients, told to poll, are welcomed and answered."""
    async with place(allow_polling=True) as desk:
        client = socketio.AsyncClient(handle_sigint=False)
        await client.connect(desk.url, namespaces=["/visitor"], transports=["polling"], auth={"name": "Ana"})
        assert await client.call("say", {"text": "hi"}, namespace="/visitor") == {"ok": True, "text": "hi"}
        await client.shutdown()
        script = """
            import { io } from "socket.io-client";
            const socket = io(process.argv[1] + "/visitor", { transports: ["polling"], auth: { name: "Ben" } });
            socket.on("welcome", (welcome) => socket.emit("say", { text: "hi" }, (answer) => {
                console.log(JSON.stringify({ welcome, answer }));
                socket.disconnect();
            }));
        """
        process = await asyncio.create_subprocess_exec(
            node(), "--input-type=module", "-e", script, desk.url, cwd=SCRIPTS, stdout=PIPE
        )
        said, _ = await asyncio.wait_for(process.communicate(), 20)
        assert json.loads(said) == {"welcome": {"name": "Ben"}, "answer": {"ok": True, "text": "hi"}}
        await desk.room.changing.until(lambda: sorted(name for name, _ in desk.room.gone) == ["Ana", "Ben"])
        await desk.settled()
