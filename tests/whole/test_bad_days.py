"""Too much, too fast, a database that fails, a session that is over, a server that ends: always an answer."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from conversations import reading
from conversations.store import NoPoints, Tx
from handoff import agents, sessions
from server.realtime.sessions import Rates
from tests.whole.house import LIVELY, TestHouse, whole_house
from tests.whole.people import Visitor
from tests.whole.wire import Rejected

Json = Any


class Orders(NoPoints):
    """At a named point, once for each order: fail with an error, or wait until the test lets go."""

    def __init__(self) -> None:
        self.fails: dict[str, BaseException] = {}
        self.stops: dict[str, threading.Event] = {}
        self.reached = threading.Event()

    def reach(self, point: str) -> None:
        if point in self.fails:
            raise self.fails.pop(point)
        if point in self.stops:
            gate = self.stops.pop(point)
            self.reached.set()
            gate.wait(10)


def nothing(tx: Tx) -> None:
    """A transaction that only takes its place in the line."""


async def has_stopped(orders: Orders) -> None:
    assert await asyncio.to_thread(orders.reached.wait, 10)


async def test_who_is_too_fast_is_told_when_to_try_again(tmp_path: Path) -> None:
    """One measure for all windows of a visitor, one of its own for messages; the limit holds, the wait ends it."""
    rates = Rates(visitor_messages_per_s=2.0, visitor_messages_burst=3, commands_per_s=2.0, commands_burst=4)
    async with whole_house(tmp_path, beats=LIVELY, rates=rates) as house:
        ana = await house.visitor()
        other = await house.comes_again(ana)
        told = [
            await window.call("message.send", client_id=str(n), text="hi") for n, window in enumerate([ana, other] * 3)
        ]
        refused = [one["error"] for one in told if not one["ok"]]
        assert [one["code"] for one in refused] == ["rate_limited"] * len(refused)
        assert 2 <= len(refused) <= 3
        assert 0 < refused[-1]["retry_after_s"] <= 0.5
        lists = [await ana.call("conversations.list") for _ in range(6)]
        assert lists[0]["ok"], "messages and other commands are counted apart"
        assert lists[-1]["error"]["code"] == "rate_limited"
        await asyncio.sleep(refused[-1]["retry_after_s"])  # what it was told to do
        assert (await other.call("message.send", client_id="later", text="hi"))["ok"]
        ben = await house.visitor()
        assert (await ben.call("message.send", client_id="1", text="hi"))["ok"], "others have a measure of their own"


async def test_an_agent_who_is_too_fast_is_told_so(tmp_path: Path) -> None:
    """Agents have a measure, too."""
    async with whole_house(tmp_path, beats=LIVELY, rates=Rates(commands_per_s=1.0, commands_burst=3)) as house:
        sam = await house.at_desk("Sam")
        told = [await sam.call("status.set", status="away") for _ in range(4)]
        assert told[-1]["error"]["code"] == "rate_limited"


async def test_too_many_windows_push_the_oldest_out(house: TestHouse) -> None:
    """Twenty windows of one visitor; for one more the oldest closes, and its client stays away."""
    ana = await house.visitor()
    windows = [await house.comes_again(ana) for _ in range(20)]
    await ana.wire.end()
    assert ana.wire.dismissed
    await windows[0].says("the others go on")
    await windows[-1].hears("visitor", "the others go on")


async def test_a_full_queue_of_writes_is_answered_unavailable(tmp_path: Path) -> None:
    """While thousands of writes wait a visitor is told to try again at once; when they are done, it works."""
    orders = Orders()
    async with whole_house(tmp_path, beats=LIVELY, points=orders) as house:
        ana = await house.visitor()
        gate = orders.stops["receive.locked"] = threading.Event()
        slow = ana.wire.ask("message.send", {"client_id": "slow", "text": "hi"})
        await has_stopped(orders)
        crowd = [asyncio.ensure_future(house.house.store.write(nothing)) for _ in range(4_096)]
        await asyncio.sleep(0)
        other = await asyncio.wait_for(_refused_connection(house), 10)
        assert other["code"] == "unavailable"
        gate.set()
        told = await slow
        assert told["ok"] or told["error"]["code"] == "unavailable"
        await asyncio.gather(*crowd, return_exceptions=True)
        again = await ana.do("message.send", client_id="slow", text="hi")
        assert again["duplicate"] is told["ok"]


async def _refused_connection(house: TestHouse) -> Json:
    with pytest.raises(Rejected) as refused:
        await house.visitor()
    return refused.value.error


@pytest.mark.parametrize("point", ["receive.locked", "receive.stored", "store.commit"])
async def test_a_database_that_fails_is_answered_unavailable(tmp_path: Path, point: str) -> None:
    """Nothing of the message is there; sent again under the same id it is stored once."""
    orders = Orders()
    async with whole_house(tmp_path, beats=LIVELY, points=orders) as house:
        ana, error = await _meets_the_failure(house, orders, point)
        assert error["code"] == "unavailable"
        assert error["retry_after_s"] > 0
        assert "disk" not in str(error), "what broke here is for the log"
        told = await ana.do("message.send", client_id="c-1", text="where is my parcel")
        assert (told["message"]["seq"], told["duplicate"]) == (1, False)


async def _meets_the_failure(house: TestHouse, orders: Orders, point: str) -> tuple[Visitor, Json]:
    """A visitor whose message met the failure, and what they were told: a job of the house may meet it first."""
    for _ in range(10):
        ana = await house.visitor()
        orders.fails[point] = sqlite3.OperationalError("disk I/O error")
        told = await ana.call("message.send", client_id="c-1", text="where is my parcel")
        if not told["ok"]:
            return ana, told["error"]
    raise AssertionError(f"no message met a failure at {point}")


async def test_a_failure_of_our_own_is_answered_unavailable_and_told_to_nobody(tmp_path: Path) -> None:
    """A bug in a command ends neither the socket nor the next command, and its words stay in the log."""
    orders = Orders()
    async with whole_house(tmp_path, beats=LIVELY, points=orders) as house:
        ana = await house.visitor()
        orders.fails["receive.locked"] = RuntimeError("a secret of the house")
        error = await ana.refused("message.send", client_id="1", text="hi")
        assert error["code"] == "unavailable"
        assert "secret" not in str(error)
        await ana.do("message.send", client_id="1", text="hi")


async def test_a_revoked_session_closes_its_sockets_and_no_others(house: TestHouse) -> None:
    """Logged out: that session's sockets end and stay away; another session of the same agent goes on."""
    sam = await house.at_desk("Sam")
    window = await house.comes_again(sam)
    elsewhere = sam.another_window()
    elsewhere.token, _ = await house.house.store.write(sessions.open_session, sam.id)
    await elsewhere.comes()
    await house.house.store.write(sessions.revoke, sam.token)
    await sam.wire.end()
    await window.wire.end()
    assert sam.wire.dismissed
    with pytest.raises(Rejected) as refused:
        await house.comes_again(sam)
    assert refused.value.error["code"] == "unauthorized"
    await elsewhere.do("status.set", status="away")
    await elsewhere.close()


