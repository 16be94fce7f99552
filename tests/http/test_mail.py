"""Mail by a server of the company's: set, tried, told about; over real SMTP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from conversations.errors import Invalid
from conversations.store.tables import mail_settings
from server.mail import Mailer, MailFailed, MailNotSet
from server.mail_settings import Seal
from server.settings import derived_key, secret_key
from tests.http.desk import Desk, Json
from tests.peers.mail import REFUSED, mail_server, make_certificate

SECRET = "correct horse battery"


async def set_mail(desk: Desk, **changed: Json) -> Json:
    body = {"host": "127.0.0.1", "port": 25, "security": "none", "sender": "Corner Shop <desk@example.com>", **changed}
    return await desk.call("PUT", "mail", desk.admin, json=body)


async def try_mail(desk: Desk, to: str = "ana@example.com") -> Json:
    answer = await desk.call("POST", "mail/test", desk.admin, json={"to": to})
    assert answer.status == 200, answer
    return answer.body


async def test_a_mail_arrives_as_it_was_meant(either: Desk) -> None:
    """One message, to one person, with sender, subject and text; no machine is to answer it."""
    async with mail_server() as server:
        assert (await set_mail(either, port=server.port)).status == 200
        assert (await try_mail(either))["sent"] is True
        mail = await server.next()
    assert (mail["From"], mail["To"]) == ("Corner Shop <desk@example.com>", "ana@example.com")
    assert mail["Subject"] == "Frontdesk: mail works"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.com>")
    assert "can send mail" in mail.get_content()


async def test_an_invitation_goes_out_in_the_companys_language(desk: Desk) -> None:
    """Its link is in the mail and in the answer; names from outside stay text."""
    await desk.call("PATCH", "workspace", desk.admin, json={"name": "Laden\u2028 {link}", "locale": "de"})
    async with mail_server() as server:
        await set_mail(desk, port=server.port)
        made = await desk.post("invitations", desk.admin, {"email": "sam@example.com"})
        assert (made["mailed"], made["mail_problem"]) == (True, None)
        mail = await server.next()
    assert mail["Subject"] == "Laden {link}: Einladung an den Empfang"
    assert made["link"] in mail.get_content()


async def test_the_password_is_kept_sealed_and_never_shown(desk: Desk, tmp_path: Path) -> None:
    """Neither the API nor the database's file holds it as it was typed; left out, it stays."""
    login = {"security": "starttls", "username": "desk", "password": SECRET}
    assert (await set_mail(desk, **login)).body["password_set"] is True
    shown = await desk.call("GET", "mail", desk.admin)
    assert SECRET not in str(shown.body)
    row = await desk.served.house.store.read(lambda tx: tx.one(mail_settings.select()))
    assert row is not None
    assert SECRET not in str(row)
    assert holding(tmp_path, SECRET) == []
    kept = await set_mail(desk, security="starttls", username="desk", sender="Other <desk@example.com>")
    assert kept.body["password_set"] is True
    cleared = await set_mail(desk, security="starttls", username="desk", password=None)
    assert cleared.body["password_set"] is False


def holding(folder: Path, text: str) -> list[Path]:
    """The database's files in which a text stands."""
    files = sorted(folder.glob("frontdesk.sqlite3*"))
    assert files
    return [file for file in files if text.encode() in file.read_bytes()]


async def test_a_kept_password_goes_to_no_other_server(desk: Desk) -> None:
    """Whoever changes host or user name types it again: a page left open cannot send it elsewhere."""
    await set_mail(desk, security="starttls", username="desk", password=SECRET)
    for other in ({"host": "mail.evil.example"}, {"username": "mallory"}):
        refused = await set_mail(desk, **{"security": "starttls", "username": "desk", **other})
        assert (refused.status, refused.field) == (400, "password")
    bare = await set_mail(desk, security="none", username="desk")
    assert (bare.status, bare.field) == (400, "security")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "a b"}, "host"),
        ({"host": "mail.example\r\nRCPT"}, "host"),
        ({"port": 0}, "port"),
        ({"port": 70_000}, "port"),
        ({"port": "25"}, "port"),
        ({"security": "ssl"}, "security"),
        ({"sender": "nobody"}, "sender"),
        ({"sender": "a@b.example\nBcc: x@evil.example"}, "sender"),
        ({"sender": "a@b.example, c@d.example"}, "sender"),
        ({"sender": "@"}, "sender"),
        ({"username": "a\r\nb"}, "username"),
        ({"security": "none", "username": "desk", "password": SECRET}, "security"),
    ],
)
async def test_settings_that_cannot_work_are_refused(desk: Desk, wrong: Json, field: str) -> None:
    """The field is named, and nothing is set."""
    refused = await set_mail(desk, **wrong)
    assert (refused.status, refused.field) == (400, field)
    assert (await desk.get("mail", desk.admin))["is_set"] is False


