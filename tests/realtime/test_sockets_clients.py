"""The official clients, Python's and JavaScript's, each over its own protocol code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import socketio
from socketio.exceptions import ConnectionError as NotConnected

from server.realtime.sockets import Limits
from tests.peers.node import ConnectionRefused, js_client
from tests.realtime.rig import PATIENCE_S, Changing, Place, eventually, place


class PythonClient:
    """python-socketio's own client, and what it saw."""

    def __init__(self, *, reconnection: bool = False) -> None:
        self.socket = socketio.AsyncClient(reconnection=reconnection, reconnection_delay=0.01, handle_sigint=False)
        self.seen: list[tuple[str, Any]] = []
        self.changing = Changing()
        for name in ("connect", "connect_error", "disconnect"):
            self.socket.on(name, self._watch(name), namespace="/visitor")
        self.socket.on("*", self._on_any, namespace="/visitor")

    def _watch(self, name: str) -> Any:
        async def see(*arguments: Any) -> None:
            await self._on_any(name, *arguments)

        return see

    async def _on_any(self, name: str, *arguments: Any) -> None:
        self.seen.append((name, arguments[0] if arguments else None))
        await self.changing.touch()

    async def connect(self, desk: Place, **auth: object) -> None:
        await self.socket.connect(desk.url, auth=auth, namespaces=["/visitor"], transports=["websocket"])

    async def ask(self, name: str, payload: object) -> Any:
        return await self.socket.call(name, payload, namespace="/visitor", timeout=PATIENCE_S)


@asynccontextmanager
async def python_client(**options: bool) -> AsyncIterator[PythonClient]:
    client = PythonClient(**options)
    try:
        yield client
    finally:
        await client.socket.shutdown()


async def test_the_python_client_connects_asks_and_leaves() -> None:
    """python-socketio's client is welcomed, answered in its own alphabet, and seen to leave."""
    async with place() as desk:
        async with python_client() as ana:
            await ana.connect(desk, name="Ana")
            await ana.changing.until(lambda: ("welcome", {"name": "Ana"}) in ana.seen)
            assert [name for name, _ in ana.seen] == ["connect", "welcome"]
            text = "größer, 你好, 👋🏽, \u202eRTL"
            assert await ana.ask("echo", {"text": text}) == {"ok": True, "text": text}
            assert ana.seen[-1] == ("echoed", {"text": text})
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "client")])


async def test_the_python_client_is_told_why_it_was_refused() -> None:
    """The error object reaches `connect_error`."""
    error = {"code": "unauthorized", "message": "Please sign in again."}
    async with place() as desk, python_client() as ana:
        with pytest.raises(NotConnected):
            await ana.connect(desk, refuse=error)
        assert ana.seen == [("connect_error", {**error, "data": error})]


async def test_the_python_client_comes_back_after_a_restart_and_stays_away_when_told() -> None:
    """A closed socket is connected again by itself; a disconnected namespace is not."""
    async with place() as desk, python_client(reconnection=True) as ana:
        await ana.connect(desk, name="Ana")
        await desk.room.changing.until(lambda: len(desk.room.here) == 1)
        desk.room.here[0].close()
        await desk.room.changing.until(lambda: len(desk.room.gone) == 1 and len(desk.room.here) == 1)
        await ana.changing.until(lambda: [name for name, _ in ana.seen].count("welcome") == 2)
        desk.room.here[0].close(come_back=False)
        await ana.changing.until(lambda: [name for name, _ in ana.seen].count("disconnect") == 2)
        await desk.settled()
        assert desk.room.here == []


async def test_the_python_client_keeps_its_order() -> None:
    """Five hundred commands of the official client, sent at once, arrive in order and are all answered."""
    async with place() as desk, python_client() as ana:
        await ana.connect(desk, name="Ana")
        for first in range(0, 500, 100):
            numbers = range(first, first + 100)
            answers = await asyncio.gather(*(ana.ask("say", {"number": number}) for number in numbers))
            assert [answer["number"] for answer in answers] == list(numbers)
        assert [payload["number"] for _, payload in desk.room.heard] == list(range(500))


async def test_the_javascript_client_connects_asks_and_leaves() -> None:
    """The official browser client is welcomed, answered, gets events and is seen to leave."""
    async with place() as desk:
        async with js_client() as ana:
            await ana.connect(f"{desk.url}/visitor", {"name": "Ana"})
            assert await ana.event("welcome") == {"name": "Ana"}
            text = "größer, 你好, 👋🏽, \u202eRTL"
            assert await ana.call("echo", {"text": text}) == {"ok": True, "text": text}
            assert await ana.event("echoed") == {"text": text}
            assert [seen.event for seen in ana.seen] == ["connect", "welcome", "echoed"]
            await ana.disconnect()
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "client")])


async def test_the_javascript_client_is_told_why_it_was_refused() -> None:
    """`connect_error` carries the message, and the whole error object as its data."""
    error = {"code": "unauthorized", "message": "Please sign in again.", "field": "token"}
    async with place() as desk, js_client() as ana:
        with pytest.raises(ConnectionRefused) as refused:
            await ana.connect(f"{desk.url}/visitor", {"refuse": error})
        assert str(refused.value) == "Please sign in again."
        assert refused.value.data == error
        with pytest.raises(ConnectionRefused, match="namespace"):
            await ana.connect(f"{desk.url}/nowhere", {})


async def test_the_javascript_client_comes_back_after_a_restart_and_stays_away_when_told() -> None:
    """After a closed socket the browser client connects again by itself; after a disconnect it does not."""
    async with place() as desk, js_client() as ana:
        await ana.connect(f"{desk.url}/visitor", {"name": "Ana"}, reconnect=True)
        assert await ana.event("welcome") == {"name": "Ana"}
        seen = len(ana.seen)
        desk.room.here[0].close()
        assert await ana.event("disconnect", after=seen) == "transport close"
        assert await ana.event("welcome", after=seen) == {"name": "Ana"}
        seen = len(ana.seen)
        desk.room.here[0].close(come_back=False)
        assert await ana.event("disconnect", after=seen) == "io server disconnect"
        await desk.settled()
        assert desk.room.here == []
        assert len(desk.room.gone) == 2


async def test_the_javascript_client_answers_heartbeats() -> None:
    """The browser client's pongs keep its connection over many times interval + timeout."""
    async with place(Limits(ping_interval_s=0.05, ping_timeout_s=0.5)) as desk, js_client() as ana:
        await ana.connect(f"{desk.url}/visitor", {"name": "Ana"})
        await desk.room.changing.until(lambda: len(desk.room.here) == 1)
        begun = desk.room.here[0].last_heard_at
        await eventually(lambda: desk.room.here[0].last_heard_at - begun > 0.8)
        assert await ana.call("say", {"text": "here"}) == {"ok": True, "text": "here"}
        assert desk.sockets.counters.pings_timed_out == 0
