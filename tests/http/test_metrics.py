"""The figures of a process, served on a listener of their own."""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conversations import reading
from conversations.hints import ConversationChanged, MessageCreated
from server.cli.replay.client import Socket
from server.metrics import ASKED_LIMIT, Metrics
from server.settings import Settings
from tests.http.desk import Desk, opened_desk

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def figures(desk: Desk, port: int) -> dict[str, float]:
    """Every sample, by its name and labels."""
    async with desk.http.get(f"http://127.0.0.1:{port}/metrics") as response:
        assert response.status == 200
        families = text_string_to_metric_families(await response.text())
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sorted(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


async def test_a_chat_leaves_its_figures(tmp_path: Path) -> None:
    """A question that the bot cannot answer is counted as message, turn, escalation, wait and reply."""
    port = free_port()
    async with opened_desk(tmp_path, settings=Settings(data_dir=tmp_path, port=0, metrics_port=port)) as desk:
        await desk.with_bot()
        sam = await desk.agent("Sam", online=True)
        queued = asyncio.Event()

        def listen(event: str, payload: dict[str, object]) -> None:
            if event == "conversation.updated" and payload["status"] == "waiting":
                queued.set()

        auth = {"inbox": desk.founded.public_key}
        visitor = await Socket.connect(desk.http, desk.url, "/visitor", auth, listen)
        sent = await visitor.call("message.send", {"client_id": "1", "text": "What is the meaning of a blue lamp?"}, 10)
        await asyncio.wait_for(queued.wait(), 10)
        refused = await visitor.call("message.send", {"client_id": "1", "text": "Something else"}, 10)
        assert refused["error"]["code"] == "conflict"
        chat_id = sent["message"]["conversation_id"]
        chat = (await desk.get(f"conversations/{chat_id}", sam))["conversation"]
        chat = await desk.command(sam, "take_over", chat)
        body = {"client_id": "r", "epoch": chat["epoch"], "text": "Hello"}
        await desk.post(f"conversations/{chat_id}/messages", sam, body)
        found = await figures(desk, port)
        await visitor.close()
    assert found["frontdesk_messages_total author=visitor channel=web"] == 1
    assert found["frontdesk_messages_total author=agent channel=web"] == 1
    assert found["frontdesk_turns_total decision=escalate"] == 1
    assert sum(value for name, value in found.items() if name.startswith("frontdesk_escalations_total")) == 1
    assert found["frontdesk_wait_seconds_count"] == 1
    assert found["frontdesk_answer_seconds_count author=bot"] == 1
    assert found["frontdesk_acknowledge_seconds_count command=message.send namespace=/visitor"] == 2
    assert found["frontdesk_commands_refused_total code=conflict namespace=/visitor"] == 1
    assert found["frontdesk_socket_sockets_opened"] == 1
    took = "frontdesk_http_seconds_count method=POST route=/api/v1/conversations/{conversation_id}/take_over status=200"
    assert found[took] == 1


async def test_without_a_port_there_are_no_figures(desk: Desk) -> None:
    """The desk's own address does not serve them."""
    async with desk.http.get(f"{desk.url}/metrics") as response:
        assert response.status == 404


async def test_a_taken_port_ends_the_start_cleanly(tmp_path: Path) -> None:
    """The server says so, and leaves nothing running."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = Settings(data_dir=tmp_path, port=0, metrics_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="address already in use"):
            async with opened_desk(tmp_path, settings=settings):
                raise AssertionError("it started on a taken port")


def test_every_metric_is_documented() -> None:
    """docs/operating.md names each metric with its labels, and none that there is not."""
    text = (ROOT / "docs" / "operating.md").read_text()
    told = set(re.findall(r"`(frontdesk_[a-z_*]+)[`{]", text))
    made = set()
    for family in Metrics().registry.collect():
        made.add(f"{family.name}_total" if family.type == "counter" else family.name)
    assert told == made | {"frontdesk_socket_*"}


async def test_figures_keep_no_more_than_a_bound(desk: Desk) -> None:
    """Visitors whom nobody answers do not make a process grow."""
    shown = await desk.conversation()
    store = desk.served.house.store
    conversation = await store.read(reading.get, shown["id"])
    page = await store.read(reading.newest, conversation, "agent")
    (message,) = [one for one in page.messages if one.author_kind == "visitor"]
    counted = Metrics()
    for number in range(ASKED_LIMIT + 100):
        created = MessageCreated(replace(message, conversation_id=f"cnv_{number}"))
        counted.note([ConversationChanged(conversation, (created,), None, None)])
    assert counted.remembered == ASKED_LIMIT
