"""Commands: which are taken, in what order, and what is answered."""

from __future__ import annotations

import asyncio
import random

import pytest

from server.realtime.sockets import Connection, Limits, Sockets, emit_to_many
from tests.realtime.rig import Room, place


async def test_a_command_is_acknowledged_when_its_handler_is_done() -> None:
    """The acknowledgement carries what the handler returned, and comes after it has returned."""
    async with place() as desk, desk.visitor() as ana:
        await ana.tell("hold", {"text": "wait for me"}, ack=7)
        await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        await ana.tell("say", {"text": "second"}, ack=8)
        desk.room.gate.set()
        assert await ana.answer(7) == {"ok": True, "text": "wait for me"}
        assert await ana.answer(8) == {"ok": True, "text": "second"}


async def test_a_command_without_an_acknowledgement_id_is_done_and_not_answered() -> None:
    """Nothing is sent back for a command that asked for no acknowledgement."""
    async with place() as desk, desk.visitor() as ana:
        await ana.tell("say", {"text": "quietly"})
        await ana.tell("say", {"text": "aloud"}, ack=1)
        assert await ana.read() == '43/visitor,1[{"ok":true,"text":"aloud"}]'
        assert [payload["text"] for _, payload in desk.room.heard] == ["quietly", "aloud"]


@pytest.mark.parametrize("name", ["connect", "disconnect", "connect_error", "message", "__init__", "", "nobody.knows"])
async def test_a_forged_name_runs_no_handler(name: str) -> None:
    """`connect`, `disconnect` and unknown names sent as events are dropped and counted; the socket goes on."""
    async with place() as desk, desk.visitor(name="Ana") as ana:
        await ana.tell(name, {"sid": "forged"}, ack=1)
        assert await ana.ask("say", {"text": "still here"}, ack=2) == {"ok": True, "text": "still here"}
        assert desk.sockets.counters.names_dropped == 1
        assert [heard for heard, _ in desk.room.heard] == ["say"]
        assert [conn.session for conn in desk.room.here] == ["Ana"]
        assert desk.room.gone == []


async def test_a_handler_cannot_take_a_name_that_is_reserved() -> None:
    """A handler that lists `disconnect` among its commands is refused when the server is put together."""

    class Mistaken(Room):
        commands = frozenset({"disconnect"})

    with pytest.raises(ValueError, match="disconnect"):
        Sockets({"/visitor": Mistaken()})


async def test_500_commands_keep_their_order_however_long_each_takes() -> None:
    """Commands of one connection are done and acknowledged in the order they were sent in: 0 inversions in 500."""
    draw = random.Random(5)

    async def dawdle() -> None:
        for _ in range(draw.randrange(4)):
            await asyncio.sleep(0)

    async with place(Limits(waiting_commands=500)) as desk, desk.visitor() as ana:
        desk.room.pause = dawdle
        for number in range(500):
            await ana.tell("say", {"number": number}, ack=number)
        acknowledged = [await ana.read() for _ in range(500)]
        assert acknowledged == [f'43/visitor,{number}[{{"ok":true,"number":{number}}}]' for number in range(500)]
        assert [payload["number"] for _, payload in desk.room.heard] == list(range(500))


async def test_connections_do_not_wait_for_one_another() -> None:
    """While one visitor's command takes long, another's is answered."""
    async with place() as desk, desk.visitor() as ana, desk.visitor() as ben:
        await ana.tell("hold", {}, ack=1)
        await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        assert await ben.ask("say", {"text": "me first"}) == {"ok": True, "text": "me first"}
        desk.room.gate.set()
        assert await ana.answer() == {"ok": True}


async def test_commands_beyond_the_queue_are_told_to_slow_down() -> None:
    """When the queue is full, a command is answered `rate_limited`, at once; those that wait are still done."""
    async with place(Limits(waiting_commands=3)) as desk, desk.visitor() as ana:
        await ana.tell("hold", {}, ack=0)
        await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        for number in range(1, 6):
            await ana.tell("say", {"number": number}, ack=number)
        for number in (4, 5):
            error = (await ana.answer(number))["error"]
            assert error["code"] == "rate_limited"
            assert error["retry_after_s"] == 1
        desk.room.gate.set()
        for number in (1, 2, 3):
            assert await ana.answer(number) == {"ok": True, "number": number}
        assert desk.sockets.counters.commands_rate_limited == 2


