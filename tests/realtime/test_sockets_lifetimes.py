"""How connections begin and end: accepted, refused, unheard of, closed by either side, restarted."""

from __future__ import annotations

import asyncio
import time
from ipaddress import ip_network

import aiohttp
import orjson
import pytest

from server.realtime.sockets import Limits
from tests.realtime.rig import eventually, place


async def test_the_welcome_follows_the_acceptance() -> None:
    """What a handler emits while it accepts arrives right after the client is told that it is connected."""
    async with place() as desk, desk.raw() as ana:
        opened = orjson.loads((await ana.read())[1:])
        assert opened["upgrades"] == []
        assert opened["pingInterval"] == 10_000
        assert opened["pingTimeout"] == 15_000
        assert opened["maxPayload"] == 128 * 1024
        await ana.send('40/visitor,{"name":"Ana"}')
        connected = await ana.read()
        assert connected.startswith('40/visitor,{"sid":"')
        assert await ana.read() == '42/visitor,["welcome",{"name":"Ana"}]'
        assert desk.room.here[0].id == orjson.loads(connected[len("40/visitor,") :])["sid"]


async def test_the_welcome_comes_before_what_happened_while_it_was_written() -> None:
    """An event that was emitted before the welcome was ready arrives after it, and not twice."""
    async with place() as desk, desk.raw() as ana:
        await ana.read()
        await ana.send('40/visitor,{"name":"Ana","news":"a reply"}')
        assert (await ana.read()).startswith("40/visitor,")
        assert await ana.read() == '42/visitor,["welcome",{"name":"Ana"}]'
        assert await ana.read() == '42/visitor,["news",{"text":"a reply"}]'
        with pytest.raises(RuntimeError):
            desk.room.here[0].emit_first("welcome", {})
        assert (await ana.ask("say"))["ok"] is True


@pytest.mark.parametrize("auth", ["", "null", "{}"])
async def test_auth_may_be_left_out(auth: str) -> None:
    """No auth, null and an empty object are the same to a handler."""
    async with place() as desk, desk.raw() as ana:
        await ana.read()
        await ana.send(f"40/visitor,{auth}")
        assert (await ana.read()).startswith("40/visitor,")


async def test_a_refused_connection_carries_the_error() -> None:
    """The refusal is the error object, and carries it again as `data` for the JavaScript client."""
    error = {"code": "unauthorized", "message": "This token is not known.", "field": "token"}
    async with place() as desk, desk.raw() as ana:
        await ana.read()
        await ana.send(b"40/visitor," + orjson.dumps({"refuse": error}))
        refusal = await ana.read()
        assert refusal.startswith("44/visitor,")
        assert orjson.loads(refusal[len("44/visitor,") :]) == {**error, "data": error}
        assert desk.room.gone == []
        await ana.send("40/visitor,{}")
        assert (await ana.read()).startswith("40/visitor,")
        assert desk.sockets.counters.connections_refused == 1
        assert desk.sockets.counters.connections_accepted == 1


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        ("40/visitor,[1]", "invalid"),
        ("40/visitor,true", "invalid"),
        ('40/visitor,"token"', "invalid"),
        ("40/visitor,{", "invalid"),
        ('40/visitor,{"token":"\\ud800"}', "invalid"),
        ("40/visitor," + '{"a":' * 200 + "1" + "}" * 200, "invalid"),
        ('40/visitor,{"crash":true}', "unavailable"),
        ("40/nowhere,{}", "not_found"),
        ("40", "not_found"),
        ("40{}", "not_found"),
    ],
)
async def test_a_connection_that_cannot_be_made_says_why(packet: str, code: str) -> None:
    """Auth that is no object, a handler that falls over, a namespace that is none: refused with a code."""
    async with place() as desk, desk.raw() as ana:
        await ana.read()
        await ana.send(packet)
        refusal = await ana.read()
        assert refusal.startswith("44")
        assert orjson.loads(refusal[refusal.index("{") :])["code"] == code
        assert desk.room.here == []


async def test_a_handler_that_does_not_decide_is_a_refusal() -> None:
    """Who is not accepted in time is told `unavailable`."""
    async with place(Limits(connect_s=0.05)) as desk, desk.raw() as ana:
        await ana.read()
        await ana.send('40/visitor,{"stall":true}')
        assert '"unavailable"' in await ana.read()


async def test_commands_before_the_acceptance_are_not_heard() -> None:
    """Events of a client that is not accepted yet, or never will be, reach no handler."""
    async with place() as desk, desk.raw() as ana:
        await ana.read()
        await ana.send('42/visitor,1["say",{"text":"too early"}]')
        await ana.send('40/visitor,{"stall":true}')
        await ana.send('42/visitor,2["say",{"text":"still too early"}]')
        await eventually(lambda: desk.sockets.counters.packets_dropped == 2)
        desk.room.gate.set()
        assert (await ana.read()).startswith("40/visitor,")
        assert (await ana.ask("say", {"text": "now"}, ack=3))["text"] == "now"
        assert desk.room.heard == [("say", {"text": "now"})]


