"""Files: taken in within limits, seen by whom they were sent to, opened by addresses that end."""

from __future__ import annotations

import secrets
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData, MultipartWriter
from sqlalchemy import update

from conversations.errors import Forbidden
from conversations.store import Tx
from conversations.store.tables import attachments
from server.files import ADDRESS_LIFE_MS, Files, shown_name, type_of
from server.uploads import UNSENT_LIFE_MS, forget_unsent
from tests.http.desk import Desk
from tests.http.files import PNG, docx

PAGE = b"<!doctype html><html><script>alert(document.cookie)</script></html>"


def form(data: bytes, name: str = "photo.png", kind: str = "image/png") -> FormData:
    made = FormData(quote_fields=False)
    made.add_field("file", BytesIO(data), filename=name, content_type=kind)
    return made


async def uploaded(desk: Desk, token: Any, data: bytes = PNG, name: str = "photo.png") -> Any:
    answer = await desk.call("POST", "attachments", token, data=form(data, name))
    assert answer.status == 201, answer
    return answer.body


async def opened(desk: Desk, token: Any, attachment_id: str) -> tuple[int, bytes, dict[str, str]]:
    """The file by its signed address, which needs no token."""
    found = await desk.get(f"attachments/{attachment_id}", token)
    async with desk.http.get(f"{desk.url}{found['url']}") as response:
        return response.status, await response.read(), {k.title(): v for k, v in response.headers.items()}


async def test_a_visitor_sends_a_photo_and_the_agent_sees_it(either: Desk) -> None:
    """Uploaded with the visitor's token, bound by the message, opened by both."""
    sam = await either.agent("Sam", online=True)
    token, socket = await either.visitor()
    photo = await uploaded(either, token)
    assert (photo["name"], photo["type"], photo["size_bytes"]) == ("photo.png", "image/png", len(PNG))
    assert (photo["width"], photo["height"]) == (1, 1)
    sent = {"client_id": "one", "text": "Broken", "attachment_ids": [photo["id"]]}
    acknowledged = await socket.call("message.send", sent, 10)
    assert acknowledged["ok"], acknowledged
    page = await either.get(f"conversations/{acknowledged['message']['conversation_id']}/messages", sam)
    assert page["messages"][0]["attachments"] == [photo]
    for reader in (sam, token):
        status, data, headers = await opened(either, reader, photo["id"])
        assert (status, data, headers["Content-Type"]) == (200, PNG, "image/png")
        assert headers["Content-Disposition"].startswith("inline")


async def test_a_page_is_not_taken(desk: Desk) -> None:
    """Whatever its name and claimed type: HTML is refused, and nothing of it stays."""
    answer = await desk.call("POST", "attachments", desk.admin, data=form(PAGE, "photo.png", "image/png"))
    assert (answer.status, answer.code, answer.field) == (400, "invalid", "file")
    assert "HTML" in answer.body["error"]["message"]
    assert not any(path.is_file() for path in desk.served.house.settings.files_dir.rglob("*"))


async def test_a_document_comes_as_a_download_with_its_warning(desk: Desk) -> None:
    """Only pictures are shown in place; a document is for its own program, named as what it is, its macros told."""
    data = docx(**{"word/vbaProject.bin": b"x"})
    answer = await desk.call("POST", "attachments", desk.admin, data=form(data, "letter.exe", "image/png"))
    kind = "application/vnd.ms-word.document.macroEnabled.12"
    told = answer.body
    assert (told["name"], told["type"], told["warning"]) == ("letter.exe.docm", kind, "macros")
    _, received, headers = await opened(desk, desk.admin, told["id"])
    assert received == data
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]


async def test_an_unsent_file_is_its_uploaders_alone(desk: Desk) -> None:
    """Neither another visitor nor an admin sees it, and nobody else can send it."""
    token, _ = await desk.visitor()
    other, other_socket = await desk.visitor()
    photo = await uploaded(desk, token)
    for stranger in (other, desk.admin):
        assert (await desk.call("GET", f"attachments/{photo['id']}", stranger)).status == 404
    stolen = await other_socket.call(
        "message.send", {"client_id": "x", "text": "mine", "attachment_ids": [photo["id"]]}, 10
    )
    assert stolen["error"]["code"] == "not_found"


async def test_a_file_of_a_note_never_reaches_the_visitor(desk: Desk) -> None:
    """What agents attach to a note is theirs."""
    sam = await desk.agent("Sam", online=True)
    token, socket = await desk.visitor()
    said = await socket.call("message.send", {"client_id": "one", "text": "Hello"}, 10)
    chat_id = said["message"]["conversation_id"]
    photo = await uploaded(desk, sam)
    note = {"client_id": "n", "text": "Look", "private": True, "attachment_ids": [photo["id"]]}
    await desk.post(f"conversations/{chat_id}/messages", sam, note)
    assert (await desk.call("GET", f"attachments/{photo['id']}", sam)).status == 200
    assert (await desk.call("GET", f"attachments/{photo['id']}", token)).status == 404


async def test_a_withdrawn_file_opens_no_more(desk: Desk) -> None:
    """Also by an address that was signed before."""
    sam = await desk.agent("Sam", online=True)
    chat = await desk.taken(sam)
    photo = await uploaded(desk, sam)
    body = {"client_id": "n", "epoch": chat["epoch"], "attachment_ids": [photo["id"]]}
    sent = await desk.post(f"conversations/{chat['id']}/messages", sam, body)
    url = (await desk.get(f"attachments/{photo['id']}", sam))["url"]
    await desk.call("DELETE", f"messages/{sent['message']['id']}", sam)
    assert (await desk.call("GET", f"attachments/{photo['id']}", sam)).status == 404
    assert (await desk.call("GET", url)).status == 404


