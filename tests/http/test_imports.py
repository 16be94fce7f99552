"""Knowledge brought in by people: CSV files with their faults, article images, a look at how it will be drawn."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import orjson
import pytest
from aiohttp import FormData
from sqlalchemy import select

from conversations.store.tables import article_images
from server.images import image_size
from tests.http.desk import Desk

CSV = """question,answer,Category,locale,phrasings,tags
How do I pair a lamp?,Hold **the button**.,technical,en,pair a lamp|new lamp,x
"When are you open?",Nine to five.,hours,en,,
,No question.,,,,
How do I pay?,,,,,
how do I pair a LAMP?,Another answer.,,en,,
"Too, many",fields,a,b,c,d,e,f
Where is it?,"Over
there.",,de,,
"""


def png(width: int, height: int) -> bytes:
    """A whole PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\x7f" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def as_form(data: bytes, name: str = "lamp.png") -> FormData:
    form = FormData()
    form.add_field("file", io.BytesIO(data), filename=name)
    return form


async def test_articles_come_in_with_a_report_by_line(either: Desk) -> None:
    """Each line that cannot be used is named with its column; the others are taken, and once."""
    desk = either
    told = await desk.post("articles/import", desk.admin, {"csv": "\ufeff" + CSV})
    assert (told["added"], told["changed"], told["unchanged"], told["skipped"]) == (3, 0, 0, 4)
    problems = {(one["line"], one["field"]) for one in told["problems"]}
    assert problems == {(1, "tags"), (4, "question"), (5, "answer"), (6, "question"), (7, None)}
    assert "line 2" in next(one["message"] for one in told["problems"] if one["line"] == 6)
    articles = (await desk.get("articles", desk.admin))["articles"]
    assert {one["question"]: one["phrasings"] for one in articles}["How do I pair a lamp?"] == [
        "pair a lamp",
        "new lamp",
    ]
    again = await desk.post("articles/import", desk.admin, {"csv": CSV})
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 3)
    other = await desk.post("articles/import", desk.admin, {"csv": CSV.replace("Nine to five", "Ten to six")})
    assert (other["added"], other["changed"], other["unchanged"]) == (0, 1, 2)


async def test_imported_articles_answer_at_once(desk: Desk) -> None:
    """What came in by a file is known to the bot without training."""
    await desk.with_bot()
    await desk.post("articles/import", desk.admin, {"csv": CSV})
    await desk.served.house.refresh()
    asked = {"inbox": desk.founded.public_key, "text": "How do I pair a lamp?"}
    found = await desk.post("understand", desk.admin, asked)
    assert (found["decision"], found["article"]["question"]) == ("answer", "How do I pair a lamp?")


async def test_examples_come_in_with_their_intents(either: Desk) -> None:
    """Intents are made where they are missing, and told what became of each."""
    desk = either
    csv = (
        "text,intent,answer\nwhere is it,order_status,Look here.\ntrack it,order_status,\n,refund,\nmoney back,refund,"
    )
    told = await desk.post("intents/import", desk.admin, {"csv": csv})
    assert (told["added"], told["new_intents"], told["skipped"]) == (3, 2, 1)
    assert told["problems"] == [{"line": 4, "field": "text", "message": "text is empty."}]
    again = await desk.post("intents/import", desk.admin, {"csv": csv.replace("Look here", "Look there")})
    assert (again["added"], again["unchanged"], again["changed"], again["new_intents"]) == (0, 3, 1, 0)


@pytest.mark.parametrize("path", ["articles/import", "intents/import"])
async def test_a_file_that_is_no_such_file_is_refused(desk: Desk, path: str) -> None:
    """A missing column is named; so is a file that is too large, or of somebody else's bot."""
    wrong = await desk.call("POST", path, desk.admin, json={"csv": "a,b\n1,2"})
    assert (wrong.status, wrong.code) == (400, "invalid")
    assert wrong.field in ("question", "text", "intent")
    body = io.BytesIO(orjson.dumps({"csv": "question,answer\n" + "é" * 4_000_000}))
    large = await desk.call("POST", path, desk.admin, data=body, headers={"Content-Type": "application/json"})
    assert (large.status, large.field) == (413, "csv")
    theirs = await desk.other_workspace()
    strange = await desk.call("POST", path, theirs, json={"csv": CSV, "bot_id": desk.founded.bot_id})
    assert (strange.code, strange.field) == ("not_found", "bot_id")


async def test_an_image_is_kept_once_and_seen_by_anyone(either: Desk) -> None:
    """What is uploaded gets an address that never changes, tells its size, and stands in an article's tree."""
    desk = either
    kept = (await desk.call("POST", "articles/images", desk.admin, data=as_form(png(30, 20)))).body
    assert (kept["type"], kept["width"], kept["height"]) == ("image/png", 30, 20)
    again = (await desk.call("POST", "articles/images", desk.admin, data=as_form(png(30, 20), "other.png"))).body
    assert again["url"] == kept["url"]
    async with desk.http.get(f"{desk.url}{kept['url']}") as shown:
        assert (shown.status, await shown.read()) == (200, png(30, 20))
        assert "immutable" in shown.headers["Cache-Control"]
        assert (shown.headers["X-Content-Type-Options"], "sandbox" in shown.headers["Content-Security-Policy"]) == (
            "nosniff",
            True,
        )
    preview = await desk.post("articles/preview", desk.admin, {"text": f"Look:\n\n{kept['markdown']}"})
    assert preview["nodes"][1] == {"type": "image", "src": kept["url"], "alt": "", "width": 30, "height": 20}
    assert preview["excerpt"] == "Look:"


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.4 hello",
        b"\x89PNG\r\n\x1a\n",
        png(9_000, 1),
    ],
)
async def test_what_is_no_image_to_draw_is_refused_and_not_kept(desk: Desk, data: bytes) -> None:
    """By its content, whatever its name says; nothing of it stays on the disk."""
    answer = await desk.call("POST", "articles/images", desk.admin, data=as_form(data))
    assert (answer.status, answer.field) == (400, "file")
    assert not [path for path in desk.served.house.settings.files_dir.rglob("*") if path.is_file()]
    assert await desk.served.house.store.read(lambda tx: tx.all(select(article_images.c.name))) == []


async def test_an_image_that_is_too_large_is_refused(desk: Desk) -> None:
    """Over 5 MB nothing is kept."""
    answer = await desk.call("POST", "articles/images", desk.admin, data=as_form(png(10, 10) + b"\x00" * 5_000_000))
    assert answer.status == 413


@pytest.mark.parametrize(
    ("data", "type_", "size"),
    [
        (b"GIF89a\x02\x01\x03\x00", "image/gif", (258, 3)),
        (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc2\x00\x0b\x08\x00\x10\x00\x20", "image/jpeg", (32, 16)),
        (b"RIFF0000WEBPVP8X" + b"\x00" * 8 + b"\x09\x00\x00\x13\x00\x00", "image/webp", (10, 20)),
        (b"\xff\xd8\xff\xd9", "image/jpeg", None),
        (b"\xff\xd8" + b"\xff" * 50, "image/jpeg", None),
        (b"GIF89a", "image/gif", None),
        (b"RIFF", "image/webp", None),
        (png(1, 1), "image/gif", None),
    ],
)  # fmt: skip
def test_an_images_size_is_read_from_its_header(data: bytes, type_: str, size: Any) -> None:
    """Of each type; what is cut off or something else has none."""
    assert image_size(data, type_) == size
