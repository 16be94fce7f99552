"""Agents find what was said and by whom, within what they may see, and nothing that was erased."""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import func, select, text

from conversations.inbox import receive
from conversations.model import InboundMessage
from conversations.store import Tx
from conversations.store.tables import search_entries
from tests.http.desk import Desk, Person, opened_desk
from tests.peers.postgres import Postgres


async def found(desk: Desk, query: str, by: Person | None = None, **more: Any) -> list[Any]:
    """What a search shows once the index has caught up."""
    await desk.served.house.indexer.catch_up()
    asked = "&".join(f"{name}={value}" for name, value in {"q": query, **more}.items())
    return (await desk.get(f"search?{asked}", by or desk.admin))["items"]  # type: ignore[no-any-return]


def texts(items: list[Any]) -> list[str]:
    return ["".join(piece["text"] for piece in one["excerpt"]) for one in items if one["kind"] == "message"]


async def test_words_are_found_in_what_was_said(either: Desk) -> None:
    """By their beginnings, whatever their case and accents, all of them, the newest first; notes, too."""
    desk = either
    first = await desk.conversation("Where is my Kürbis lamp?")
    await desk.conversation("The lamp is broken")
    note = {"client_id": "n1", "text": "Kurbis: a known fault", "private": True}
    await desk.post(f"conversations/{first['id']}/messages", desk.admin, note)
    assert texts(await found(desk, "KURBIS")) == ["Kurbis: a known fault", "Where is my Kürbis lamp?"]
    assert texts(await found(desk, "lamp")) == ["The lamp is broken", "Where is my Kürbis lamp?"]
    assert texts(await found(desk, "lam kür")) == ["Where is my Kürbis lamp?"]
    assert await found(desk, "nothing of the kind") == []
    assert await found(desk, "?!") == []
    (hit,) = await found(desk, "broken")
    assert [piece["text"] for piece in hit["excerpt"] if piece["hit"]] == ["broken"]
    assert (hit["author"]["kind"], hit["private"]) == ("visitor", False)


async def test_operators_are_words(either: Desk) -> None:
    """Nothing that is typed means anything to a database."""
    desk = either
    await desk.conversation("near AND not OR far")
    for query in ('"', "' OR 1=1 --", "a:* | !b (c", "NEAR(lamp)", "*", "^words", "search_words:x", "\\", "%25", "%26"):
        await found(desk, query)
    assert len(await found(desk, "AND NOT OR")) == 1


async def test_references_and_people_are_found(either: Desk) -> None:
    """A conversation by its reference, category and labels, a contact by name, address and attributes."""
    desk = either
    talk = await desk.conversation("Hello there")
    await desk.post(f"conversations/{talk['id']}/update", desk.admin, {"category": "billing", "labels": ["vip"]})
    contact = {"name": "Ana Quist", "email": "ana@quist.example", "attributes": {"plan": "Heron Plus"}}
    await desk.call("PATCH", f"contacts/{talk['contact']['id']}", desk.admin, json=contact)
    for query in (talk["reference"], "billing", "vip"):
        (item,) = await found(desk, query, kind="conversations")
        assert (item["conversation_id"], item["title"]) == (talk["id"], talk["reference"])
    for query in ("quist", "ana@quist", "heron plus"):
        (item,) = await found(desk, query, kind="contacts")
        assert (item["contact_id"], item["title"]) == (talk["contact"]["id"], "Ana Quist")
    (item,) = await found(desk, "hello", kind="messages")
    assert (item["title"], item["reference"]) == ("Ana Quist", talk["reference"])
    assert {one["kind"] for one in await found(desk, "ana")} == {"contact"}


async def test_nobody_finds_what_they_may_not_see(either: Desk) -> None:
    """Another team's conversations and contacts, and another workspace's, are not there."""
    desk = either
    sam, kim = await desk.agent("Sam"), await desk.agent("Kim")
    care = await desk.team("Care", sam)
    await desk.team("Tech", kim)
    inbox = f"inboxes/{desk.founded.inbox_id}"
    assert (await desk.call("PATCH", inbox, desk.admin, json={"default_team_id": care})).status == 200
    await desk.served.house.refresh()
    talk = await desk.conversation("My secret lamp")
    await desk.call("PATCH", f"contacts/{talk['contact']['id']}", desk.admin, json={"name": "Secret Ana"})
    stranger = await desk.other_workspace()
    for query in ("secret", talk["reference"]):
        assert await found(desk, query, sam) != []
        assert await found(desk, query, kim) == []
        assert await found(desk, query, stranger) == []


