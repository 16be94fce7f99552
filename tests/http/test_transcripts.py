"""A conversation to take along: for whom, with what in it, and how it travels."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from conversations.store import Tx
from conversations.store.tables import messages
from server.transcripts import MESSAGES_LIMIT, Line, Transcript, as_html, as_text
from tests.http.desk import Desk
from tests.http.test_mail import set_mail
from tests.peers.mail import mail_server

Json = Any
MARKUP = "<script>alert(1)</script> & \"quotes\" 'single'"


async def talked(desk: Desk, token: Any = None) -> tuple[str, str, Any]:
    """(conversation, the visitor's token, Sam): something was asked, noted among agents, and answered."""
    sam = await desk.agent("Sam", online=True)
    token, socket = await desk.visitor()
    told = await socket.call("visitor.update", {"name": "Ana <b>", "locale": "de"}, 10)
    assert told["ok"], told
    said = await socket.call("message.send", {"client_id": "one", "text": MARKUP}, 10)
    chat_id = said["message"]["conversation_id"]
    note = {"client_id": "n", "text": "she is angry", "private": True}
    await desk.post(f"conversations/{chat_id}/messages", sam, note)
    chat = (await desk.get(f"conversations/{chat_id}", sam))["conversation"]
    taken = await desk.command(sam, "take_over", chat)
    reply = {"client_id": "r", "epoch": taken["epoch"], "text": "Hello Ana"}
    await desk.post(f"conversations/{chat_id}/messages", sam, reply)
    return chat_id, token, sam


async def test_a_visitor_and_an_agent_take_it_along(either: Desk) -> None:
    """As a file named by its reference, in the visitor's language; private notes are in nobody's."""
    chat_id, token, sam = await talked(either)
    for reader in (token, sam):
        answer = await either.call("GET", f"conversations/{chat_id}/transcript", reader)
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="F-20')
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.body.startswith("Gespräch F-20")
        assert f"Ana <b>\n{MARKUP}" in answer.body
        assert "Sam\nHello Ana" in answer.body
        assert "she is angry" not in answer.body
    other, _ = await either.visitor()
    stranger = await either.call("GET", f"conversations/{chat_id}/transcript", other)
    assert (stranger.status, stranger.code) == (404, "not_found")
    wrong = await either.call("GET", f"conversations/{chat_id}/transcript?format=pdf", token)
    assert (wrong.status, wrong.field) == (400, "format")


async def test_its_page_runs_nothing(desk: Desk) -> None:
    """Every word of it is escaped, nothing is loaded, and a browser that opens it is told to run nothing."""
    chat_id, token, _ = await talked(desk)
    answer = await desk.call("GET", f"conversations/{chat_id}/transcript?format=html", token)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.body
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;" in answer.body
    assert "Ana &lt;b&gt;" in answer.body
    assert "src=" not in answer.body
    assert "href=" not in answer.body


async def test_what_was_taken_back_is_not_in_it(desk: Desk) -> None:
    """A withdrawn message leaves its place, not its words."""
    chat_id, token, sam = await talked(desk)
    page = await desk.get(f"conversations/{chat_id}/messages", sam)
    said = next(one for one in page["messages"] if one["text"] == "Hello Ana")
    await desk.call("DELETE", f"messages/{said['id']}", sam)
    text = (await desk.call("GET", f"conversations/{chat_id}/transcript", token)).body
    assert "Hello Ana" not in text
    assert "(zurückgenommen)" in text


async def test_of_a_very_long_one_the_latest_is_told(desk: Desk) -> None:
    """At most two million characters, with a note that the beginning is left off."""
    chat_id, token, _ = await talked(desk)

    def grow(tx: Tx) -> None:
        tx.run(update(messages).where(messages.c.text == MARKUP).values(text="x" * 3_000_000))

    await desk.served.house.store.write(grow)
    text = (await desk.call("GET", f"conversations/{chat_id}/transcript", token)).body
    assert "Frühere Nachrichten sind weggelassen." in text
    assert "Hello Ana" in text
    assert len(text) < 10_000
    assert MESSAGES_LIMIT == 2_000


async def test_it_is_not_mailed_without_a_server(desk: Desk) -> None:
    """A sentence says so, and what an admin can do."""
    chat_id, token, _ = await talked(desk)
    path = f"conversations/{chat_id}/transcript/mail"
    answer = await desk.call("POST", path, token, json={"email": "ana@example.com"})
    assert (answer.status, answer.code) == (501, "unsupported")
    wrong = await desk.call("POST", path, token, json={"email": "ana at example"})
    assert (wrong.status, wrong.field) == (400, "email")


async def test_it_is_mailed_and_not_too_often(desk: Desk) -> None:
    """It arrives as text, subject and all; nobody makes the desk write to strangers again and again."""
    chat_id, token, _ = await talked(desk)
    path = f"conversations/{chat_id}/transcript/mail"
    async with mail_server() as server:
        assert (await set_mail(desk, port=server.port)).status == 200
        answer = await desk.call("POST", path, token, json={"email": "ana@example.com"})
        assert (answer.status, answer.body) == (200, {"mailed": True})
        mail = await server.next()
        assert mail["To"] == "ana@example.com"
        assert mail["Subject"].startswith("Frontdesk: Ihr Gespräch F-20")
        assert "Hello Ana" in mail.get_content()
        assert "she is angry" not in mail.get_content()
        codes = [(await desk.call("POST", path, token, json={"email": "ana@example.com"})).status for _ in range(5)]
    assert codes == [200, 200, 200, 200, 429]


def test_right_to_left_is_said() -> None:
    """An Arabic transcript is laid out so, and each line for itself."""
    line = Line("2026-11-22 10:00 UTC", "Ana", "مرحبا", ("one",), False)
    made = Transcript("t", "s", "F-2026-00001", "ar", None, (line,))
    assert '<html lang="ar" dir="rtl">' in as_html(made)
    assert as_html(made).count('dir="auto"') == 4
    assert as_text(made) == "t\n\n[2026-11-22 10:00 UTC] Ana\nمرحبا\n- one\n"
