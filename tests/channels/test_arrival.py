"""What comes by a channel goes through the one door in: once, with its files, and a written number as a choice."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import Table, func, select

from channels.arrival import KeptFile, take_in
from channels.base import Arrived
from channels.capabilities import Capabilities
from conversations.model import InboundMessage, Receipt
from conversations.store import Tx
from conversations.store.tables import attachments, contacts, conversations, messages
from tests.channels.house import INBOX, Desk
from tests.channels.test_render import CHOICES

SMS = Capabilities(choices="numbered", markdown=False)
PHOTO = KeptFile("blinks.png", "image/png", 70, "0" * 64, "ab/abcdef")


async def count(desk: Desk, *tables: Table) -> list[int]:
    def read(tx: Tx) -> list[int]:
        rows = [tx.one(select(func.count()).select_from(table)) for table in tables]
        return [row[0] for row in rows if row is not None]

    return await desk.store.read(read)


async def test_a_repeat_is_the_same_message(desk: Desk) -> None:
    """One external id is one message, contact and conversation, however often the far end sends it."""
    first = await desk.hears("Hello", external_id="SM1")
    again = [await desk.hears("Hello", external_id="SM1") for _ in range(3)]
    assert [one.duplicate for one in again] == [True] * 3
    assert {one.message.id for one in again} == {first.message.id}
    assert await count(desk, messages, contacts, conversations) == [1, 1, 1]


async def test_an_address_is_one_contact(desk: Desk) -> None:
    """Messages from one address go on with one conversation; another address has its own."""
    ana = await desk.hears("Hello", of="+1")
    more = await desk.hears("Are you there?", of="+1")
    ben = await desk.hears("Hello", of="+2")
    assert more.conversation.id == ana.conversation.id
    assert ben.conversation.id != ana.conversation.id
    assert await count(desk, contacts) == [2]


async def test_a_thread_is_one_conversation(desk: Desk) -> None:
    """What the far end keeps apart stays apart, also from one address."""
    one = await desk.hears("About the lamp", thread_key="topic 1")
    two = await desk.hears("About the bill", thread_key="topic 2")
    more = await desk.hears("It blinks", thread_key="topic 1")
    assert one.conversation.id != two.conversation.id
    assert more.conversation.id == one.conversation.id


async def test_files_come_with_their_message_once(desk: Desk) -> None:
    """A file belongs to whoever sent it and to their message; sent again it is not stored again."""
    message = InboundMessage("", address="+1", external_id="MM1")
    first = await desk.store.write(take_in, INBOX, Arrived(message), SMS, [PHOTO])
    again = await desk.store.write(take_in, INBOX, Arrived(message), SMS, [PHOTO])
    assert again.duplicate
    assert first.message.kind == "file"
    shown = orjson.loads(first.message.content or "{}")["attachments"]
    assert [(one["name"], one["size_bytes"]) for one in shown] == [("blinks.png", 70)]
    assert await count(desk, attachments) == [1]


async def test_a_number_answers_the_question_that_stands(desk: Desk) -> None:
    """Where choices went out as numbered lines, the reply `2` is the second choice, and is read as its title."""
    desk.capabilities = SMS
    asked = await desk.hears("My card")
    question = await desk.says(asked.conversation.id, "Which one?", kind="choices", content=CHOICES)
    reply = await desk.hears(" 2. ")
    assert chosen(reply) == {"message_id": question.id, "value": "late"}
    assert reply.message.text == "Card has not arrived"


async def test_a_number_after_other_words_is_a_number(desk: Desk) -> None:
    """Once the visitor has gone on, the old question is closed and `2` is just what they wrote."""
    desk.capabilities = SMS
    asked = await desk.hears("My card")
    await desk.says(asked.conversation.id, "Which one?", kind="choices", content=CHOICES)
    await desk.hears("wait a moment")
    assert chosen(await desk.hears("2")) is None


async def test_a_line_of_the_house_does_not_close_the_question(desk: Desk) -> None:
    """What we say after the choices leaves them open."""
    desk.capabilities = SMS
    asked = await desk.hears("My card")
    await desk.says(asked.conversation.id, "Which one?", kind="choices", content=CHOICES)
    await desk.says(asked.conversation.id, "Take your time.")
    assert chosen(await desk.hears("none of these")) is not None


@pytest.mark.parametrize("reply", ["7", "my card is lost", "2 cards"])
async def test_other_words_stay_words(reply: str, desk: Desk) -> None:
    """A reply that names no choice is stored as it was written."""
    desk.capabilities = SMS
    asked = await desk.hears("My card")
    await desk.says(asked.conversation.id, "Which one?", kind="choices", content=CHOICES)
    got = await desk.hears(reply)
    assert (got.message.text, chosen(got)) == (reply, None)


async def test_where_there_are_buttons_a_number_is_a_number(desk: Desk) -> None:
    """A channel that showed buttons tells what was pressed; `2` there may mean two of something."""
    asked = await desk.hears("My card")
    await desk.says(asked.conversation.id, "Which one?", kind="choices", content=CHOICES)
    assert chosen(await desk.hears("2")) is None


async def test_a_number_in_another_thread_is_a_number(desk: Desk) -> None:
    """A question is answered in its own conversation only."""
    desk.capabilities = SMS
    asked = await desk.hears("My card", thread_key="one")
    await desk.says(asked.conversation.id, "Which one?", kind="choices", content=CHOICES)
    assert chosen(await desk.hears("2", thread_key="two")) is None
    assert chosen(await desk.hears("2", thread_key="one")) is not None


async def test_a_repeated_number_is_the_same_message(desk: Desk) -> None:
    """The far end's repeat of a choice is answered with what was stored, not read anew."""
    desk.capabilities = SMS
    asked = await desk.hears("My card")
    await desk.says(asked.conversation.id, "Which one?", kind="choices", content=CHOICES)
    first = await desk.hears("1", external_id="SM9")
    again = await desk.hears("1", external_id="SM9")
    assert again.duplicate
    assert again.message.id == first.message.id


def chosen(receipt: Receipt) -> object:
    return orjson.loads(receipt.message.content or "{}").get("choice")
