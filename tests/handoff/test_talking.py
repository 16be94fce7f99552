"""Speaking at the desk: replies, notes, mending one's own words, reading."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from conversations.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, Unsupported, WindowClosed
from conversations.hints import ConversationChanged, MessageCreated
from conversations.store import Tx
from conversations.store.tables import attachments
from handoff.desk import claiming, passing, talking
from tests.handoff.desk import MINUTE, WORKSPACE, Desk, add_inbox


async def test_a_reply_answers_what_was_asked(desk: Desk) -> None:
    """It reaches the visitor, answers all that was said, and ends the waiting; ours is read up to it."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    receipt = await sam.replies(ana, "Try another bulb.")
    now = receipt.conversation
    assert (now.answered_seq, now.waiting_on, now.waiting_since) == (now.visitor_seq, "visitor", None)
    assert (now.last_seq, now.read_us, now.unread_visitor) == (receipt.message.seq, receipt.message.seq, 1)
    assert (receipt.message.author_id, receipt.message.author_name) == (sam.id, "Sam")
    assert receipt.message.sender == sam.id


async def test_the_same_reply_is_stored_once(desk: Desk) -> None:
    """A repeat by client_id is the same message, also after the chat went on; another body is a conflict."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    first = await sam.replies(ana, "Hi Ana", "c-1")
    await sam.transfers(ana, to_agent_id=(await desk.agent("Kim")).id)
    again = await desk.do(talking.reply, sam.id, ana.conversation_id, 3, "c-1", "Hi Ana")
    assert again.duplicate
    assert again.message == first.message
    with pytest.raises(Conflict) as refused:
        await desk.do(talking.reply, sam.id, ana.conversation_id, 3, "c-1", "Hi Ben")
    assert refused.value.field == "client_id"
    with pytest.raises(Conflict):
        await desk.do(talking.note, sam.id, ana.conversation_id, "c-1", "Hi Ana")
    assert [text for kind, text in await ana.sees() if kind == "agent"] == ["Hi Ana"]


async def test_a_repeat_is_known_where_the_chat_is_not(desk: Desk) -> None:
    """A reply that was stored is acknowledged again though the chat went to a team that its sender may not see."""
    billing = await desk.team("Billing")
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    epoch = (await sam.picks(ana)).epoch
    first = await sam.replies(ana, "One moment", "c-1")
    await sam.transfers(ana, to_team_id=billing)
    again = await desk.do(talking.reply, sam.id, ana.conversation_id, epoch, "c-1", "One moment")
    assert (again.message, again.duplicate) == (first.message, True)
    with pytest.raises(NotFound):
        await desk.do(talking.reply, sam.id, ana.conversation_id, epoch, "c-2", "Still there?")


async def test_fifty_times_at_once_is_once(desk: Desk) -> None:
    """One reply sent many times at the same moment is one message."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    epoch = (await sam.picks(ana)).epoch
    receipts = await asyncio.gather(
        *(desk.do(talking.reply, sam.id, ana.conversation_id, epoch, "c-1", "Hi") for _ in range(20))
    )
    assert len({receipt.message.id for receipt in receipts}) == 1
    assert sum(not receipt.duplicate for receipt in receipts) == 1


async def test_only_who_has_the_chat_replies(desk: Desk) -> None:
    """Before accepting, after giving it away, and under an old epoch a reply is refused and stored nowhere."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    with pytest.raises(Forbidden):
        await sam.replies(ana, "hello?")
    epoch = (await sam.picks(ana)).epoch
    await sam.does(passing.release, ana)
    with pytest.raises(Conflict) as refused:
        await desk.do(talking.reply, sam.id, ana.conversation_id, epoch, "c", "hello?")
    assert refused.value.field == "epoch"
    with pytest.raises(Forbidden):
        await sam.replies(ana, "hello?")
    assert [text for kind, text in await ana.sees() if kind == "agent"] == []


async def test_a_note_is_never_the_visitors(desk: Desk) -> None:
    """A note has no seq and no rev of the visitor's, and changes nothing that the visitor may see."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    ana = await desk.waiting()
    await sam.picks(ana)
    before, seen = await ana.stands(), await ana.sees()
    desk.seen.clear()
    receipt = await desk.do(talking.note, kim.id, ana.conversation_id, "n-1", "she is a regular")
    message, now = receipt.message, receipt.conversation
    assert (message.private, message.seq, message.visitor_rev) == (True, None, None)
    assert (now.visitor_rev, now.last_seq, now.answered_seq) == (
        before.visitor_rev,
        before.last_seq,
        before.answered_seq,
    )
    assert now.agent_rev == before.agent_rev + 1
    assert await ana.sees() == seen
    [changed] = desk.hinted(ConversationChanged)
    assert [change.message.private for change in changed.changes if isinstance(change, MessageCreated)] == [True]


