"""Files as weapons: others' ids, endless streams, hundreds at once, what unpacks, what never comes; nothing stays."""

from __future__ import annotations

import asyncio
import gzip
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from conversations.errors import RateLimited, Unavailable
from conversations.store.tables import attachments
from server.uploads import (
    FOLDER,
    LEFT_BEHIND_S,
    UNSENT_LIMIT,
    UPLOADS_LIMIT,
    UPLOADS_PER_ADDRESS,
    UPLOADS_PER_CALLER,
    LeftBehind,
    Uploads,
    moving,
)
from tests.http.files import PNG
from tests.http.test_file_kinds import REFUSED
from tests.whole.house import TestHouse
from tests.whole.people import Visitor

Json = Any
MB = 1_000_000
HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
FORM = {"Content-Type": "multipart/form-data; boundary=x"}


def kept(house: TestHouse) -> list[Path]:
    return [path for path in house.house.settings.files_dir.rglob("*") if path.is_file()]


async def rows(house: TestHouse) -> int:
    found = await house.house.store.read(lambda tx: tx.one(select(func.count()).select_from(attachments)))
    return int(found[0]) if found else 0


async def until(done: Any) -> None:
    """Return when it is so; within ten seconds."""
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  a folder tells nobody when it is empty
            await asyncio.sleep(0.02)


def served_connections() -> int:
    return sum("RequestHandler.start" in repr(task.get_coro()) for task in asyncio.all_tasks())


@asynccontextmanager
async def growth(most: int) -> AsyncIterator[None]:
    """The process, client and server together, never needs so many bytes more than before."""
    page = os.sysconf("SC_PAGE_SIZE")

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * page

    before, highest, connections = resident(), 0, served_connections()

    async def watch() -> None:
        nonlocal highest
        while True:
            highest = max(highest, resident())
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    # what is still sent after a refusal is read for a while
    await until(lambda: served_connections() <= connections)
    assert highest - before < most, f"grew by {(highest - before) / MB:.0f} MB"


@asynccontextmanager
async def sender(visitor: Visitor) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {visitor.token}"}) as session:
        yield session


async def sent(
    house: TestHouse, visitor: Visitor, data: Any, headers: dict[str, str] | None = None
) -> tuple[int, Json]:
    """(status, body) of an upload. data: a form's body, whole or as it comes; bytes alone are a file."""
    url = f"{house.url}/api/v1/attachments"
    async with sender(visitor) as session:
        if headers is None:
            form = aiohttp.FormData()
            form.add_field("file", data, filename="a.txt")
            data = form
        async with session.post(url, data=data, headers=headers) as response:
            return response.status, await response.json()


async def test_nobody_sends_what_another_brought(house: TestHouse) -> None:
    """Others' ids, own ones twice, an own beside another's: the message is refused whole, and the own file stays."""
    ana, ben = await house.visitor(), await house.visitor()
    _, mine = await sent(house, ana, PNG)
    _, theirs = await sent(house, ben, PNG)
    for ids in ([theirs["id"]], [mine["id"], theirs["id"]], [mine["id"], "att_none"], ["../../etc/passwd"]):
        error = await ana.refused("message.send", client_id=secrets.token_hex(4), text="x", attachment_ids=ids)
        assert error["code"] in ("not_found", "invalid")
    twice = await ana.do("message.send", client_id="twice", attachment_ids=[mine["id"], mine["id"]])
    page = await ana.fresh(twice["message"]["conversation_id"])
    [message] = [one for one in page["messages"] if one["author"]["kind"] == "visitor"]
    assert [one["id"] for one in message["attachments"]] == [mine["id"]]
    again = await ana.refused("message.send", client_id="again", text="x", attachment_ids=[mine["id"]])
    assert (again["code"], again["field"]) == ("not_found", "attachment_ids")
    async with sender(ben) as session, session.get(f"{house.url}/api/v1/attachments/{mine['id']}") as response:
        assert response.status == 404
    sam = await house.at_desk("Sam")
    stolen = {"conversation_id": twice["message"]["conversation_id"], "client_id": "s", "private": True}
    error = await sam.refused("message.send", **stolen, text="x", attachment_ids=[theirs["id"]])
    assert error["code"] == "not_found"


