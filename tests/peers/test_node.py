"""The official JavaScript client can be driven from here, against a plain Socket.IO server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import socketio
from aiohttp import web

from tests.peers.node import ConnectionRefused, NodeFailed, js_client


@pytest.fixture
async def echo() -> AsyncIterator[str]:
    """The address of a server that welcomes who knows the word, and repeats what is said."""
    server = socketio.AsyncServer(async_mode="aiohttp")

    async def connect(sid: str, environ: dict[str, Any], auth: dict[str, str]) -> None:
        if auth.get("word") != "please":
            raise socketio.exceptions.ConnectionRefusedError("refused", {"code": "unauthorized"})
        await server.emit("welcome", {"word": "please"}, to=sid, namespace="/visitor")

    async def say(sid: str, payload: dict[str, str]) -> dict[str, Any]:
        await server.emit("said", payload, to=sid, namespace="/visitor")
        return {"ok": True, **payload}

    server.on("connect", connect, namespace="/visitor")
    server.on("say", say, namespace="/visitor")
    app = web.Application()
    server.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/visitor"
    finally:
        await server.shutdown()
        await runner.cleanup()


async def test_it_connects_calls_and_sees_events_in_order(echo: str) -> None:
    """What the server acknowledges and emits comes back as it was sent."""
    async with js_client() as ana:
        await ana.connect(echo, {"word": "please"})
        assert await ana.event("welcome") == {"word": "please"}
        for text in ("one", "zwei 💳"):
            assert await ana.call("say", {"text": text}) == {"ok": True, "text": text}
        assert [seen.payload["text"] for seen in ana.seen if seen.event == "said"] == ["one", "zwei 💳"]


async def test_a_refusal_carries_the_servers_reason(echo: str) -> None:
    """A refused connection shows the error object that the server gave."""
    async with js_client() as stranger:
        with pytest.raises(ConnectionRefused) as refusal:
            await stranger.connect(echo, {"word": "now"})
        assert refusal.value.data == {"code": "unauthorized"}


async def test_it_comes_back_after_a_cut(echo: str) -> None:
    """A client that was told to reconnects by itself when its transport is cut."""
    async with js_client() as ana:
        await ana.connect(echo, {"word": "please"}, reconnect=True)
        await ana.event("welcome")
        before = len(ana.seen)
        await ana.drop()
        assert await ana.event("disconnect") == "transport close"
        assert await ana.event("welcome", after=before, timeout_s=15) == {"word": "please"}
        assert await ana.call("say", {"text": "again"}) == {"ok": True, "text": "again"}


async def test_a_missing_answer_is_a_timeout_and_nonsense_a_failure(echo: str) -> None:
    """Nothing waits for ever: an event nobody handles times out, a call without a connection fails."""
    async with js_client() as ana:
        with pytest.raises(NodeFailed):
            await ana.call("say", {})
        await ana.connect(echo, {"word": "please"})
        with pytest.raises(TimeoutError):
            await ana.call("unheard", {}, timeout_s=0.3)
