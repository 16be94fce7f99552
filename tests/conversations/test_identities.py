"""Who writes: devices and their tokens, people proven by their site's own server, two who turn out to be one."""

from __future__ import annotations

import asyncio

import orjson
import pytest
from sqlalchemy import insert, select

from conversations import visitor
from conversations.errors import Invalid
from conversations.hints import ConversationUpdated, IdentityMerged
from conversations.identities import DEVICE_LIFE_MS, Profile, Visitor, meet, token_hash
from conversations.model import Inbox
from conversations.store.tables import contacts, devices, identities
from tests.conversations.desk import API, HOUR, START, WEB, Desk

NOBODY = Profile()
ANA = Profile(name="Ana", email="ana@example.com", verified=True)


async def comes(
    desk: Desk,
    token: str | None = None,
    *,
    fresh: str = "fresh",
    subject: str | None = None,
    profile: Profile = NOBODY,
    inbox: Inbox = WEB,
) -> Visitor:
    """A socket connects."""
    return await desk.do(meet, inbox, token, fresh, subject, profile)


async def test_a_new_device_is_a_new_visitor(desk: Desk) -> None:
    """Without a token, or with one that says nothing, a fresh visitor is made under the fresh token."""
    first = await comes(desk, fresh="t1")
    second = await comes(desk, "never given", fresh="t2")
    assert (first.is_new, first.subject, first.name) == (True, None, None)
    assert first.identity_id != second.identity_id
    assert (await comes(desk, "t1", fresh="unused")).identity_id == first.identity_id
    kept = {row[0] for row in await desk.rows(select(devices.c.token_hash))}
    assert kept == {token_hash("t1"), token_hash("t2")}


async def test_a_token_belongs_to_its_inbox(desk: Desk) -> None:
    """A token given in one inbox says nothing in another."""
    first = await comes(desk, fresh="t1")
    assert (await comes(desk, "t1", fresh="t2", inbox=API)).identity_id != first.identity_id


async def test_a_token_lives_on_while_it_is_used(desk: Desk) -> None:
    """A token is good for 180 days after its last use, not after its first."""
    first = await comes(desk, fresh="t1")
    for _ in range(3):
        desk.clock.forward(DEVICE_LIFE_MS - HOUR)
        assert (await comes(desk, "t1")).identity_id == first.identity_id
    desk.clock.forward(DEVICE_LIFE_MS + 1)
    assert (await comes(desk, "t1", fresh="t2")).is_new


async def test_any_token_can_be_tried(desk: Desk) -> None:
    """Whatever is sent as a token is looked up and not found: it breaks nothing."""
    for number, token in enumerate(("", "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --")):
        assert (await comes(desk, token, fresh=f"t{number}")).is_new


async def test_a_known_person_is_the_same_on_every_device(desk: Desk) -> None:
    """A proven subject is one identity, whichever devices it comes by; its name comes from the proof."""
    first = await comes(desk, fresh="t1", subject="u1", profile=ANA)
    second = await comes(desk, fresh="t2", subject="u1")
    assert first.identity_id == second.identity_id
    assert (first.name, second.name) == ("Ana", "Ana")
    [row] = await desk.rows(select(contacts.c.name, contacts.c.email, contacts.c.verified))
    assert row == ("Ana", "ana@example.com", '["name","email"]')
    assert (await comes(desk, "t2")).identity_id == first.identity_id


async def test_an_anonymous_visitor_who_identifies_keeps_everything(desk: Desk) -> None:
    """The first time a person is proven, the anonymous identity becomes theirs, under the same id."""
    anonymous = await comes(desk, fresh="t1")
    said = await desk.receives("before", identity_id=anonymous.identity_id, client_id="c1")
    known = await comes(desk, "t1", subject="u1", profile=ANA)
    assert (known.identity_id, known.is_new, known.name) == (anonymous.identity_id, False, "Ana")
    again = await desk.receives("before", identity_id=known.identity_id, client_id="c1")
    assert (again.duplicate, again.conversation.id) == (True, said.conversation.id)
    [fact] = [fact for fact in await desk.facts() if fact.kind == "visitor_identified"]
    assert fact.data == {"from": anonymous.identity_id, "to": anonymous.identity_id}