@pytest.mark.parametrize("name", ["html", "svg", "gif and jar", "zip bomb", "image bomb", "program", "half a document"])
async def test_what_is_refused_leaves_nothing(house: TestHouse, name: str) -> None:
    """A clear sentence, no file, no row, and little memory."""
    ana = await house.visitor()
    data, why = REFUSED[name]
    async with growth(40 * MB):
        status, told = await sent(house, ana, data)
    assert (status, told["error"]["code"], told["error"]["field"]) == (400, "invalid", "file")
    assert why in told["error"]["message"]
    assert (kept(house), await rows(house)) == ([], 0)


async def test_a_stream_without_end_is_cut(house: TestHouse) -> None:
    """Ten gigabytes that nobody announced: refused once 25 MB have come, with bounded memory, and nothing stays."""
    ana = await house.visitor()
    chunk, told = b"x" * 65_536, 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal told
        yield HEAD
        while told < 10_000 * MB:
            told += len(chunk)
            yield chunk

    async with growth(60 * MB):
        try:
            status, body = await sent(house, ana, endless(), FORM)
        except (aiohttp.ClientConnectionError, ConnectionError):
            # the refusal was not read before the connection ended
            status, body = 413, None
    assert status == 413
    assert body is None or (body["error"]["code"], body["error"]["field"]) == ("too_large", "file")
    assert told < 200 * MB
    await until(lambda: not kept(house))
    assert await rows(house) == 0


async def test_an_announced_giant_is_refused_unread(house: TestHouse) -> None:
    """Ten gigabytes by Content-Length: refused by the announcement."""
    ana = await house.visitor()
    reader, writer = await asyncio.open_connection("127.0.0.1", house.served.port)
    writer.write(
        f"POST /api/v1/attachments HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {ana.token}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {10_000 * MB}\r\n\r\n".encode()
    )
    async with asyncio.timeout(10):
        answer = await reader.readuntil(b"\r\n\r\n")
        assert b" 413 " in answer.split(b"\r\n")[0]
        await reader.read()
    writer.close()
    assert kept(house) == []


@pytest.mark.parametrize("part", [b"A: b\r\n", b"a line before the boundary\r\n"], ids=["headers", "preamble"])
async def test_a_form_without_a_file_is_cut(house: TestHouse, part: bytes) -> None:
    """Headers without end, or what stands before the form: bounded, too."""
    ana = await house.visitor()

    async def endless() -> AsyncIterator[bytes]:
        yield b"--x\r\n" if part.startswith(b"A") else b""
        for _ in range(2_000):
            yield part * 1_000

    async with growth(40 * MB):
        try:
            status, body = await sent(house, ana, endless(), FORM)
        except (aiohttp.ClientConnectionError, ConnectionError):
            status, body = 400, None
    assert status in (400, 413)
    assert body is None or body["error"]["code"] in ("invalid", "too_large")
    assert kept(house) == []


async def test_a_packed_body_is_not_unpacked(house: TestHouse) -> None:
    """A body that a server would unpack to a hundred times its size stays as it is, and is no form."""
    ana = await house.visitor()
    packed = gzip.compress(HEAD + b"\0" * 100 * MB)
    async with growth(40 * MB):
        status, body = await sent(house, ana, packed, {**FORM, "Content-Encoding": "gzip"})
    assert (status, body["error"]["code"]) == (400, "invalid")
    assert kept(house) == []


async def test_hundreds_at_once_are_bounded(house: TestHouse) -> None:
    """Three hundred uploads of a megabyte at one moment: some are taken, the rest told to wait; no more is kept."""
    people = [await house.visitor() for _ in range(10)]

    async def words() -> AsyncIterator[bytes]:
        yield HEAD
        for _ in range(16):
            yield b"words words " * 5_000
        yield b"\r\n--x--\r\n"

    async def one(visitor: Visitor) -> int:
        try:
            status, _ = await sent(house, visitor, words(), FORM)
        except (aiohttp.ClientConnectionError, ConnectionError):
            return 429
        return status

    async with growth(150 * MB):
        statuses = await asyncio.gather(*(one(people[number % 10]) for number in range(300)))
    assert set(statuses) <= {201, 429, 503}
    taken = statuses.count(201)
    assert 0 < taken <= len(people) * UNSENT_LIMIT
    await until(lambda: len(kept(house)) == taken)
    assert await rows(house) == taken


