"""Everything people wrote and set, as JSON lines; nothing that opens a door."""

import asyncio
import sys
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import Table, select, tuple_

from conversations.store import Store, Tx
from conversations.store import tables as t
from server.cli.terminal import Advance

PAGE = 500

KEPT_BACK = {
    "agents": {"password_hash"},
    "inboxes": {"secrets"},
    "messages": {"body_hash"},
    "mail_settings": {"password"},
    "invitations": {"token_hash"},
}
"""Columns that open doors, or mean nothing outside."""

EXPORTED: tuple[Table, ...] = (
    t.workspaces,
    t.mail_settings,
    t.agents,
    t.avatars,
    t.invitations,
    t.saved_views,
    t.teams,
    t.team_members,
    t.canned_replies,
    t.knowledge_bases,
    t.bots,
    t.inboxes,
    t.inbox_words,
    t.intents,
    t.examples,
    t.articles,
    t.article_images,
    t.models,
    t.corrections,
    t.contacts,
    t.identities,
    t.conversations,
    t.messages,
    t.attachments,
    t.queue_items,
    t.offers,
    t.deliveries,
    t.facts,
)
NOT_EXPORTED = {
    "sessions": "tokens of agents",
    "devices": "tokens of visitors",
    "one_time_links": "tokens that set passwords",
    "readers": "how far this machine has read",
    "search_entries": "the words of what is exported",
    "presence": "who is connected now",
    "work": "what is due on this machine",
    "replies_kept": "repeats of a day",
}
"""A test holds both lists against the tables there are."""


async def export_to(store: Store, file: Path | None, advance: Advance) -> dict[str, int]:
    """Write every row, a page at a time; the number of rows by table. file None: standard output."""
    if file is None:
        return await _export(store, sys.stdout.buffer, advance)
    try:
        with file.open("xb") as out:
            return await _export(store, out, advance)
    except BaseException as error:
        if not isinstance(error, FileExistsError):
            await asyncio.to_thread(file.unlink, missing_ok=True)
        raise


async def _export(store: Store, out: BinaryIO, advance: Advance) -> dict[str, int]:
    counts: dict[str, int] = {}
    for done, table in enumerate(EXPORTED):
        advance("tables", done, len(EXPORTED))
        counts[str(table.name)] = await _table(store, table, out)
    advance("tables", len(EXPORTED), len(EXPORTED))
    out.flush()
    return counts


async def _table(store: Store, table: Table, out: BinaryIO) -> int:
    names = [str(column.name) for column in table.c]
    keys = [names.index(str(column.name)) for column in table.primary_key]
    hidden = KEPT_BACK.get(table.name, set())
    after: tuple[Any, ...] | None = None
    count = 0
    while True:
        rows = await store.read(_page, table, after)
        for row in rows:
            shown = {name: value for name, value in zip(names, row, strict=True) if name not in hidden}
            out.write(orjson.dumps({"table": str(table.name), **shown}) + b"\n")
        count += len(rows)
        if len(rows) < PAGE:
            return count
        after = tuple(rows[-1][place] for place in keys)


def _page(tx: Tx, table: Table, after: tuple[Any, ...] | None) -> list[tuple[Any, ...]]:
    key = list(table.primary_key)
    found = select(*table.c).order_by(*key).limit(PAGE)
    if after is not None:
        found = found.where(tuple_(*key) > tuple_(*after))
    return tx.all(found)