async def test_pages_follow_each_other(desk: Desk) -> None:
    """Each page begins where the last one ended."""
    made = [(await desk.conversation(f"lamp number {number}"))["id"] for number in range(5)]
    await desk.served.house.indexer.catch_up()
    seen: list[str] = []
    cursor = ""
    for _ in range(5):
        page = await desk.get(f"search?q=lamp&limit=2{cursor}", desk.admin)
        seen += [one["conversation_id"] for one in page["items"]]
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    assert seen == made[::-1]
    assert (await desk.call("GET", "search?q=lamp&cursor=bm8", desk.admin)).field == "cursor"


async def test_what_was_withdrawn_is_found_no_more(either: Desk) -> None:
    """Nor is it in the index: the entry goes, and on SQLite its words leave the file's index at once."""
    desk = either
    sam = await desk.agent("Sam", online=True)
    talk = await desk.taken(sam, "Hello")
    body = {"client_id": "c1", "text": "The code is xylophonquark", "epoch": talk["epoch"]}
    sent = await desk.post(f"conversations/{talk['id']}/messages", sam, body)
    assert len(await found(desk, "xylophonquark")) == 1
    edited = {"text": "The code is zebrafinkquark"}
    await desk.call("PATCH", f"messages/{sent['message']['id']}", sam, json=edited)
    assert (len(await found(desk, "xylophonquark")), len(await found(desk, "zebrafink"))) == (0, 1)
    await desk.call("DELETE", f"messages/{sent['message']['id']}", sam)
    assert await found(desk, "zebrafinkquark") == []
    store = desk.served.house.store
    if store.engine == "sqlite":
        assert await store.read(_words_kept, "zebrafinkquark") == 0
        await store.write(_check)


def _words_kept(tx: Tx, word: str) -> int:
    holding = text("SELECT count(*) FROM search_words_data WHERE instr(block, CAST(:word AS BLOB)) > 0")
    row = tx.one(holding, {"word": word})
    assert row is not None
    return int(row[0])


def _check(tx: Tx) -> None:
    """Raises where the index of words is not that of the entries."""
    tx.run(text("INSERT INTO search_words(search_words, rank) VALUES ('integrity-check', 1)"))


async def test_the_index_is_made_again_from_the_facts(desk: Desk) -> None:
    """Read twice, the facts make the same entries: a reader that begins again loses and doubles nothing."""
    for number in range(30):
        await desk.conversation(f"lamp number {number}")
    assert len(await found(desk, "lamp", limit=50)) == 30
    store = desk.served.house.store
    count = select(func.count()).select_from(search_entries)
    before = await store.read(lambda tx: tx.all(count))
    await store.write(lambda tx: tx.run(text("UPDATE readers SET cursor = 0")))
    again = type(desk.served.house.indexer)(store, "another")
    await desk.served.house.indexer.close()
    await again.catch_up()
    assert await store.read(lambda tx: tx.all(count)) == before
    await again.close()


async def test_messages_of_an_older_database_are_found_after_the_migration(desk: Desk) -> None:
    """The reader begins at the first fact there is, not at the day it was installed."""
    house = desk.served.house
    inbox = house.places.inbox(desk.founded.inbox_id)
    inbound = InboundMessage("an ancient lamp", address="a:old", client_id=secrets.token_hex(4))
    await house.store.write(receive, inbox, inbound)
    assert texts(await found(desk, "ancient")) == ["an ancient lamp"]
    path = house.settings.sqlite_file
    assert path is not None
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT cursor > 0 FROM readers WHERE name = 'search'").fetchone() == (1,)


async def test_parts_of_words_are_found_where_postgresql_can(postgres: Postgres, tmp_path: Path) -> None:
    """With the extension pg_trgm, a term of three letters is found in the middle of words, too."""
    async with postgres.database() as url, opened_desk(tmp_path, url) as desk:
        await desk.conversation("My Kürbislampe")
        assert texts(await found(desk, "lamp")) == ["My Kürbislampe"]
        assert await found(desk, "la") == []


async def test_a_plain_user_of_postgresql_searches_without_the_extension(postgres: Postgres, tmp_path: Path) -> None:
    """Who may not make extensions has a desk all the same, and finds words by their beginnings."""
    role = f"plain_{secrets.token_hex(4)}"
    await postgres.execute(f"CREATE ROLE {role} LOGIN")
    async with postgres.database() as url:
        connection: Any = await asyncpg.connect(url, timeout=10)
        await connection.execute(f"GRANT CREATE ON SCHEMA public TO {role}")
        await connection.close(timeout=10)
        async with opened_desk(tmp_path, url.replace("//frontdesk@", f"//{role}@")) as desk:
            await desk.conversation("My Kürbislampe")
            assert texts(await found(desk, "kürbis")) == ["My Kürbislampe"]
            assert await found(desk, "lampe") == []
    await postgres.execute(f"DROP ROLE {role}")