async def test_two_who_are_one_are_merged(desk: Desk) -> None:
    """An anonymous visitor who proves to be somebody known brings conversations, messages and unsent files along."""
    known = await comes(desk, fresh="t1", subject="u1", profile=ANA)
    anonymous = await comes(desk, fresh="t2")
    first = await desk.receives("by phone", identity_id=anonymous.identity_id, client_id="c1")
    other = await desk.receives("and this", identity_id=anonymous.identity_id, client_id="c2", start_new=True)
    file = await desk.uploads(anonymous.identity_id)
    desk.hints.clear()
    merged = await comes(desk, "t2", subject="u1")
    assert (merged.identity_id, merged.name) == (known.identity_id, "Ana")
    for was in (first.conversation, other.conversation):
        now = await desk.conversation(was.id)
        assert (now.identity_id, now.contact_id) == (known.identity_id, known.contact_id)
        assert (now.agent_rev, now.visitor_rev, now.epoch) == (was.agent_rev + 1, was.visitor_rev, was.epoch)
        assert desk.changes(was.id) == [ConversationUpdated(None, now.agent_rev)]
        assert [fact.kind for fact in await desk.facts(was.id)][-1] == "visitor_identified"
        assert await desk.by_facts(was.id) == await desk.by_rows(was.id)
    assert IdentityMerged(anonymous.identity_id, known.identity_id) in desk.hints
    assert (await desk.receives("by phone", identity_id=known.identity_id, client_id="c1")).duplicate
    sent = await desk.receives("", identity_id=known.identity_id, attachment_ids=(file,))
    assert sent.conversation.id == other.conversation.id
    assert (await comes(desk, "t2")).identity_id == known.identity_id


async def test_a_socket_of_before_writes_into_the_merged_conversation(desk: Desk) -> None:
    """A tab that connected before its visitor identified in another goes on writing, as who they are now."""
    known = await comes(desk, fresh="t1", subject="u1")
    anonymous = await comes(desk, fresh="t2")
    first = await desk.receives("one", identity_id=anonymous.identity_id, client_id="c1")
    await comes(desk, "t2", subject="u1")
    late = await desk.receives("two", identity_id=anonymous.identity_id, client_id="c2")
    assert late.conversation.id == first.conversation.id
    assert late.message.sender == known.identity_id
    assert (await desk.receives("one", identity_id=anonymous.identity_id, client_id="c1")).duplicate


async def test_both_may_have_used_the_same_client_id(desk: Desk) -> None:
    """Where both used one client_id, each for a message of their own, both messages stay."""
    known = await comes(desk, fresh="t1", subject="u1")
    anonymous = await comes(desk, fresh="t2")
    mine = await desk.receives("as u1", identity_id=known.identity_id, client_id="same")
    theirs = await desk.receives("as nobody", identity_id=anonymous.identity_id, client_id="same")
    await comes(desk, "t2", subject="u1")
    again = await desk.receives("as u1", identity_id=known.identity_id, client_id="same")
    assert again.message.id == mine.message.id
    [kept] = await desk.messages(theirs.conversation.id)
    assert (kept.text, kept.author_id) == ("as nobody", known.identity_id)


async def test_a_device_of_somebody_else_starts_afresh(desk: Desk) -> None:
    """A token tied to another subject is ignored: on a shared computer nobody sees the other's conversations."""
    ana = await comes(desk, fresh="t1", subject="u1")
    bo = await comes(desk, "t1", fresh="t2", subject="u2")
    assert bo.is_new
    assert bo.identity_id != ana.identity_id
    assert (await comes(desk, "t1", fresh="t3", subject="u1")).identity_id == ana.identity_id


async def test_only_what_is_proven_counts_as_verified(desk: Desk) -> None:
    """What a visitor says of themselves is kept as said; what the site's server proves is marked, and wins."""
    claimed = Profile(name="Hacker", email="boss@example.com", attributes={"plan": "free"})
    first = await comes(desk, fresh="t1", profile=claimed)
    row = select(contacts.c.name, contacts.c.email, contacts.c.attributes, contacts.c.verified)
    assert await desk.rows(row) == [("Hacker", "boss@example.com", '{"plan":"free"}', "[]")]
    proven = Profile(name="Ana", attributes={"plan": "pro"}, verified=True)
    await comes(desk, "t1", subject="u1", profile=proven)
    [(name, email, attributes, verified)] = await desk.rows(row.where(contacts.c.id == first.contact_id))
    assert (name, email) == ("Ana", "boss@example.com")
    assert (orjson.loads(attributes), orjson.loads(verified)) == ({"plan": "pro"}, ["name", "attributes.plan"])