async def test_a_signed_address_opens_one_file(desk: Desk) -> None:
    """Changed in anything it opens nothing."""
    one, two = await uploaded(desk, desk.admin), await uploaded(desk, desk.admin)
    url = (await desk.get(f"attachments/{one['id']}", desk.admin))["url"]
    assert (await desk.call("GET", url)).status == 200
    expires = url.partition("expires=")[2].partition("&")[0]
    for changed in (
        url.replace(one["id"], two["id"]),
        url.replace(expires, str(int(expires) + 1)),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
    ):
        refused = await desk.call("GET", changed)
        assert (refused.status, refused.code) == (403, "forbidden")
    assert (await desk.call("GET", url.partition("?")[0])).status == 400


def test_an_address_ends_after_fifteen_minutes(tmp_path: Any) -> None:
    """Not one millisecond later."""
    files = Files(tmp_path, b"k" * 32)
    query = dict(part.split("=") for part in files.sign("att_1", 1_000).split("&"))
    expires, signature = int(query["expires"]), query["signature"]
    assert expires == 1_000 + ADDRESS_LIFE_MS
    files.check("att_1", expires, signature, expires)
    with pytest.raises(Forbidden):
        files.check("att_1", expires, signature, expires + 1)


async def test_too_large_a_file_leaves_nothing_behind(desk: Desk) -> None:
    """Over 25 MB is refused, announced or while it comes, and its beginning is removed."""
    announced = await desk.call("POST", "attachments", desk.admin, data=form(b"x" * 25_100_000))
    assert (announced.status, announced.code) == (413, "too_large")

    async def endless() -> Any:
        for _ in range(420):
            yield b"x" * 65_536

    with MultipartWriter("form-data") as writer:
        part = writer.append(endless())
        part.set_content_disposition("form-data", name="file", filename="big.bin")
    streamed = await desk.call("POST", "attachments", desk.admin, data=writer)
    assert (streamed.status, streamed.code) == (413, "too_large")
    kept = [path for path in desk.served.house.settings.files_dir.rglob("*") if path.is_file()]
    assert kept == []


FILE_PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
NESTED = b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y\r\n\r\n\r\n--y--\r\n--x--"
FORM = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", FORM),
        (b"--x\r\n", FORM),
        (FILE_PART + b"abc", FORM),
        (b'--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nabc\r\n--x--', FORM),
        (FILE_PART + b"\r\n--x--", FORM),
        (b"abc", "multipart/form-data"),
        (b"{}", "application/json"),
        (NESTED, FORM),
    ],
    ids=["empty", "begun", "cut off", "another field", "empty file", "no boundary", "json", "nested"],
)
async def test_a_form_that_holds_no_file_is_refused(desk: Desk, data: bytes, kind: str) -> None:
    """Cut short, without a boundary, without the field, empty, nested: 400, and nothing is kept."""
    answer = await desk.call("POST", "attachments", desk.admin, data=data, headers={"Content-Type": kind})
    assert (answer.status, answer.code, answer.field) == (400, "invalid", "file")
    assert not any(path.is_file() for path in desk.served.house.settings.files_dir.rglob("*"))


async def test_unsent_files_are_bounded_and_forgotten(desk: Desk) -> None:
    """Twenty wait at most; after a day they are gone, row and file, and what was sent stays."""
    sam = await desk.agent("Sam", online=True)
    chat = await desk.taken(sam)
    photos = [await uploaded(desk, sam, secrets.token_hex(8).encode(), "note.txt") for _ in range(20)]
    full = await desk.call("POST", "attachments", sam, data=form(PNG))
    assert (full.status, full.code) == (429, "rate_limited")
    body = {"client_id": "n", "epoch": chat["epoch"], "attachment_ids": [photos[0]["id"]]}
    await desk.post(f"conversations/{chat['id']}/messages", sam, body)
    house = desk.served.house

    def grow_old(tx: Tx) -> None:
        tx.run(update(attachments).values(created_at=attachments.c.created_at - UNSENT_LIFE_MS - 1))

    await house.store.write(grow_old)
    assert await forget_unsent(house.store, house.files) == 19
    assert len([path for path in house.settings.files_dir.rglob("*") if path.is_file()]) == 1
    assert (await opened(desk, sam, photos[0]["id"]))[0] == 200


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\a.txt", "a.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nSet-Cookie: x", "a\ufffdbSet-Cookie: x"),
        ("...", "file"),
        ("", "file"),
        (None, "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("résumé 中.pdf", "résumé 中.pdf"),
    ],
)
def test_names_are_for_showing_only(given: str | None, shown: str) -> None:
    """Folders, control characters and overrides of direction go; what is left is a name."""
    assert shown_name(given) == shown


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PNG, "image/png"),
        (b"plain words, \xc3\xa9", "text/plain"),
        (b"\x00\x01\x02\x03", "application/octet-stream"),
        (b"%PDF-1.7\n", "application/pdf"),
        (PAGE, "text/html"),
        (b"\xff" * 100, "application/octet-stream"),
    ],
    ids=["png", "text", "bytes", "pdf", "html", "noise"],
)
def test_a_type_is_what_the_content_says(head: bytes, kind: str) -> None:
    """Names and claims are not looked at."""
    assert type_of(head) == kind