async def test_nobody_fills_the_disk_by_not_sending(house: TestHouse) -> None:
    """Twenty files of one visitor wait to be sent, also when they come five at a time."""
    ana = await house.visitor()
    statuses: list[int] = []
    for _ in range(6):
        statuses += [one[0] for one in await asyncio.gather(*(sent(house, ana, b"words") for _ in range(5)))]
    assert (statuses.count(201), set(statuses)) == (UNSENT_LIMIT, {201, 429})
    assert len(kept(house)) == await rows(house) == UNSENT_LIMIT


async def test_who_leaves_amid_an_upload_leaves_nothing(house: TestHouse) -> None:
    """The connection is cut after a megabyte of ten."""
    ana = await house.visitor()
    _, writer = await asyncio.open_connection("127.0.0.1", house.served.port)
    writer.write(
        f"POST /api/v1/attachments HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {ana.token}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {10 * MB}\r\n\r\n".encode()
        + HEAD
        + b"x" * MB
    )
    await writer.drain()
    await until(lambda: any(path.stat().st_size for path in kept(house)))
    writer.transport.abort()
    await until(lambda: not kept(house))
    assert await rows(house) == 0


async def test_a_file_that_does_not_come_is_not_waited_for() -> None:
    """Neither one that stops nor one that trickles is waited for without end."""

    async def trickle() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.Event().wait()

    async def drip() -> AsyncIterator[bytes]:
        while True:
            yield b"a"
            await asyncio.sleep(0.001)

    for chunks, limits in ((trickle(), {"limit_s": 60.0, "stall_s": 0.05}), (drip(), {"limit_s": 0.05})):
        with pytest.raises(Unavailable, match="too slowly"):
            async for _ in moving(chunks, **limits):
                pass


def test_the_places_for_uploads_are_counted_and_given_back() -> None:
    """So many of one person, of one address, of all; each is free again when the upload ends, however it ends."""
    uploads = Uploads()
    held = []
    for number in range(UPLOADS_PER_CALLER):
        held.append(uploads.one_more(f"a{number}", "ana"))
        held[-1].__enter__()
    with pytest.raises(RateLimited), uploads.one_more("b", "ana"):
        pass
    for number in range(UPLOADS_PER_ADDRESS):
        held.append(uploads.one_more("shared", f"c{number}"))
        held[-1].__enter__()
    with pytest.raises(RateLimited), uploads.one_more("shared", "new"):
        pass
    while uploads.under_way < UPLOADS_LIMIT:
        held.append(uploads.one_more(secrets.token_hex(4), secrets.token_hex(4)))
        held[-1].__enter__()
    with pytest.raises(Unavailable), uploads.one_more("z", "z"):
        pass
    for one in held:
        one.__exit__(None, None, None)
    assert uploads.under_way == uploads.of("ana") == 0


async def test_what_a_killed_process_left_behind_is_removed(house: TestHouse) -> None:
    """A file without a row goes once it is an hour old; those with a row, and those on their way, stay."""
    ana = await house.visitor()
    await sent(house, ana, PNG)
    [known] = kept(house)
    folder = house.house.settings.files_dir / FOLDER
    orphan, fresh = folder / "ab" / "orphan", folder / "ab" / "fresh"
    orphan.parent.mkdir(parents=True, exist_ok=True)
    for path in (orphan, fresh):
        path.write_bytes(b"x")
    old = house.house.store.now() / 1000 - LEFT_BEHIND_S - 60
    for path in (orphan, known):
        os.utime(path, (old, old))
    assert await LeftBehind(house.house.store, house.house.files).sweep(256) == 1
    assert set(kept(house)) == {known, fresh}