async def test_what_waits_when_a_session_is_revoked_is_not_done(tmp_path: Path) -> None:
    """Commands sent before, and not begun, are refused: revoking means now."""
    orders = Orders()
    async with whole_house(tmp_path, beats=LIVELY, points=orders) as house:
        sam = await house.at_desk("Sam")
        ana = await house.visitor()
        await ana.asks_for_a_person()
        await sam.accepts(ana.conversation_id)
        epoch = await sam.epoch_of(ana.conversation_id)
        gate = orders.stops["reply.locked"] = threading.Event()
        reply = {"conversation_id": ana.conversation_id, "epoch": epoch, "text": "begun"}
        sam.wire.ask("message.send", {**reply, "client_id": "1"})
        await has_stopped(orders)
        sam.wire.ask("message.send", {**reply, "client_id": "2", "text": "waiting"})
        revoked = asyncio.ensure_future(house.house.store.write(sessions.revoke, sam.token))
        await asyncio.sleep(0)
        gate.set()
        await revoked
        await sam.wire.end()
        await ana.hears("agent", "begun")
        boss = await house.at_desk("Boss", role="supervisor")
        texts = [one["text"] for one in (await boss.fresh(ana.conversation_id))["messages"]]
        assert "begun" in texts
        assert "waiting" not in texts


async def test_an_archived_agent_is_out_at_once(house: TestHouse) -> None:
    """Archiving ends sessions and sockets, though the agent's row says nothing of them any more."""
    sam, lea = await house.at_desk("Sam"), await house.at_desk("Lea")
    await house.house.store.write(agents.archive, house.founded.workspace_id, sam.id)
    await sam.wire.end()
    assert sam.wire.dismissed
    await lea.do("status.set", status="away")


async def test_a_ticket_opens_one_socket(house: TestHouse) -> None:
    """A minute's ticket instead of the session's token: used once, it is used up."""
    sam = await house.at_desk("Sam")
    ticket = await house.house.store.write(sessions.make_ticket, sam.token)
    window = sam.another_window()
    await window.comes(ticket)
    with pytest.raises(Rejected) as refused:
        await sam.another_window().comes(ticket)
    assert refused.value.error["code"] == "unauthorized"
    await window.close()


async def test_a_server_that_ends_finishes_what_it_began(tmp_path: Path) -> None:
    """A message at work is acknowledged before the socket closes, with 1012; who comes then is told to come later."""
    orders = Orders()
    async with whole_house(tmp_path, beats=LIVELY, points=orders) as house:
        ana = await house.visitor()
        gate = orders.stops["receive.locked"] = threading.Event()
        sent = ana.wire.ask("message.send", {"client_id": "1", "text": "just before the end"})
        await has_stopped(orders)
        closing = asyncio.ensure_future(house.served.sockets.close())
        await asyncio.sleep(0)
        assert (await _handshake(house)).startswith(b"HTTP/1.1 503")
        gate.set()
        told = await sent
        assert told["ok"]
        await closing
        await ana.wire.end()
        assert ana.wire.close_code == 1012
        assert not ana.wire.dismissed, "the official clients come back by themselves"
        read = await house.house.store.read(_texts, told["message"]["conversation_id"])
        assert read[0] == "just before the end"


async def _handshake(house: TestHouse) -> bytes:
    """What a socket's request is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", house.served.port)
    writer.write(
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: desk\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    answer = await asyncio.wait_for(reader.read(4_096), 10)
    writer.close()
    await writer.wait_closed()
    return answer


def _texts(tx: Tx, conversation_id: str) -> list[str]:
    return [one.text for one in reading.newest(tx, reading.get(tx, conversation_id), "visitor").messages]
