"""Every command of a visitor, done and refused, over the real socket."""

from __future__ import annotations

import secrets
from typing import Any

import aiohttp

from tests.whole.house import TestHouse
from tests.whole.knowledge import teach
from tests.whole.people import Visitor

Json = Any


def code(error: Json) -> tuple[str, str | None]:
    return error["code"], error.get("field")


async def upload(house: TestHouse, token: str, name: str = "lamp.txt") -> Json:
    """A file brought to the desk, not yet sent."""
    form = aiohttp.FormData()
    form.add_field("file", b"it flickers", filename=name, content_type="text/plain")
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.post(f"{house.url}/api/v1/attachments", data=form) as response,
    ):
        assert response.status in (200, 201), await response.text()
        return await response.json()


async def test_a_message_is_stored_once_under_its_client_id(house: TestHouse) -> None:
    """A repeat is the same message; the same id with another body is a conflict; another id is another message."""
    ana = await house.visitor()
    first = await ana.do("message.send", client_id="c-1", text="where is my parcel")
    again = await ana.do("message.send", client_id="c-1", text="where is my parcel")
    assert again == {**first, "duplicate": True}
    assert code(await ana.refused("message.send", client_id="c-1", text="something else")) == ("conflict", "client_id")
    other = await ana.do("message.send", client_id="c-2", text="where is my parcel")
    assert other["message"]["seq"] > first["message"]["seq"]
    assert other["message"]["conversation_id"] == first["message"]["conversation_id"]


async def test_a_repeat_is_known_wherever_it_went(house: TestHouse) -> None:
    """Sent again with start_new, or to another conversation, it is the message that is already there."""
    ana = await house.visitor()
    first = await ana.do("message.send", client_id="c-1", text="first")
    new = await ana.do("message.send", client_id="c-2", text="a new matter", start_new=True)
    assert new["message"]["conversation_id"] != first["message"]["conversation_id"]
    again = await ana.do("message.send", client_id="c-1", text="first", start_new=True)
    assert (again["duplicate"], again["message"]["id"]) == (True, first["message"]["id"])


async def test_a_message_is_refused_by_name_of_what_is_wrong(house: TestHouse) -> None:
    """Empty, too long, for somebody else's conversation, with a file or a choice that is not theirs."""
    ana, ben = await house.visitor(), await house.visitor()
    theirs = (await ben.says("mine"))["conversation_id"]
    refused = {
        "empty": ({"text": " \n"}, ("invalid", "text")),
        "nothing": ({}, ("invalid", "text")),
        "long": ({"text": "x" * 10_001}, ("too_large", "text")),
        "theirs": ({"text": "hi", "conversation_id": theirs}, ("not_found", "conversation_id")),
        "file": ({"attachment_ids": ["att_1"]}, ("not_found", "attachment_ids")),
        "files": ({"attachment_ids": ["att_1"] * 11}, ("too_large", "attachment_ids")),
        "choice": ({"choice": {"message_id": "msg_1", "value": "1"}}, ("not_found", "choice.message_id")),
    }
    for name, (payload, wanted) in refused.items():
        assert code(await ana.refused("message.send", client_id=name, **payload)) == wanted, name
    assert (await ana.do("conversations.list"))["conversations"] == [], "what was refused began no conversation"
    longest = await ana.do("message.send", client_id="longest", text="x" * 10_000)
    assert longest["message"]["seq"] == 1


async def test_a_file_is_sent_once_by_who_brought_it(house: TestHouse) -> None:
    """An uploaded file goes with one message of its uploader; then it is nobody's to send."""
    ana, ben = await house.visitor(), await house.visitor()
    assert ana.token is not None
    file = await upload(house, ana.token)
    error = await ben.refused("message.send", client_id="1", attachment_ids=[file["id"]])
    assert code(error) == ("not_found", "attachment_ids")
    said = await ana.do("message.send", client_id="1", attachment_ids=[file["id"]])
    page = await ana.fresh(said["message"]["conversation_id"])
    message = page["messages"][0]
    assert message["kind"] == "file"
    assert message["attachments"] == [{"id": file["id"], "name": "lamp.txt", "type": "text/plain", "size_bytes": 11}]
    error = await ana.refused("message.send", client_id="2", attachment_ids=[file["id"]])
    assert code(error) == ("not_found", "attachment_ids")