async def test_words_have_limits(desk: Desk) -> None:
    """Nothing, too much, and too many files are refused with their field; NUL and surrogates become U+FFFD."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    for text, error in (("", Invalid), ("  \n", Invalid), ("x" * 10_001, TooLarge)):
        with pytest.raises(error):
            await sam.replies(ana, text)
        with pytest.raises(error):
            await desk.do(talking.note, sam.id, ana.conversation_id, "n", text)
    with pytest.raises(TooLarge):
        await sam.does(talking.reply, ana, "c", "files", tuple(f"att_{n}" for n in range(11)))
    assert (await sam.replies(ana, "a\x00b\ud800<b>")).message.text == "a\ufffdb\ufffd<b>"


async def test_own_words_can_be_mended_for_a_while(desk: Desk) -> None:
    """Within fifteen minutes an agent changes or takes back their own message; visitor and agents get its next rev."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    ana = await desk.waiting()
    await sam.picks(ana)
    said = (await sam.replies(ana, "Try anther bulb.")).message
    before = await ana.stands()
    with pytest.raises(Forbidden):
        await desk.do(talking.edit, kim.id, said.id, "mine now")
    edited = await desk.do(talking.edit, sam.id, said.id, "Try another bulb.")
    after = await ana.stands()
    assert (edited.text, edited.edited_at) == ("Try another bulb.", desk.clock.now)
    assert (edited.visitor_rev, edited.agent_rev) == (before.visitor_rev + 1, before.agent_rev + 1)
    assert (after.visitor_rev, after.agent_rev, after.epoch) == (edited.visitor_rev, edited.agent_rev, before.epoch)
    assert (await desk.do(talking.edit, sam.id, said.id, "Try another bulb.")) == edited
    desk.clock.forward(15 * MINUTE + 1)
    for late in (
        desk.do(talking.edit, sam.id, said.id, "too late"),
        desk.do(talking.withdraw, sam.id, said.id),
    ):
        with pytest.raises(WindowClosed):
            await late


async def test_a_withdrawn_message_leaves_no_words(desk: Desk) -> None:
    """What is withdrawn is erased, its files too; a repeat is well and nothing brings the words back."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    await desk.do(upload, "att_1", sam.id)
    said = (await sam.does(talking.reply, ana, "c", "the password is 1234", ("att_1",))).message
    gone = await desk.do(talking.withdraw, sam.id, said.id)
    assert (gone.text, gone.content, gone.erased_at) == ("", None, desk.clock.now)
    assert await desk.do(talking.withdraw, sam.id, said.id) == gone
    assert ("agent", "") in await ana.sees()
    assert await desk.store.read(erased, "att_1") == desk.clock.now
    with pytest.raises(Invalid):
        await desk.do(talking.edit, sam.id, said.id, "the password is 1234")
    assert "1234" not in repr(await desk.facts(conversation_id=ana.conversation_id))


async def test_what_left_by_another_channel_cannot_be_mended(desk: Desk) -> None:
    """Only our own widget shows a message as it is now; elsewhere it is out, but notes can still be mended."""
    outside = replace(desk.inbox, id="inb_api", public_key="key_api", channel="api")
    await desk.do(add_inbox, outside)
    ana = await desk.visitor(inbox=outside)
    await ana.says("hello")
    sam = await desk.agent("Sam")
    await sam.does(claiming.take_over, ana)
    said = (await sam.replies(ana, "Hi")).message
    with pytest.raises(Unsupported):
        await desk.do(talking.edit, sam.id, said.id, "Hello")
    note = (await desk.do(talking.note, sam.id, ana.conversation_id, "n", "hm")).message
    assert (await desk.do(talking.edit, sam.id, note.id, "ah")).text == "ah"


async def test_a_file_is_sent_once_by_its_uploader(desk: Desk) -> None:
    """A reply carries files that its agent uploaded; somebody else's, or a second sending, is refused."""
    sam = await desk.agent("Sam")
    ana = await desk.waiting()
    await sam.picks(ana)
    await desk.do(upload, "att_mine", sam.id)
    await desk.do(upload, "att_theirs", "agt_other")
    with pytest.raises(NotFound):
        await sam.does(talking.reply, ana, "c-1", "see", ("att_theirs",))
    sent = (await sam.does(talking.reply, ana, "c-2", "", ("att_mine",))).message
    assert sent.kind == "file"
    assert sent.content is not None
    assert "att_mine" in sent.content
    with pytest.raises(NotFound):
        await sam.does(talking.reply, ana, "c-3", "again", ("att_mine",))


async def test_only_the_holder_reads_for_us(desk: Desk) -> None:
    """The holder's pointer moves forward only and tells both sides; a colleague who looks in moves nothing."""
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    ana = await desk.waiting()
    await sam.picks(ana)
    before = await ana.stands()
    assert await desk.do(talking.read, kim.id, ana.conversation_id, before.last_seq) == before
    read = await desk.do(talking.read, sam.id, ana.conversation_id, before.last_seq)
    assert (read.read_us, read.visitor_rev, read.agent_rev) == (
        before.last_seq,
        before.visitor_rev + 1,
        before.agent_rev + 1,
    )
    assert await desk.do(talking.read, sam.id, ana.conversation_id, 1) == read
    with pytest.raises(Invalid):
        await desk.do(talking.read, sam.id, ana.conversation_id, before.last_seq + 1)


def upload(tx: Tx, attachment_id: str, uploader: str) -> None:
    tx.run(
        insert(attachments).values(
            id=attachment_id,
            workspace_id=WORKSPACE,
            uploader=uploader,
            name="bulb.png",
            type="image/png",
            size_bytes=10,
            sha256="0" * 64,
            path="x",
            created_at=tx.now,
        )
    )


def erased(tx: Tx, attachment_id: str) -> int | None:
    row = tx.one(select(attachments.c.erased_at).where(attachments.c.id == attachment_id))
    assert row is not None
    return row[0]  # type: ignore[no-any-return]
