"""People teach the bot from what it said: "should have answered", warnings of what is taught twice."""

from __future__ import annotations

import secrets
from typing import Any

from conversations.held import hold
from conversations.inbox import receive
from conversations.model import Author, InboundMessage
from conversations.outbox import post
from conversations.store import Tx
from tests.http.desk import Desk


async def talk(desk: Desk, *lines: tuple[str, str]) -> list[Any]:
    """A conversation said line by line, by whom; its messages as agents see them."""
    house = desk.served.house
    inbox = house.places.inbox(desk.founded.inbox_id)
    address = f"a:{secrets.token_hex(4)}"
    conversation_id = ""

    def says(tx: Tx, who: Any, text: str) -> None:
        held = hold(tx, conversation_id)
        post(held, Author(who, "bot_1" if who == "bot" else "agt_1"), text)
        held.save()

    for who, text in lines:
        if who == "visitor":
            inbound = InboundMessage(text, address=address, client_id=secrets.token_hex(4))
            conversation_id = (await house.store.write(receive, inbox, inbound)).conversation.id
        else:
            await house.store.write(says, who, text)
    found = (await desk.get(f"conversations/{conversation_id}/messages", desk.admin))["messages"]
    return [one for one in found if one["author"]["kind"] != "system"]


async def intent(desk: Desk, name: str, *texts: str) -> str:
    made = await desk.post("intents", desk.admin, {"name": name, "answer": "So."})
    if texts:
        await desk.post(f"intents/{made['id']}/examples", desk.admin, {"texts": texts})
    return str(made["id"])


async def examples(desk: Desk, intent_id: str) -> list[tuple[str, str]]:
    found = (await desk.get(f"intents/{intent_id}/examples", desk.admin))["examples"]
    return [(one["text"], one["source"]) for one in found]


async def test_a_turn_becomes_an_example(either: Desk) -> None:
    """Named by the bot's answer, what the visitor wrote in that turn is filed; small talk and other turns are not."""
    desk = either
    said = await talk(
        desk,
        ("visitor", "are you open"),
        ("bot", "Nine to five."),
        ("visitor", "hello"),
        ("visitor", "my lamp is dead"),
        ("bot", "I do not know."),
        ("visitor", "never mind"),
    )
    intent_id = await intent(desk, "broken_lamp")
    body = {"message_id": said[4]["id"], "intent_id": intent_id, "note": "A broken lamp"}
    made = await desk.post("corrections", desk.admin, body)
    assert (made["texts"], made["phrasings"], made["article"]) == (["my lamp is dead"], [], None)
    assert await examples(desk, intent_id) == [("my lamp is dead", f"correction:{made['id']}")]
    again = await desk.post("corrections", desk.admin, {"message_id": said[3]["id"], "intent_id": intent_id})
    assert (again["texts"], again["example_id"]) == (["my lamp is dead"], None)
    listed = await desk.get(f"corrections?conversation_id={made['conversation_id']}", desk.admin)
    assert [one["id"] for one in listed["corrections"]] == [again["id"], made["id"]]
    assert (await desk.call("DELETE", f"corrections/{made['id']}", desk.admin)).status == 204
    assert await examples(desk, intent_id) == []
    assert (await desk.call("DELETE", f"corrections/{made['id']}", desk.admin)).code == "not_found"


async def test_an_article_that_should_have_answered_does_from_now_on(desk: Desk) -> None:
    """The visitor's words become a phrasing, which answers without training, until it is taken back."""
    await desk.with_bot()
    article = await desk.post("articles", desk.admin, {"question": "How do I pair a lamp?", "answer": "Hold it."})
    said = await talk(desk, ("visitor", "gizmo refuses to hook up"))
    made = await desk.post("corrections", desk.admin, {"message_id": said[0]["id"], "article_id": article["id"]})
    assert made["phrasing"] == "gizmo refuses to hook up"
    assert made["article"]["phrasings"] == ["gizmo refuses to hook up"]
    await desk.served.house.refresh()
    asked = {"inbox": desk.founded.public_key, "text": "gizmo refuses to hook up"}
    assert (await desk.post("understand", desk.admin, asked))["decision"] == "answer"
    assert (await desk.call("DELETE", f"corrections/{made['id']}", desk.admin)).status == 204
    assert (await desk.get(f"articles/{article['id']}", desk.admin))["phrasings"] == []


async def test_what_cannot_be_learned_from_is_refused(desk: Desk) -> None:
    """An agent's words, a note, an unknown message, nothing said about what is right."""
    said = await talk(desk, ("visitor", "hm"), ("agent", "Hello, Sam here"))
    intent_id = await intent(desk, "other")
    for body, field in (
        ({"message_id": said[1]["id"], "intent_id": intent_id}, "message_id"),
        ({"message_id": "msg_none", "intent_id": intent_id}, "message_id"),
        ({"message_id": said[0]["id"]}, "intent_id"),
        ({"message_id": said[0]["id"], "intent_id": "int_none"}, "intent_id"),
        ({"message_id": said[0]["id"], "article_id": "art_none"}, "article_id"),
    ):
        answer = await desk.call("POST", "corrections", desk.admin, json=body)
        assert (answer.status in (400, 404), answer.field) == (True, field), answer
    theirs = await desk.other_workspace()
    answer = await desk.call("POST", "corrections", theirs, json={"message_id": said[0]["id"], "note": "x"})
    assert answer.code == "not_found"


async def test_near_texts_are_warned_of_and_listed(either: Desk) -> None:
    """Whoever teaches a text that stands elsewhere already is told at once, and sees all of them in one list."""
    desk = either
    await intent(desk, "order_status", "where is my order")
    other = await desk.post("intents", desk.admin, {"name": "delivery"})
    added = await desk.post(f"intents/{other['id']}/examples", desk.admin, {"texts": ["where is my order?", "send it"]})
    (near,) = added["overlaps"]
    assert (near["kind"], {near["a"]["intent"], near["b"]["intent"]}) == ("conflict", {"order_status", "delivery"})
    article = await desk.post("articles", desk.admin, {"question": "When are you open?", "answer": "Nine."})
    assert article["overlaps"] == []
    more = {"question": "Opening?", "answer": "Ten.", "phrasings": ["when are you open"]}
    twin = await desk.post("articles", desk.admin, more)
    (clash,) = twin["overlaps"]
    assert {clash["a"]["article_id"], clash["b"]["article_id"]} == {article["id"], twin["id"]}
    found = await desk.get(f"bots/{desk.founded.bot_id}/overlaps", desk.admin)
    assert (len(found["items"]), found["whole"]) == (2, True)