async def test_a_choice_is_one_of_those_that_were_offered(house: TestHouse) -> None:
    """The bot's choices can be picked by value; another value, or another's question, is refused."""
    await teach(house)
    ana = await house.visitor()
    await ana.says("lamp does not work")
    asked = await ana.hears("bot")
    assert asked["kind"] == "choices"
    value = asked["content"]["choices"][0]["value"]
    error = await ana.refused("message.send", client_id="1", choice={"message_id": asked["id"], "value": "77"})
    assert code(error) == ("invalid", "choice.value")
    said = await ana.do("message.send", client_id="2", choice={"message_id": asked["id"], "value": value})
    assert said["message"]["seq"] == 3
    picked = next(one for one in (await ana.fresh(ana.conversation_id))["messages"] if one["seq"] == 3)
    assert picked["text"] == asked["content"]["choices"][0]["title"]
    assert picked["content"]["choice"] == {"message_id": asked["id"], "value": value}


async def test_changes_and_pages_of_a_conversation(house: TestHouse) -> None:
    """changes.after pages by rev, messages.before by seq; what is not theirs does not exist for them."""
    ana, ben = await house.visitor(), await house.visitor()
    await ana.asks_for_a_person()
    key = ana.conversation_id
    for number in range(6):
        await ana.says(f"line {number}", conversation_id=key)
    seen, rev, pages = [], 0, 0
    while True:
        page = await ana.do("changes.after", conversation_id=key, rev=rev, limit=2)
        seen += [one["seq"] for one in page["messages"]]
        rev, pages = page["rev"], pages + 1
        if not page["more"]:
            break
        assert len(page["messages"]) == 2
    assert seen == sorted(set(seen))
    assert pages > 3
    before = await ana.do("messages.before", conversation_id=key, seq=4, limit=2)
    assert ([one["seq"] for one in before["messages"]], before["more"]) == ([2, 3], True)
    opened = await ana.do("conversation.open", conversation_id=key)
    assert opened["rev"] == opened["conversation"]["rev"] == rev
    assert (await ana.do("conversation.open", conversation_id=key, rev=rev))["messages"] == []
    for command, more in (("changes.after", {"rev": 0}), ("messages.before", {"seq": 9}), ("conversation.open", {})):
        error = await ben.refused(command, conversation_id=key, **more)
        assert code(error) == ("not_found", "conversation_id"), command
    assert code(await ana.refused("changes.after", conversation_id=key, rev=10**6)) == ("invalid", "rev")
    assert code(await ana.refused("changes.after", conversation_id=key, rev=0, limit=201)) == ("invalid", "limit")
    assert code(await ana.refused("messages.before", conversation_id=key, seq=0)) == ("invalid", "seq")


async def test_a_visitor_lists_their_own_conversations_by_pages(house: TestHouse) -> None:
    """The newest first, fifty a page; nobody else's."""
    ana, ben = await house.visitor(), await house.visitor()
    await ben.says("not Ana's")
    begun = [(await ana.says(f"matter {n}", start_new=True))["conversation_id"] for n in range(52)]
    first = await ana.do("conversations.list")
    assert [one["id"] for one in first["conversations"]] == begun[:1:-1]
    second = await ana.do("conversations.list", cursor=first["cursor"])
    assert [one["id"] for one in second["conversations"]] == begun[1::-1]
    assert second["cursor"] is None
    assert code(await ana.refused("conversations.list", cursor="x")) == ("invalid", "cursor")


