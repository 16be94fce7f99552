"""Own words: what bot, house and widget say, worded by an admin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.cli.replay.client import Socket
from tests.http.desk import Desk, Json


async def say(desk: Desk, locale: str, **words: str | None) -> Json:
    """Word sentences anew; dots of keys are written as double underscores."""
    body = {"locale": locale, "words": {key.replace("__", "."): text for key, text in words.items()}}
    answer = await desk.call("PATCH", f"inboxes/{desk.founded.inbox_id}/words", desk.admin, json=body)
    assert answer.status == 200, answer
    return {one["key"]: one for one in answer.body["words"]}


class Visit:
    """A visitor's socket, and all that was said to them."""

    def __init__(self) -> None:
        self.socket: Socket | None = None
        self.heard: list[str] = []
        self._more = asyncio.Event()

    def listen(self, event: str, payload: Json) -> None:
        if event == "message.created" and payload["author"]["kind"] != "visitor":
            self.heard.append(payload["text"])
            self._more.set()

    async def hears(self, text: str) -> None:
        """Until somebody else says this."""
        async with asyncio.timeout(10):
            while text not in self.heard:
                self._more.clear()
                await self._more.wait()

    async def does(self, command: str, payload: Json) -> Json:
        assert self.socket is not None
        answer = await self.socket.call(command, payload, 10)
        assert answer["ok"], answer
        return answer


@pytest.fixture
async def visit(desk: Desk) -> AsyncIterator[Any]:
    """Visitors who come in a language; their sockets are closed at the end."""
    open_: list[Socket] = []

    async def come(locale: str) -> Visit:
        visit = Visit()
        auth = {"inbox": desk.founded.public_key, "locale": locale}
        visit.socket = await Socket.connect(desk.http, desk.url, "/visitor", auth, visit.listen)
        open_.append(visit.socket)
        return visit

    yield come
    for socket in open_:
        await socket.close()


async def texts(desk: Desk, conversation_id: str) -> list[str]:
    shown = await desk.get(f"conversations/{conversation_id}/messages", desk.admin)
    return [message["text"] for message in shown["messages"]]


async def test_the_houses_lines_are_said_in_own_words(either: Desk) -> None:
    """From the next line on, on each engine; null brings the usual words back."""
    shown = await say(either, "en", person__joined="This is {name}.")
    assert shown["person.joined"]["text"] == "This is {name}."
    assert shown["person.joined"]["default"].startswith("{name} has joined")
    assert shown["person.joined"]["params"] == ["name"]
    sam = await either.agent("Sam")
    chat = await either.taken(sam)
    assert "This is Sam." in await texts(either, chat["id"])
    await say(either, "en", person__joined=None)
    other = await either.taken(sam)
    assert "Sam has joined and has read your conversation." in await texts(either, other["id"])


async def test_the_bot_answers_in_own_words_at_once(desk: Desk, visit: Any) -> None:
    """In the visitor's language, and only there; without a restart."""
    await desk.with_bot()
    await say(desk, "de", bot__to_person__asked="Gleich kommt ein Mensch.", queue__entered="Bitte warten.")
    ana, bob = await visit("de-DE"), await visit("en")
    for visitor, text, wanted in (
        (ana, "Ich möchte mit einem Menschen sprechen", "Gleich kommt ein Mensch."),
        (bob, "let me talk to a human", "I am bringing you to a person."),
    ):
        await visitor.does("message.send", {"client_id": "first", "text": text})
        await visitor.hears(wanted)


async def test_a_visitor_who_asks_by_button_hears_own_words(desk: Desk, visit: Any) -> None:
    """The line of a command is said in the same transaction, in the words as they are then."""
    await desk.with_bot()
    await say(desk, "fr", queue__entered="Un instant.")
    ana = await visit("fr")
    asked = await ana.does("person.request", {})
    said = await texts(desk, asked["conversation"]["id"])
    # that nobody is there may have been said since
    assert said[0] == "Un instant."


async def test_the_widgets_sentences_come_with_its_configuration(desk: Desk) -> None:
    """Own words of the widget are in its configuration, by the keys of its catalogue, in that language alone."""
    await say(desk, "en", widget__person__ask="Get me somebody", bot__thanks="Any time.")
    shown = await desk.get(f"widget/{desk.founded.public_key}?locale=en")
    assert shown["words"] == {"person.ask": "Get me somebody"}
    assert (await desk.get(f"widget/{desk.founded.public_key}?locale=de"))["words"] == {}


async def test_every_sentence_is_listed_in_every_language(desk: Desk) -> None:
    """Bot, house and widget; what agents alone see only in English, mails not at all; the api inbox has no widget."""
    path = f"inboxes/{desk.founded.inbox_id}/words?locale="
    for locale in ("en", "de", "es", "fr", "ar"):
        keys = {one["key"] for one in (await desk.get(path + locale, desk.admin))["words"]}
        assert {"bot.thanks", "person.joined", "widget.person.ask", "survey.thanks"} <= keys
        assert ("desk.released" in keys) == (locale == "en")
        assert not any(key.startswith("mail.") for key in keys)
    api = await desk.post("inboxes", desk.admin, {"name": "By HTTP", "channel": "api"})
    keys = {one["key"] for one in (await desk.get(f"inboxes/{api['id']}/words", desk.admin))["words"]}
    assert not any(key.startswith("widget.") for key in keys)
    assert (await desk.call("GET", path + "xx", desk.admin)).status == 400


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"person.joined": "Hello {visitor}"}, "words.person.joined"),
        ({"person.joined": "Hello {}"}, "words.person.joined"),
        ({"bot.thanks": "Thanks {name}"}, "words.bot.thanks"),
        ({"bot.thanks": "   "}, "words.bot.thanks"),
        ({"bot.thanks": "x" * 2_001}, "words.bot.thanks"),
        ({"bot.nothing": "Hello"}, "words.bot.nothing"),
        ({"mail.test.subject": "Hello"}, "words.mail.test.subject"),
        ({"bot.goodbye": "Bye.", "bot.nothing": "Hello"}, "words.bot.nothing"),
    ],
)
async def test_what_cannot_be_said_is_refused(desk: Desk, words: Json, field: str) -> None:
    """A placeholder that stands for nothing, an empty sentence, a strange key: named, and nothing is changed."""
    path = f"inboxes/{desk.founded.inbox_id}/words"
    refused = await desk.call("PATCH", path, desk.admin, json={"locale": "en", "words": words})
    assert (refused.status, refused.field) == (400, field)
    shown = (await desk.get(path, desk.admin))["words"]
    assert all(one["text"] == one["default"] for one in shown)


async def test_own_words_are_text_and_never_a_template(desk: Desk) -> None:
    """Markup and odd braces are said as they were written; a name cannot bring a placeholder in."""
    await say(desk, "en", person__joined="<b>{name}</b> {{name}} %s {0.__class__}"[:31])
    sam = await desk.agent("Sam{by}")
    chat = await desk.taken(sam)
    assert any(text.startswith("<b>Sam{by}</b>") for text in await texts(desk, chat["id"]))


async def test_another_workspace_words_nothing_of_ours(desk: Desk) -> None:
    """Its admin neither reads nor writes them."""
    other = await desk.other_workspace()
    path = f"inboxes/{desk.founded.inbox_id}/words"
    assert (await desk.call("GET", path, other)).status == 404
    body = {"locale": "en", "words": {"bot.thanks": "Mine"}}
    assert (await desk.call("PATCH", path, other, json=body)).status == 404