async def test_without_a_server_links_are_shown_to_copy(desk: Desk) -> None:
    """Nothing fails: the test says what is missing, the invitation says it was not mailed."""
    told = await try_mail(desk)
    assert (told["sent"], "no mail" in told["message"]) == (False, True)
    await set_mail(desk, port=9)
    assert (await desk.call("DELETE", "mail", desk.admin)).status == 204
    assert (await desk.get("mail", desk.admin))["is_set"] is False
    mailer = desk.served_desk.mailer
    with pytest.raises(MailNotSet) as refused:
        await mailer.send(desk.founded.workspace_id, "ana@example.com", "Hello", "Text")
    assert refused.value.code == "unsupported"
    assert await mailer.is_set(desk.founded.workspace_id) is False


async def test_what_the_server_says_is_told_in_ones_own_words(desk: Desk) -> None:
    """No connection, a refused recipient, no TLS where it was asked for: each has its sentence."""
    await set_mail(desk, port=9)
    assert "no connection" in (await try_mail(desk))["message"]
    async with mail_server() as server:
        await set_mail(desk, port=server.port)
        assert "does not take mail" in (await try_mail(desk, REFUSED))["message"]
        await set_mail(desk, port=server.port, security="tls")
        assert "no TLS" in (await try_mail(desk))["message"]
        await set_mail(desk, port=server.port, security="starttls")
        assert "cannot do what is asked" in (await try_mail(desk))["message"]
        assert server.came == []


async def test_mail_is_never_addressed_to_several(desk: Desk) -> None:
    """A list, a header's end, half an address: no mail."""
    async with mail_server() as server:
        await set_mail(desk, port=server.port)
        for to in (
            "a@b.example,c@d.example",
            "a@b.example\r\nBcc: c@d.example",
            "<a@b.example>",
            "a@",
            "a b@c.example",
        ):
            with pytest.raises(Invalid):
                await desk.served_desk.mailer.send(desk.founded.workspace_id, to, "Hello", "Text")
        await desk.served_desk.mailer.send(
            desk.founded.workspace_id, "ana@example.com", "Hello\r\nBcc: evil@example.com", "Line\r\n.\r\nQUIT\r\n"
        )
        mail = await server.next()
        assert mail["Subject"] == "Hello Bcc: evil@example.com"
        assert mail["Bcc"] is None
        assert "QUIT" in mail.get_content()
        assert len(server.came) == 1


@asynccontextmanager
async def trusting(desk: Desk, tls: ssl.SSLContext, step_s: float = 10) -> AsyncIterator[Mailer]:
    """A mailer that trusts the test's own certificate."""
    house = desk.served.house
    yield Mailer(house.store, derived_key(secret_key(house.settings), "mail"), tls=tls, step_s=step_s)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_user_logs_in_over_tls(desk: Desk, tmp_path: Path, security: str) -> None:
    """With the right password the mail goes out; with a wrong one, or a certificate of nobody's, it does not."""
    certificate, trusted = make_certificate(tmp_path)
    workspace_id = desk.founded.workspace_id
    how: Json = {"certificate": certificate, "login": ("desk", SECRET)}
    async with mail_server(security, **how) as server, trusting(desk, trusted) as mailer:  # type: ignore[arg-type]
        login = {"port": server.port, "security": security, "username": "desk"}
        await set_mail(desk, **login, password=SECRET)
        await mailer.send(workspace_id, "ana@example.com", "Hello", "Text")
        assert (await server.next())["Subject"] == "Hello"
        assert "could not be trusted" in (await try_mail(desk))["message"]
        await set_mail(desk, **login, password="wrong")
        with pytest.raises(MailFailed) as refused:
            await mailer.send(workspace_id, "ana@example.com", "Hello", "Text")
        assert "refused the user name or the password" in refused.value.message
        assert len(server.came) == 1


async def test_a_server_that_says_nothing_is_given_up(desk: Desk, tmp_path: Path) -> None:
    """It holds nobody up for longer than a step may take."""
    open_: list[asyncio.StreamWriter] = []

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.append(writer)
        await reader.read()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    await set_mail(desk, port=server.sockets[0].getsockname()[1])
    async with trusting(desk, ssl.create_default_context(), step_s=0.3) as mailer:
        with pytest.raises(MailFailed) as refused:
            await mailer.send(desk.founded.workspace_id, "ana@example.com", "Hello", "Text")
    assert "did not answer in time" in refused.value.message
    for writer in open_:
        writer.close()
    server.close()
    await server.wait_closed()


async def test_another_secret_key_reads_no_password(desk: Desk) -> None:
    """With a new SECRET_KEY the password has to be typed again; nothing breaks."""
    await set_mail(desk, security="starttls", username="desk", password=SECRET)
    sealed = Seal(b"\x00" * 32).close(SECRET)
    assert Seal(b"\x00" * 32).open(sealed) == SECRET
    assert Seal(b"\x01" * 32).open(sealed) is None
    other = Mailer(desk.served.house.store, b"\x01" * 32)
    assert await other.is_set(desk.founded.workspace_id) is False
