"""An agent's own picture and name, as visitors see them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from aiohttp import FormData

from tests.http.desk import Desk, Json, Person


def png(width: int = 4, height: int = 4) -> bytes:
    """A whole PNG of one colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * ((width + 1) * min(height, 100)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def put(desk: Desk, agent: Person, data: bytes, name: str = "me.png") -> Json:
    form = FormData()
    form.add_field("file", BytesIO(data), filename=name, content_type="image/png")
    return await desk.call("PUT", "agents/me/avatar", agent, data=form)


def stored(desk: Desk) -> int:
    """How many files lie on the disk."""
    return sum(path.is_file() for path in desk.served.house.settings.files_dir.rglob("*"))


async def test_visitors_see_the_picture_of_who_answers(either: Desk) -> None:
    """It is public under its address, also for a visitor's page; of the one that it replaces nothing is left."""
    sam = await either.agent("Sam")
    first = await put(either, sam, png())
    assert first.status == 200, first
    url = first.body["avatar_url"]
    async with either.http.get(f"{either.url}{url}") as shown:
        assert (shown.status, shown.content_type, await shown.read()) == (200, "image/png", png())
        assert "sandbox" in shown.headers["Content-Security-Policy"]
        assert "immutable" in shown.headers["Cache-Control"]
    _, socket = await either.visitor()
    sent = (await socket.call("message.send", {"client_id": "one", "text": "Hello"}, 10))["message"]
    chat = (await either.get(f"conversations/{sent['conversation_id']}", sam))["conversation"]
    await either.command(sam, "take_over", chat)
    await either.served.house.refresh()
    listed = (await socket.call("conversations.list", {}, 10))["conversations"]
    assert listed[0]["agent"] == {"name": "Sam", "avatar_url": url}
    second = await put(either, sam, png(5, 5))
    assert second.body["avatar_url"] != url
    assert (await either.call("GET", url)).status == 404
    assert stored(either) == 1
    gone = await either.call("DELETE", "agents/me/avatar", sam)
    assert (gone.status, gone.body["avatar_url"], stored(either)) == (200, None, 0)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"just text", 400),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 400),
        (b"<html><script>alert(1)</script></html>", 400),
        (b"%PDF-1.7\n", 400),
        (b"GIF89a" + b"\x00" * 50, 400),
        (b"\x89PNG\r\n\x1a\n", 400),
        (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", 400),
        (png(4_001, 10), 400),
        (png(0, 10), 400),
        (png() + b"\x00" * 2_000_000, 413),
    ],
)
async def test_what_is_no_picture_is_refused(desk: Desk, data: bytes, status: int) -> None:
    """Whatever its name says; nothing of it stays, and the picture before it does."""
    sam = await desk.agent("Sam")
    before = (await put(desk, sam, png())).body["avatar_url"]
    refused = await put(desk, sam, data)
    assert (refused.status, refused.field) == (status, "file")
    assert (await desk.get("agents/me", sam))["avatar_url"] == before
    assert stored(desk) == 1


@pytest.mark.parametrize("name", ["..%2f..%2fsecret_key", "a" * 40 + ".png", "%00.png", "x.svg"])
async def test_only_pictures_have_such_an_address(desk: Desk, name: str) -> None:
    """No other file is to be had there: neither attachments nor the house's own."""
    uploaded = FormData()
    uploaded.add_field("file", b"a private text", filename="notes.txt")
    await desk.call("POST", "attachments", desk.admin, data=uploaded)
    kept = next(path for path in desk.served.house.settings.files_dir.rglob("*") if path.is_file())
    for tried in (name, kept.name, f"{kept.name}.png"):
        assert (await desk.call("GET", f"avatars/{tried}")).status == 404


async def test_an_agent_changes_their_own_name_and_nothing_else(desk: Desk) -> None:
    """Role, seats and rights are not theirs to set."""
    sam = await desk.agent("Sam")
    body = {"name": "Samira", "role": "admin", "seats": 99, "email": "other@example.com"}
    changed = await desk.call("PATCH", "agents/me", sam, json=body)
    assert changed.status == 200
    shown = {name: changed.body[name] for name in ("name", "role", "seats", "email")}
    assert shown == {"name": "Samira", "role": "agent", "seats": 4, "email": "sam@example.com"}
    assert (await desk.call("PATCH", "agents/me", sam, json={"name": " "})).status == 400