async def test_one_socket_carries_both_namespaces() -> None:
    """Visitor and agent on one socket are two connections; leaving one leaves the other."""
    async with place() as desk, desk.visitor(name="Ana") as both:
        await both.send('40/agent,{"name":"Sam"}')
        assert (await both.read()).startswith("40/agent,")
        assert (await both.read()).startswith("42/agent,")
        await both.send("41/visitor,")
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "client")])
        await both.send('42/agent,1["say",{"text":"here"}]')
        assert await both.read() == '43/agent,1[{"ok":true,"text":"here"}]'
        assert [conn.session for conn in desk.agents.here] == ["Sam"]
        await both.send('40/visitor,{"name":"Ana again"}')
        assert (await both.read()).startswith("40/visitor,")
        assert desk.room.here[0].session == "Ana again"


async def test_joining_and_leaving_without_end_is_bounded() -> None:
    """Joining and leaving faster than a handler decides: a few connections at work, then strikes, then no socket."""
    async with place(Limits(strikes=20)) as desk, desk.raw() as ana:
        await ana.read()
        for _ in range(50):
            await ana.send('40/visitor,{"stall":true}')
            await ana.send("41/visitor,")
        assert await ana.closed() == 1008
        assert 1 <= desk.room.stalled <= 4


async def test_who_leaves_before_the_acceptance_is_not_accepted() -> None:
    """A client that disconnects while its handler decides hears nothing more, and the handler is told that it went."""
    async with place() as desk, desk.raw() as ana:
        await ana.read()
        await ana.send('40/visitor,{"stall":true,"name":"Ana"}')
        await ana.send("41/visitor,")
        await eventually(lambda: desk.room.stalled == 1)
        desk.room.gate.set()
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "client")])
        await ana.send('40/visitor,{"name":"Ana again"}')
        await ana.read()
        assert await ana.read() == '42/visitor,["welcome",{"name":"Ana again"}]'


async def test_who_left_gets_no_late_acknowledgement() -> None:
    """A command still at work when its namespace is left is done, and not answered into the next connection."""
    async with place() as desk, desk.visitor(name="Ana") as ana:
        await ana.tell("hold", {}, ack=1)
        await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        await ana.send("41/visitor,")
        await eventually(lambda: desk.room.here[0].closed)
        desk.room.gate.set()
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "client")])
        await ana.send("40/visitor,{}")
        assert (await ana.read()).startswith("40/visitor,")


async def test_a_socket_that_never_joins_is_closed() -> None:
    """Without a namespace a socket is closed with 1008 after its time, though it answers every ping."""
    async with place(Limits(namespace_s=0.1, ping_interval_s=0.02)) as desk, desk.raw() as ana:
        assert await ana.closed() == 1008
        assert desk.sockets.counters.namespaces_timed_out == 1
        assert desk.sockets.counters.pings_timed_out == 0


async def test_a_socket_whose_last_namespace_left_is_closed() -> None:
    """The same clock runs again once the last namespace is gone, or was refused."""
    async with place(Limits(namespace_s=0.1, ping_interval_s=0.02)) as desk:
        async with desk.visitor() as ana:
            begun = time.monotonic()
            while time.monotonic() < begun + 0.15:  # the first clock has run out
                assert (await ana.ask("say"))["ok"] is True
            await ana.send("41/visitor,")
            assert await ana.closed() == 1008
        async with desk.raw() as ben:
            await ben.read()
            await ben.send("40/nowhere,")
            assert await ben.closed() == 1008


async def test_a_joined_socket_may_stay_silent() -> None:
    """A connected client that says nothing but its heartbeats outlives the clock for joining."""
    async with place(Limits(namespace_s=0.05, ping_interval_s=0.02)) as desk, desk.visitor() as ana:
        begun = desk.room.here[0].last_heard_at
        reading = asyncio.create_task(ana.closed())
        await eventually(lambda: desk.room.here[0].last_heard_at - begun > 0.2)
        assert not reading.done()
        await desk.sockets.close()
        assert await reading == 1012


async def test_a_peer_that_fell_silent_is_dropped() -> None:
    """Without an answer to a ping the connection ends after interval + timeout, and its last sign of life is known."""
    limits = Limits(ping_interval_s=0.1, ping_timeout_s=0.15)
    async with place(limits) as desk, desk.visitor(name="Ana"):
        (connection,) = desk.room.here
        heard_at = connection.last_heard_at
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "ping timeout")])
        silent_s = time.monotonic() - heard_at
        assert 0.2 <= silent_s <= 3.0
        assert connection.last_heard_at == heard_at
        assert connection.closed
        assert desk.sockets.counters.pings_timed_out == 1