async def test_a_person_is_asked_for_and_the_wish_taken_back(house: TestHouse) -> None:
    """Also before anything was said; asking twice is asking once; who talks to a person has nothing to take back."""
    ana, ben = await house.visitor(), await house.visitor()
    waiting = await ana.asks_for_a_person(reason="my lamp")
    assert waiting["status"] == "waiting"
    assert waiting["queue"]["position"] == 1
    key = ana.conversation_id
    again = await ana.do("person.request", conversation_id=key)
    assert again["conversation"]["rev"] >= waiting["rev"]
    assert (await ana.do("person.cancel", conversation_id=key))["conversation"]["status"] == "bot"
    assert (await ana.do("person.cancel", conversation_id=key))["conversation"]["status"] == "bot"
    await ana.do("person.request")
    sam = await house.at_desk("Sam")
    await sam.accepts(key)
    error = await ana.refused("person.cancel", conversation_id=key)
    assert code(error) == ("illegal_transition", "conversation_id")
    for command in ("person.request", "person.cancel"):
        assert code(await ben.refused(command, conversation_id=key)) == ("not_found", "conversation_id")
    too_long = await ana.refused("person.request", conversation_id=key, reason="x" * 501)
    assert code(too_long) == ("invalid", "reason")


async def test_an_answer_is_rated_by_whom_it_was_given(house: TestHouse) -> None:
    """An answer of the bot; not a message of one's own, not somebody else's, not one that is not there."""
    await teach(house)
    ana, ben = await house.visitor(), await house.visitor()
    mine = await ana.says("where is my parcel, it has not arrived yet")
    answer = await ana.hears("bot")
    await ana.do("answer.rate", message_id=answer["id"], helpful=True, comment="quick")
    rated = await ana.sees("message.updated", lambda one: one["id"] == answer["id"])
    assert rated["rating"] == {"helpful": True}
    await ana.do("answer.rate", message_id=answer["id"], helpful=True, comment="quick")
    assert len(ana.wire.events("message.updated")) == 1, "the same again changes nothing"
    assert code(await ana.refused("answer.rate", message_id=mine["id"], helpful=True)) == ("invalid", "message_id")
    assert code(await ben.refused("answer.rate", message_id=answer["id"], helpful=False)) == ("not_found", "message_id")
    assert code(await ana.refused("answer.rate", message_id="msg_0", helpful=False)) == ("not_found", "message_id")
    assert code(await ana.refused("answer.rate", message_id=answer["id"], helpful="yes")) == ("invalid", "helpful")


async def test_a_conversation_is_ended_and_the_help_rated(house: TestHouse) -> None:
    """Ending twice is ending once; a score is 1 to 5; both only by whose conversation it is."""
    ana, ben = await house.visitor(), await house.visitor()
    await ana.says("hello")
    key = ana.conversation_id
    for command, more in (("conversation.end", {}), ("survey.submit", {"score": 5})):
        assert code(await ben.refused(command, conversation_id=key, **more)) == ("not_found", "conversation_id")
    assert (await ana.do("conversation.end", conversation_id=key))["conversation"]["status"] == "resolved"
    assert (await ana.do("conversation.end", conversation_id=key))["conversation"]["status"] == "resolved"
    await ana.do("survey.submit", conversation_id=key, score=4, comment="good \x00 \u202e")
    for score in (0, 6, "5", 4.5, True):
        assert code(await ana.refused("survey.submit", conversation_id=key, score=score)) == ("invalid", "score")