async def test_waiting_commands_are_bounded_in_bytes_too() -> None:
    """Few commands of many bytes fill the queue as well; what was done makes room again."""
    async with place(Limits(waiting_bytes=250_000)) as desk, desk.visitor() as ana:
        await ana.tell("hold", {}, ack=0)
        await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        for number in (1, 2, 3):
            await ana.tell("say", {"text": "x" * 100_000}, ack=number)
        assert (await ana.answer(3))["error"]["code"] == "rate_limited"
        desk.room.gate.set()
        assert (await ana.answer(2))["ok"] is True
        assert (await ana.ask("say", {"text": "y" * 100_000}, ack=4))["ok"] is True


async def test_a_handler_that_falls_over_is_answered_for() -> None:
    """A command whose handler raises is acknowledged `unavailable`, says nothing of the cause, and is counted."""
    async with place() as desk, desk.visitor() as ana:
        answer = await ana.ask("crash", ack=1)
        assert answer["ok"] is False
        assert answer["error"]["code"] == "unavailable"
        assert "fell over" not in answer["error"]["message"]
        assert (await ana.ask("odd", ack=2))["error"]["code"] == "unavailable"
        assert (await ana.ask("say", ack=3))["ok"] is True
        assert desk.sockets.counters.commands_failed == 1


async def test_a_stuck_command_loses_its_socket_and_its_connection_is_ended() -> None:
    """A command over its time is cancelled; `disconnect` follows, so nothing of the connection stays."""
    limits = Limits(command_s=0.1, ping_interval_s=0.05)
    async with place(limits) as desk, desk.visitor(name="Ana") as ana:
        await ana.tell("hold", {}, ack=1)
        assert await ana.closed() is None
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "command timeout")])


async def test_what_is_sent_before_leaving_is_still_done() -> None:
    """A visitor who sends and closes the page at once is heard: the commands come first, then the disconnect."""
    async with place() as desk:
        async with desk.visitor(name="Ana") as ana:
            await ana.tell("hold", {})
            await ana.tell("say", {"text": "goodbye"})
            await desk.room.changing.until(lambda: len(desk.room.heard) == 1)
        assert desk.room.gone == []
        desk.room.gate.set()
        await desk.room.changing.until(lambda: desk.room.gone == [("Ana", "client")])
        assert desk.room.heard == [("hold", {}), ("say", {"text": "goodbye"})]


async def test_an_event_to_many_reaches_each_of_them() -> None:
    """One event emitted to many connections arrives at each, and the closed ones are passed over."""
    async with place() as desk, desk.visitor() as ana, desk.visitor() as ben:
        connections: list[Connection[str]] = list(desk.room.here)
        async with desk.visitor() as cleo:
            connections.append(desk.room.here[-1])
            await cleo.ws.close()
            await desk.room.changing.until(lambda: len(desk.room.gone) == 1)
        emit_to_many(connections, "queue.updated", {"position": 2})
        for visitor in (ana, ben):
            assert await visitor.read() == '42/visitor,["queue.updated",{"position":2}]'


async def test_events_and_acknowledgements_arrive_in_the_order_they_were_made() -> None:
    """What a handler emits before it returns reaches the client before the acknowledgement."""
    async with place() as desk, desk.visitor() as ana:
        await ana.tell("echo", {"text": "hi"}, ack=1)
        assert await ana.read() == '42/visitor,["echoed",{"text":"hi"}]'
        assert await ana.read() == '43/visitor,1[{"ok":true,"text":"hi"}]'


async def test_a_payload_that_json_cannot_hold_is_the_callers_mistake() -> None:
    """`emit` raises TypeError at once, and the connection is none the worse."""
    async with place() as desk, desk.visitor() as ana:
        with pytest.raises(TypeError):
            desk.room.here[0].emit("message.created", {"text": "\ud800"})
        assert (await ana.ask("say"))["ok"] is True
