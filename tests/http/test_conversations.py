"""The desk over HTTP: the same commands as the socket's, the same errors."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import select

from conversations.statements import conversation_from
from conversations.store import Tx
from conversations.store.tables import conversations
from handoff.agents import acting, may_see
from server.http.sight import seen_by
from tests.http.desk import Desk, Person


async def said(desk: Desk, conversation: Any, sam: Person, text: str, **more: Any) -> Any:
    body = {"client_id": secrets.token_hex(6), "epoch": conversation["epoch"], "text": text, **more}
    return await desk.post(f"conversations/{conversation['id']}/messages", sam, body)


async def test_a_chat_is_taken_answered_handed_back_and_closed(either: Desk) -> None:
    """An agent without a socket does everything that the desk can do."""
    sam = await either.agent("Sam", online=True)
    chat = await either.taken(sam)
    assert (chat["status"], chat["assignee"]["name"], chat["epoch"]) == ("assigned", "Sam", 3)
    sent = await said(either, chat, sam, "Hello, I am looking.")
    assert not sent["duplicate"]
    note = await said(either, chat, sam, "He is angry.", private=True)
    assert note["message"]["seq"] is None
    page = await either.get(f"conversations/{chat['id']}/messages", sam)
    assert [one["text"] for one in page["messages"] if one["kind"] == "text"] == [
        "Where is my order?",
        "Hello, I am looking.",
        "He is angry.",
    ]
    chat = await either.command(sam, "update", chat, category="delivery", labels=["late"])
    assert (chat["category"], chat["labels"]) == ("delivery", ["late"])
    await either.with_bot()
    chat = await either.command(sam, "hand_back", chat)
    assert (chat["status"], chat["assignee"], chat["epoch"]) == ("bot", None, 4)
    chat = await either.command(sam, "take_over", chat)
    chat = await either.command(sam, "resolve", chat, wrap_up={"outcome": "found"})
    assert (chat["status"], chat["resolution"]) == ("resolved", "agent")


async def test_a_command_under_an_old_epoch_brings_the_conversation_as_it_is(desk: Desk) -> None:
    """Who was too late gets a conflict, with what they need to look again."""
    sam, ines = await desk.agent("Sam", online=True), await desk.agent("Ines", online=True)
    before = await desk.conversation()
    await desk.command(sam, "take_over", before)
    late = await desk.call("POST", f"conversations/{before['id']}/snooze", ines, json={"epoch": before["epoch"]})
    assert (late.status, late.code, late.field) == (409, "conflict", "epoch")
    assert late.body["error"]["conversation"]["assignee"]["id"] == sam.id
    assert late.body["error"]["conversation"]["epoch"] == before["epoch"] + 1


async def test_a_repeated_message_is_one_message(either: Desk) -> None:
    """The same client_id again is acknowledged with the first; with other words it is a conflict."""
    sam = await either.agent("Sam", online=True)
    chat = await either.taken(sam)
    body = {"client_id": "one", "epoch": chat["epoch"], "text": "Hello"}
    path = f"conversations/{chat['id']}/messages"
    first = await either.post(path, sam, body)
    again = await either.post(path, sam, body)
    assert again["duplicate"]
    assert again["message"]["id"] == first["message"]["id"]
    other = await either.call("POST", path, sam, json={**body, "text": "Bye"})
    assert (other.status, other.code, other.field) == (409, "conflict", "client_id")


async def test_a_reply_needs_an_epoch(desk: Desk) -> None:
    """Only a note goes without."""
    sam = await desk.agent("Sam", online=True)
    chat = await desk.taken(sam)
    refused = await desk.call(
        "POST", f"conversations/{chat['id']}/messages", sam, json={"client_id": "a", "text": "Hello"}
    )
    assert (refused.status, refused.code, refused.field) == (400, "invalid", "epoch")


async def test_own_words_can_be_mended(desk: Desk) -> None:
    """An agent edits and withdraws what they said."""
    sam = await desk.agent("Sam", online=True)
    chat = await desk.taken(sam)
    sent = await said(desk, chat, sam, "Helo")
    mended = await desk.call("PATCH", f"messages/{sent['message']['id']}", sam, json={"text": "Hello"})
    assert mended.body["message"]["text"] == "Hello"
    gone = await desk.call("DELETE", f"messages/{sent['message']['id']}", sam)
    assert (gone.status, gone.body["message"]["text"]) == (200, "")
    assert gone.body["message"]["erased_at"] is not None


async def test_the_queue_is_shown_in_its_order(either: Desk) -> None:
    """Whoever waits with a higher priority comes first, then who waits longest; page by page, each once."""
    waiting = [await either.conversation(address=f"visitor {number}") for number in range(7)]
    await either.command(either.admin, "update", waiting[5], priority=2)
    found: list[str] = []
    cursor = ""
    while True:
        page = await either.get(f"conversations?view=queue&limit=3{cursor}", either.admin)
        assert len(page["conversations"]) <= 3
        found += [one["id"] for one in page["conversations"]]
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    expected = [waiting[5], *waiting[:5], waiting[6]]
    assert found == [one["id"] for one in expected]


async def test_lists_hold_what_one_may_see(either: Desk) -> None:
    """The lists and the single conversation agree with `may_see`, for members of each team and for supervisors."""
    sam, ines, maud = (
        await either.agent("Sam", online=True),
        await either.agent("Ines", online=True),
        await either.agent("Maud2", "supervisor"),
    )
    care, tech = await either.team("Care", sam), await either.team("Tech", ines)
    chats = [await either.taken(sam), await either.taken(sam), await either.conversation()]
    await either.command(sam, "transfer", chats[0], to={"team_id": tech})
    await either.command(sam, "transfer", chats[1], to={"team_id": care})
    store = either.served.house.store

    def compare(tx: Tx, agent_id: str) -> None:
        agent = acting(tx, agent_id)
        every = [conversation_from(row) for row in tx.all(select(*conversations.c))]
        by_sql = {row[0] for row in tx.all(select(conversations.c.id).where(seen_by(agent)))}
        assert by_sql == {one.id for one in every if may_see(agent, one)}

    for person, count in ((sam, 2), (ines, 2), (maud, 3)):
        await store.read(compare, person.id)
        page = await either.get("conversations?view=all", person)
        assert len(page["conversations"]) == count
        shown = {one["id"] for one in page["conversations"]}
        for chat in chats:
            answer = await either.call("GET", f"conversations/{chat['id']}", person)
            assert (answer.status == 200) == (chat["id"] in shown)


async def test_changes_since_a_rev_equal_a_fresh_reading(desk: Desk) -> None:
    """Who asks for what changed has the same as who reads everything."""
    sam = await desk.agent("Sam", online=True)
    chat = await desk.taken(sam)
    before = chat["rev"]
    await said(desk, chat, sam, "Hello")
    await said(desk, chat, sam, "Still there?")
    changes = await desk.get(f"conversations/{chat['id']}/changes?rev={before}", sam)
    fresh = await desk.get(f"conversations/{chat['id']}/messages", sam)
    assert changes["messages"] == fresh["messages"][-2:]
    assert changes["rev"] == fresh["rev"]
    ahead = await desk.call("GET", f"conversations/{chat['id']}/changes?rev=999", sam)
    assert (ahead.status, ahead.field) == (400, "rev")


async def test_offers_are_listed_and_declined(desk: Desk) -> None:
    """An offer made to an agent is in their list with its packet, until they say no."""
    sam = await desk.agent("Sam", online=True)
    socket_of = await desk.present(sam)
    chat = await desk.conversation()
    await desk.offered(sam)
    listed = (await desk.get("offers", sam))["offers"]
    assert [one["conversation"]["id"] for one in listed] == [chat["id"]]
    assert listed[0]["packet"]["reason"] == "no_bot"
    declined = await desk.post(f"offers/{listed[0]['id']}/decline", sam, {})
    assert declined["offer"]["state"] == "declined"
    assert (await desk.call("POST", f"offers/{listed[0]['id']}/decline", desk.admin, json={})).status == 404
    await socket_of.close()