async def test_reading_moves_only_forward(house: TestHouse) -> None:
    """What was read stays read; beyond the last message there is nothing to read."""
    ana, ben = await house.visitor(), await house.visitor()
    await ana.asks_for_a_person()
    key, sam = ana.conversation_id, await house.at_desk("Sam")
    await sam.accepts(key)
    said = await sam.says(key, "hello")
    await ana.hears("agent", "hello")
    assert (await ana.fresh(key))["conversation"]["unread"] == 1
    await ana.do("read", conversation_id=key, seq=1, delivered_seq=said["seq"])
    read = await sam.sees("read.updated", lambda one: one["delivered_seq"] == said["seq"])
    assert (read["by"], read["seq"]) == ("visitor", 1)
    await ana.do("read", conversation_id=key, seq=said["seq"])
    page = await ana.fresh(key)
    assert (page["conversation"]["read"]["visitor"], page["conversation"]["unread"]) == (said["seq"], 0)
    shown = next(one for one in (await sam.fresh(key))["messages"] if one["id"] == said["id"])
    assert shown["delivery"] == {"state": "read"}
    await ana.do("read", conversation_id=key, seq=1)
    assert (await ana.fresh(key))["rev"] == page["rev"], "backwards is nothing"
    assert code(await ana.refused("read", conversation_id=key, seq=said["seq"] + 1)) == ("invalid", "seq")
    assert code(await ana.refused("read", conversation_id=key, seq=-1)) == ("invalid", "seq")
    assert code(await ben.refused("read", conversation_id=key, seq=1)) == ("not_found", "conversation_id")


async def test_an_agent_sees_the_visitor_type_and_the_visitor_the_agent(house: TestHouse) -> None:
    """Both ways, with a name for the visitor and no id; and nobody types into somebody else's conversation."""
    ana, ben = await house.visitor(), await house.visitor()
    await ana.asks_for_a_person()
    key = ana.conversation_id
    sam, eve = await house.at_desk("Sam"), await house.at_desk("Eve", status="away")
    await sam.accepts(key)
    await eve.do("conversation.watch", conversation_id=key)
    await ana.do("typing", conversation_id=key, on=True)
    for agent in (sam, eve):
        seen = await agent.sees("typing")
        assert seen == {"conversation_id": key, "author": {"kind": "visitor"}, "on": True}
    await ana.do("typing", on=False)
    assert (await sam.sees("typing", lambda one: not one["on"]))["conversation_id"] == key
    await sam.do("typing", conversation_id=key, on=True)
    seen = await ana.sees("typing")
    assert seen == {"conversation_id": key, "author": {"kind": "agent", "name": "Sam"}, "on": True}
    assert code(await ben.refused("typing", conversation_id=key, on=True)) == ("not_found", "conversation_id")
    assert code(await eve.refused("typing", conversation_id=key, on=True)) == ("not_found", "conversation_id")
    assert await ben.do("typing", on=True) == {"ok": True}, "nothing is begun yet: nobody sees it"
    assert ben.wire.events("typing") == []


async def test_a_visitor_in_line_is_told_their_place(house: TestHouse) -> None:
    """The place and the wait come with the acknowledgement, and as they change; numbers, and nobody's name."""
    ana: Visitor = await house.visitor()
    await ana.asks_for_a_person()
    ben = await house.visitor()
    waiting = await ben.asks_for_a_person()
    assert waiting["queue"]["position"] == 2
    seen = await ben.sees("queue.updated", lambda one: one["position"] == 2)
    assert seen == {"conversation_id": ben.conversation_id, "position": 2, "wait_s": None}
    await ana.do("person.cancel", conversation_id=ana.conversation_id)
    await ben.sees("queue.updated", lambda one: one["position"] == 1)
    sam = await house.at_desk("Sam", seats=0)
    numbers = await sam.sees("desk.updated")
    assert numbers["waiting"] == 1
    assert numbers["longest_wait_s"] >= 0


async def test_the_same_words_come_back_as_they_were_said(house: TestHouse) -> None:
    """Whatever a person may write is kept as it is: scripts, directions, signs and markup."""
    ana = await house.visitor()
    texts = [
        "héllo 😀 עברית العربية 中文",
        "<script>alert(1)</script> &amp; [x](y)",
        "a\u202eb\u2066c",
        "tab\tline\nend",
        "﷽" * 100,
    ]
    for text in texts:
        await ana.do("message.send", client_id=secrets.token_hex(8), text=text)
    listed = (await ana.do("conversations.list"))["conversations"]
    page = await ana.fresh(listed[0]["id"])
    said = [one["text"] for one in page["messages"] if one["author"]["kind"] == "visitor"]
    assert said == texts
