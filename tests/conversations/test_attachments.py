"""Files: uploaded first, sent once, by whoever brought them."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from conversations.attachments import find
from conversations.errors import NotFound, TooLarge
from conversations.held import hold
from conversations.model import Author, Message
from conversations.outbox import post
from conversations.store import Tx
from tests.conversations.desk import Desk

SAM = Author("agent", "agt_sam", "Sam")


async def test_a_file_goes_with_the_message_that_sends_it(desk: Desk) -> None:
    """A message shows its files by name, type and size; a message of files alone is of the kind `file`."""
    ana = (await desk.receives("hello")).message.sender or ""
    one, two = await desk.uploads(ana, "one.pdf"), await desk.uploads(ana, "two.pdf")
    receipt = await desk.receives("", attachment_ids=(one, two), client_id="c1")
    shown = orjson.loads(receipt.message.content or "")["attachments"]
    assert [file["name"] for file in shown] == ["one.pdf", "two.pdf"]
    assert shown[0] == {"id": one, "name": "one.pdf", "type": "application/pdf", "size_bytes": 1_234}
    assert receipt.message.kind == "file"
    stored = await desk.store.read(find, one)
    assert (stored.message_id, stored.conversation_id) == (receipt.message.id, receipt.conversation.id)
    words = await desk.receives("see", attachment_ids=(await desk.uploads(ana),))
    assert words.message.kind == "text"
    assert (await desk.receives("", attachment_ids=(one, two), client_id="c1")).duplicate


async def test_a_file_is_sent_once(desk: Desk) -> None:
    """A file that was sent cannot be sent again, not even by two messages at the same moment; a refusal keeps it."""
    ana = (await desk.receives("hello")).message.sender or ""
    file = await desk.uploads(ana)
    sends = [desk.receives("", attachment_ids=(file,), client_id=f"c{number}") for number in range(8)]
    outcomes = await asyncio.gather(*sends, return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["NotFound"] * 7 + ["Receipt"]
    other = await desk.uploads(ana)
    with pytest.raises(NotFound):
        await desk.receives("", attachment_ids=(other, file))
    assert (await desk.store.read(find, other)).message_id is None
    assert (await desk.receives("", attachment_ids=(other,))).message.kind == "file"


async def test_only_who_brought_a_file_can_send_it(desk: Desk) -> None:
    """A file of somebody else, and one that never was, are not there."""
    ana = (await desk.receives("hello")).message.sender or ""
    file = await desk.uploads(ana)
    for wrong in (file, "att_never"):
        with pytest.raises(NotFound) as refused:
            await desk.receives("", address="bo", attachment_ids=(wrong,))
        assert refused.value.field == "attachment_ids"
    with pytest.raises(NotFound):
        await desk.store.read(find, "att_never")


async def test_ten_files_are_the_most(desk: Desk) -> None:
    """A message takes ten files; the same one named twice counts and shows once."""
    ana = (await desk.receives("hello")).message.sender or ""
    files = tuple([await desk.uploads(ana) for _ in range(11)])
    with pytest.raises(TooLarge):
        await desk.receives("", attachment_ids=files)
    receipt = await desk.receives("", attachment_ids=(*files[:9], files[0]))
    assert len(orjson.loads(receipt.message.content or "")["attachments"]) == 9


async def test_an_agent_sends_files_too(desk: Desk) -> None:
    """A reply carries the files that its agent uploaded, and no others."""
    first = await desk.receives("hello")
    file, hers = await desk.uploads("agt_sam"), await desk.uploads(first.message.sender or "")

    def reply(tx: Tx, attachment_id: str) -> Message:
        held = hold(tx, first.conversation.id)
        message = post(held, SAM, "Here", sender="agt_sam", client_id="r1", attachment_ids=(attachment_id,))
        held.save()
        return message

    with pytest.raises(NotFound):
        await desk.do(reply, hers)
    message = await desk.do(reply, file)
    assert orjson.loads(message.content or "")["attachments"][0]["id"] == file
    assert [one.id for one in await desk.messages(first.conversation.id)] == [first.message.id, message.id]