async def test_a_slow_command_does_not_hold_up_the_heartbeat() -> None:
    """While a command takes longer than interval + timeout, pings go out, pongs count, and the socket stays."""
    limits = Limits(ping_interval_s=0.03, ping_timeout_s=0.4)
    async with place(limits) as desk, desk.visitor() as ana:
        await ana.tell("hold", {}, ack=1)
        await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        begun = time.monotonic()
        answering = asyncio.create_task(ana.answer(1))
        await eventually(lambda: desk.room.here[0].last_heard_at - begun > 0.6)
        desk.room.gate.set()
        assert (await answering)["ok"] is True


async def test_a_handler_may_end_a_connection_that_comes_back() -> None:
    """`close()` ends the socket like a lost network (1001), after which official clients connect again."""
    async with place() as desk, desk.visitor(name="Ana") as ana:
        (connection,) = desk.room.here
        connection.close()
        connection.close()
        connection.emit("echoed", {})
        assert connection.closed
        assert await ana.closed() == 1001
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "server")])


async def test_a_handler_may_end_a_connection_for_good() -> None:
    """`close(come_back=False)` disconnects the namespace alone, and nothing follows on it."""
    async with place() as desk, desk.visitor(name="Ana") as ana:
        (connection,) = desk.room.here
        connection.close(come_back=False)
        connection.emit("echoed", {})
        assert await ana.read() == "41/visitor,"
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "server")])
        await ana.send('40/visitor,{"name":"Ana again"}')
        assert (await ana.read()).startswith("40/visitor,")


async def test_a_restart_closes_every_socket_and_takes_no_more() -> None:
    """Closing waits for commands at work, up to a bound, sends 1012 to all, and refuses new sockets with 503."""
    async with place(Limits(close_s=0.5)) as desk, desk.visitor(name="Ana") as ana, desk.visitor(name="Ben") as ben:
        await ana.tell("hold", {}, ack=1)
        await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        closing = asyncio.create_task(desk.sockets.close())
        assert [await ana.closed(), await ben.closed()] == [1012, 1012]
        async with aiohttp.ClientSession() as http:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await http.ws_connect(f"{desk.url}/socket.io/?EIO=4&transport=websocket")
        assert refused.value.status == 503
        assert not closing.done()
        desk.room.gate.set()
        await closing
        assert sorted(desk.room.gone) == [("Ana", "server restarts"), ("Ben", "server restarts")]
        assert desk.sockets.counters.connections_open == 0
        assert desk.sockets.counters.sockets_open == 0


async def test_a_restart_does_not_wait_for_the_deaf_and_the_stuck() -> None:
    """A command that never ends and a client that never answers the close cost a bounded time."""
    async with place(Limits(close_s=0.1)) as desk, desk.visitor(name="Ana") as ana:
        await ana.tell("hold", {})
        await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        begun = time.monotonic()
        await desk.sockets.close()
        assert time.monotonic() - begun < 5
        assert desk.room.gone == [("Ana", "server restarts")]
        assert desk.sockets.counters.sockets_open == 0


async def test_one_address_holds_so_many_sockets_and_no_more() -> None:
    """Beyond the bound of one address the handshake is answered 429; another address, and room made, are served."""
    limits = Limits(sockets_per_address=2)
    proxies = (ip_network("127.0.0.0/8"),)
    mallory, ana = {"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "203.0.113.10"}
    async with place(limits, trusted_proxies=proxies) as desk, desk.raw(**mallory), desk.raw(**mallory) as second:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with desk.raw(**mallory):
                pass
        assert refused.value.status == 429
        async with desk.raw(**ana) as raw:
            await raw.join("/visitor")
            assert desk.room.here[0].peer.address == "203.0.113.10"
        await second.ws.close()
        await eventually(lambda: desk.sockets.counters.sockets_open == 1)
        async with desk.raw(**mallory):
            pass


async def test_all_addresses_together_hold_so_many_sockets() -> None:
    """Beyond the bound of the process the handshake is answered 503 with a time to wait."""
    async with place(Limits(sockets=1)) as desk, desk.raw():
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with desk.raw():
                pass
        assert refused.value.status == 503
        assert refused.value.headers is not None
        assert refused.value.headers["Retry-After"] == "10"


async def test_the_facts_of_the_request_are_at_hand() -> None:
    """A handler may ask for the address, the origin and the program of its client."""
    async with place() as desk, desk.raw(Origin="https://shop.example", **{"User-Agent": "Tester/1"}) as ana:
        await ana.join("/visitor")
        peer = desk.room.here[0].peer
        assert (peer.address, peer.origin, peer.user_agent) == ("127.0.0.1", "https://shop.example", "Tester/1")
        assert peer.headers["host"].startswith("127.0.0.1:")
