"""A conversation led through any moves there are: its rows, its revs, its facts and what was hinted agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select, update

from conversations.errors import Conflict, IllegalTransition, NotFound
from conversations.held import Held, hold
from conversations.hints import ConversationUpdated, MessageCreated, MessageUpdated, ReadUpdated
from conversations.inbox import receive
from conversations.items import enter_queue, leave_queue
from conversations.lifecycle import AFTER, Move
from conversations.model import SYSTEM, Audience, Author, Conversation, InboundMessage, Message, Resolution
from conversations.outbox import post
from conversations.reading import Page, changes_after, get, newest
from conversations.statements import ALL_MESSAGE, GET_MESSAGE, message_from
from conversations.store import Statement, Tx
from conversations.store.tables import conversations, messages
from tests.conversations.desk import BOT, WEB, Desk

AGENTS = {name: Author("agent", f"agt_{name}", name.title()) for name in ("sam", "kim")}
SAM = AGENTS["sam"]
RESOLUTIONS: list[Resolution] = ["confirmed", "visitor_ended", "auto_closed", "abandoned", "spam", "agent"]
TO_QUEUE = ("escalate", "requeue", "release", "wake_to_queue", "reopen_to_queue")

FIRST = Statement(
    select(*ALL_MESSAGE).where(messages.c.conversation_id == bindparam("conversation_id"), messages.c.seq == 1)
)

agents = st.sampled_from(sorted(AGENTS))
steps = st.one_of(
    st.tuples(st.just("move"), st.sampled_from(sorted({move for _, move in AFTER})), agents),
    st.tuples(st.sampled_from(["visitor", "bot", "note", "agent", "line"]), st.just(""), agents),
    st.tuples(st.sampled_from(["read_visitor", "read_us", "label", "amend"]), st.just(""), agents),
    st.tuples(st.just("wait"), st.just(""), agents),
)


def moved(tx: Tx, conversation_id: str, move: Move, by: str) -> Conversation:
    """A move as the rooms make it: what leaves the queue closes its item, what enters has one."""
    held = hold(tx, conversation_id)
    was, agent = held.conversation, AGENTS[by]
    if (was.status, move) not in AFTER:
        held.move(move, agent, assignee_id=agent.id)
    if was.status == "queued":
        leave_queue(held, agent, taken=AFTER[was.status, move] == "assigned", reason="moved")
    if move in TO_QUEUE:
        enter_queue(held, move, agent, reason="moved", preferred_agent_id=was.assignee_id)
    else:
        resolution = RESOLUTIONS[was.epoch % len(RESOLUTIONS)] if move == "resolve" else None
        held.move(move, agent, assignee_id=agent.id, resolution=resolution)
    return held.save()


def said(tx: Tx, conversation_id: str, how: str, by: str, number: int) -> Conversation:
    """One thing said or done that is no move."""
    held = hold(tx, conversation_id)
    was, agent = held.conversation, AGENTS[by]
    match how:
        case "bot":
            post(held, BOT, f"b{number}", columns={"answered_seq": was.visitor_seq})
        case "note":
            post(held, agent, f"n{number}", private=True, sender=agent.id, client_id=f"c{number}")
        case "agent":
            done = {"answered_seq": was.visitor_seq, "read_us": was.last_seq + 1, "waiting_on": "visitor"}
            post(held, agent, f"a{number}", sender=agent.id, client_id=f"c{number}", columns=done)
        case "line":
            post(held, SYSTEM, f"l{number}", kind="event")
        case "read_visitor":
            seen = {"read_visitor": was.last_seq, "delivered_visitor": was.last_seq, "unread_visitor": 0}
            held.mark_read(Author("visitor", was.identity_id), was.last_seq, seen)
        case "read_us":
            held.mark_read(agent, was.last_seq, {"read_us": was.last_seq})
        case "label":
            category = f"k{number}"
            columns = {"category": category}
            held.update(agent, "conversation_updated", visible=False, columns=columns, category=category)
        case "amend":
            amend(held, number)
    return held.save()


def amend(held: Held, number: int) -> None:
    """The first message of all gets other words."""
    row = held.tx.one(FIRST, {"conversation_id": held.conversation.id})
    assert row is not None
    held.amend(message_from(row), "message_edited", SYSTEM, {"text": f"e{number}", "edited_at": held.tx.now})


AUDIENCES: tuple[Audience, ...] = ("visitor", "agent")


@dataclass
class Reader:
    """Somebody who read a conversation once, and has only asked for changes since."""

    audience: Audience
    rev: int
    seen: dict[str, Message]

    async def catches_up(self, desk: Desk, conversation_id: str, limit: int) -> None:
        more = True
        while more:
            page = await desk.store.read(_changed, conversation_id, self.audience, self.rev, limit)
            self.seen |= {message.id: message for message in page.messages}
            assert page.rev > self.rev or not page.more
            self.rev, more = page.rev, page.more


def _changed(tx: Tx, conversation_id: str, audience: Audience, rev: int, limit: int) -> Page:
    return changes_after(tx, get(tx, conversation_id), audience, rev, limit)


def _newest(tx: Tx, conversation_id: str, audience: Audience) -> Page:
    return newest(tx, get(tx, conversation_id), audience, 200)


class Watched:
    """A conversation of its own, what must hold of it after each step, and readers who come in between."""

    def __init__(self, desk: Desk, now: Conversation) -> None:
        self.desk = desk
        self.now = now
        self.readers: list[Reader] = []

    async def is_read(self) -> None:
        """A reader of each audience looks in."""
        for audience in AUDIENCES:
            page = await self.desk.store.read(_newest, self.now.id, audience)
            self.readers.append(Reader(audience, page.rev, {message.id: message for message in page.messages}))

    async def step(self, how: str, move: str, by: str) -> None:
        before, seen = self.now, len(self.desk.changes(self.now.id))
        try:
            await self.take(how, move, by)
        except IllegalTransition:
            assert how == "move"
            assert (before.status, move) not in AFTER
            assert await self.desk.conversation(before.id) == before
            assert len(self.desk.changes(before.id)) == seen
            return
        self.now = await self.desk.conversation(before.id)
        self.check(before, self.desk.changes(before.id)[seen:])

    async def take(self, how: str, move: Any, by: str) -> None:
        desk, number = self.desk, next(self.desk.numbers)
        if how == "move":
            await desk.do(moved, self.now.id, move, by)
        elif how == "wait":
            desk.clock.forward(1_000)
        elif how == "visitor":
            inbound = InboundMessage(f"v{number}", identity_id=self.now.identity_id, conversation_id=self.now.id)
            await desk.do(receive, WEB, inbound)
        else:
            await desk.do(said, self.now.id, how, by, number)

    def check(self, before: Conversation, changes: list[object]) -> None:
        """Every change has the next rev of each audience that sees it, every change of hands the next epoch."""
        now = self.now
        agent_rev, visitor_rev = before.agent_rev, before.visitor_rev
        moves = 0
        for change in changes:
            agent_rev += 1
            match change:
                case MessageCreated(message):
                    assert message.agent_rev == message.made_rev == agent_rev
                    visitor_rev += 0 if message.private else 1
                    assert message.visitor_rev == (None if message.private else visitor_rev)
                case MessageUpdated(message):
                    visitor_rev += 1
                    assert (message.agent_rev, message.visitor_rev) == (agent_rev, visitor_rev)
                case ConversationUpdated(seen_rev, rev):
                    visitor_rev += 0 if seen_rev is None else 1
                    assert (seen_rev or visitor_rev, rev) == (visitor_rev, agent_rev)
                    moves += 1
                case ReadUpdated():
                    visitor_rev += 1
                    assert (change.visitor_rev, change.agent_rev) == (visitor_rev, agent_rev)
        assert (now.agent_rev, now.visitor_rev) == (agent_rev, visitor_rev)
        assert now.epoch - before.epoch <= moves
        if (now.status, now.assignee_id) != (before.status, before.assignee_id):
            assert now.epoch > before.epoch
        assert (now.assignee_id is not None) == (now.status in ("assigned", "snoozed"))
        assert (now.resolution is not None) == (now.status == "resolved")
        assert now.last_seq >= before.last_seq

    async def end(self) -> None:
        """The facts alone tell the same; they have every rev once and again, and no other epoch than the rows had."""
        desk, facts = self.desk, await self.desk.facts(self.now.id)
        assert await desk.by_facts(self.now.id) == await desk.by_rows(self.now.id)
        state = await desk.by_rows(self.now.id)
        assert (state.item_id is not None) == (self.now.status == "queued")
        revs = [fact.rev or 0 for fact in facts]
        assert revs == sorted(revs)
        assert set(revs) - {0} == set(range(1, self.now.agent_rev + 1))
        epochs = [fact.epoch for fact in facts if fact.kind == "status_changed"]
        assert epochs == list(range(2, self.now.epoch + 1))
        for number, reader in enumerate(self.readers):
            await reader.catches_up(desk, self.now.id, limit=1 + number % 4)
            fresh = await desk.store.read(_newest, self.now.id, reader.audience)
            assert reader.rev == fresh.rev
            assert reader.seen == {message.id: message for message in fresh.messages}
            assert reader.audience == "agent" or not any(message.private for message in fresh.messages)
        stored = await desk.messages(self.now.id)
        seen = [message.seq for message in stored if not message.private]
        assert seen == list(range(1, self.now.last_seq + 1))


async def walk(desk: Desk, path: list[tuple[str, str, str]]) -> None:
    receipt = await desk.receives("Hello", address=f"walker{next(desk.numbers)}")
    watched = Watched(desk, receipt.conversation)
    for number, (how, move, by) in enumerate(path):
        if number % 4 == 1:
            await watched.is_read()
        await watched.step(how, move, by)
    await watched.end()
    desk.hints.clear()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.lists(steps, min_size=1, max_size=25))
async def test_any_walk_holds_together_on_sqlite(on_sqlite: Desk, path: list[tuple[str, str, str]]) -> None:
    """On any walk of moves and words revs have no gap, epochs rise with each change of hands, facts tell it all,
    and whoever asks for changes since any moment ends with what a fresh reader sees.
    """
    await walk(on_sqlite, path)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.lists(steps, min_size=1, max_size=15))
async def test_any_walk_holds_together_on_postgresql(on_postgresql: Desk, path: list[tuple[str, str, str]]) -> None:
    """On any walk of moves and words revs have no gap, epochs rise with each change of hands, facts tell it all."""
    await walk(on_postgresql, path)


async def test_an_old_epoch_changes_nothing(desk: Desk) -> None:
    """Who holds a conversation under an epoch that is over is refused, and told whose present state to look at."""
    first = (await desk.receives("one")).conversation
    await desk.do(moved, first.id, "take_over", "sam")
    for epoch in (1, 3, 0):
        with pytest.raises(Conflict) as refused:
            await desk.do(lambda tx, epoch: hold(tx, first.id, epoch=epoch), epoch)
        assert (refused.value.field, refused.value.conversation_id) == ("epoch", first.id)
    await desk.do(lambda tx: hold(tx, first.id, epoch=2))
    with pytest.raises(NotFound):
        await desk.do(lambda tx: hold(tx, "cnv_never"))


async def test_the_same_hands_again_are_a_change_of_hands(desk: Desk) -> None:
    """A move to the same status and agent raises the epoch, too: an older command is over."""
    first = (await desk.receives("one")).conversation
    await desk.do(moved, first.id, "take_over", "sam")
    again = await desk.do(moved, first.id, "transfer", "sam")
    assert (again.status, again.assignee_id, again.epoch) == ("assigned", "agt_sam", 3)
    other = await desk.do(moved, first.id, "transfer", "kim")
    assert (other.assignee_id, other.epoch) == ("agt_kim", 4)


async def test_a_move_that_needs_an_agent_says_so(desk: Desk) -> None:
    """Assigning to nobody is an error of the caller, and changes nothing."""

    def nobody(tx: Tx) -> None:
        held = hold(tx, first.id)
        held.move("take_over", SAM)
        held.save()

    first = (await desk.receives("one")).conversation
    with pytest.raises(ValueError, match="needs an assignee"):
        await desk.do(nobody)
    assert await desk.conversation(first.id) == first


BREAKS: dict[str, dict[str, Any]] = {
    "assigned to nobody": {"status": "assigned"},
    "with the bot, and somebody": {"assignee_id": "agt_sam"},
    "resolved without saying how": {"status": "resolved"},
    "open, with a resolution": {"resolution": "agent"},
    "a status that is none": {"status": "lost"},
    "a conversation of nobody": {"identity_id": "vis_never"},
}


async def test_the_database_keeps_to_the_states_itself(desk: Desk) -> None:
    """Rows that no move leads to are refused by the database, whoever writes them."""
    first = (await desk.receives("one")).conversation
    for wrong in BREAKS.values():
        statement = update(conversations).where(conversations.c.id == first.id).values(**wrong)
        with pytest.raises(Exception, match=r"(?i)constraint"):
            await desk.do(lambda tx, statement: tx.run(statement), statement)
    assert await desk.conversation(first.id) == first


async def test_a_message_can_be_read_back_by_its_id(desk: Desk) -> None:
    """What `receive` returns is what is stored, to the last field, also a private note's."""
    receipt = await desk.receives("one", client_id="c1")
    await desk.do(said, receipt.conversation.id, "note", "sam", 1)
    for message in await desk.messages(receipt.conversation.id):
        row = await desk.store.read(lambda tx, id_: tx.one(GET_MESSAGE, {"id": id_}), message.id)
        assert row is not None
        assert message_from(row) == message
        assert type(message.private) is bool