async def test_a_subject_that_is_no_name_is_refused(desk: Desk) -> None:
    """A subject with characters that no name has is refused, whoever signed it."""
    for subject in ("", "\x00", "\ud800", "x" * 501):
        with pytest.raises(Invalid) as refused:
            await comes(desk, fresh="t1", subject=subject)
        assert refused.value.field == "identity"


async def test_devices_that_identify_at_once_are_one_person(desk: Desk) -> None:
    """Ten anonymous devices of one person that identify at the same moment end as one identity, with all chats."""
    met = [await comes(desk, fresh=f"t{number}") for number in range(10)]
    said = [await desk.receives("hi", identity_id=one.identity_id, client_id=one.identity_id) for one in met]
    await asyncio.gather(*[comes(desk, f"t{number}", subject="u1", profile=ANA) for number in range(10)])
    at = select(identities.c.id).where(identities.c.address == "sub:u1")
    [(known,)] = await desk.rows(at)
    for one in said:
        assert (await desk.conversation(one.conversation.id)).identity_id == known
    assert {(await comes(desk, f"t{number}")).identity_id for number in range(10)} == {known}


async def test_who_writes_while_they_are_merged_loses_nothing(desk: Desk) -> None:
    """Messages sent while their sender is being merged go to the conversation that moves with them."""
    await comes(desk, fresh="t0", subject="u1")
    anonymous = await comes(desk, fresh="t1")
    first = await desk.receives("m", identity_id=anonymous.identity_id, client_id="c")
    receipts, _ = await asyncio.gather(
        asyncio.gather(
            *[desk.receives("m", identity_id=anonymous.identity_id, client_id=f"c{number}") for number in range(20)]
        ),
        comes(desk, "t1", subject="u1"),
    )
    assert {receipt.conversation.id for receipt in receipts} == {first.conversation.id}
    stored = await desk.messages(first.conversation.id)
    assert sorted(message.seq or 0 for message in stored) == list(range(1, 22))
    assert await desk.by_facts(first.conversation.id) == await desk.by_rows(first.conversation.id)


async def test_conversations_begun_while_they_are_merged_move_too(desk: Desk) -> None:
    """A conversation that an anonymous visitor opens at the moment in which they identify is theirs afterwards."""
    for number in range(8):
        known = await comes(desk, fresh=f"k{number}", subject=f"u{number}")
        anonymous = await comes(desk, fresh=f"a{number}")
        says = [desk.receives(f"m{one}", identity_id=anonymous.identity_id, start_new=True) for one in range(6)]
        before, after = asyncio.gather(*says[:3]), asyncio.gather(*says[3:])
        identifies = asyncio.create_task(comes(desk, f"a{number}", subject=f"u{number}"))
        for receipt in [*(await before), *(await after)]:
            await identifies
            assert (await desk.conversation(receipt.conversation.id)).identity_id == known.identity_id


async def test_what_is_a_visitors_own(desk: Desk) -> None:
    """A visitor ends, reads and asks only in conversations of their own."""
    ana, bo = await comes(desk, fresh="t1"), await comes(desk, fresh="t2")
    hers = (await desk.receives("mine", identity_id=ana.identity_id)).conversation
    with pytest.raises(Exception, match="no such conversation of yours"):
        await desk.do(visitor.end, bo.identity_id, hers.id)
    assert (await desk.do(visitor.end, ana.identity_id, hers.id)).status == "resolved"


async def test_an_address_of_a_provider_is_one_person(desk: Desk) -> None:
    """Messages from one address are from one identity, whose contact keeps what was first said of it."""
    one = await desk.receives("a", inbox=API, address="+49 1", name="Ana")
    two = await desk.receives("b", inbox=API, address="+49 1", name="Somebody")
    assert one.message.sender == two.message.sender
    assert await desk.rows(select(contacts.c.name)) == [("Ana",)]


async def test_a_device_of_before_the_clock_is_no_device(desk: Desk) -> None:
    """A device row that was last used too long ago is as if it were not there."""
    first = await comes(desk, fresh="t1")
    old = {"token_hash": token_hash("old"), "identity_id": first.identity_id, "inbox_id": WEB.id}
    row = insert(devices).values(**old, created_at=0, last_used_at=START - DEVICE_LIFE_MS - 1)
    await desk.do(lambda tx: tx.run(row))
    assert (await comes(desk, "old", fresh="t2")).is_new
