"""How the engine finds rows: by an index, never by looking at all there are of what only grows."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from conversations.store.statement import Statement, compile_for

ROOMS = ("conversations", "intents", "bot", "channels", "handoff", "server")
# started as programs, or for training alone
NOT_READ = ("conversations.store.migrations", "intents.training", "server.cli")
GROWING = {
    "attachments",
    "contacts",
    "conversations",
    "deliveries",
    "devices",
    "facts",
    "identities",
    "messages",
    "offers",
    "queue_items",
    "work",
}


def modules() -> Iterator[ModuleType]:
    for room in ROOMS:
        for found in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."):
            if not found.name.startswith(NOT_READ) and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def statements() -> dict[str, Statement]:
    """Every prebuilt statement of the house, by where it is named."""
    named: dict[int, tuple[str, Statement]] = {}
    for module in modules():
        for name, value in vars(module).items():
            inner: Mapping[str, Any] = value if isinstance(value, Mapping) else {"": value}
            for key, one in inner.items():
                if isinstance(one, Statement):
                    named.setdefault(id(one), (f"{module.__name__}.{name}{key and f'[{key}]'}", one))
    return dict(named.values())


def plan(path: Path, statement: Statement) -> list[str]:
    compiled = statement.sqlite
    given = {name: compiled.fixed.get(name, 1) for name in compiled.names}
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {compiled.sql}", compiled.arguments(given)).fetchall()
    return [row[3] for row in rows]


def test_no_statement_looks_at_everything(sqlite_template: Path) -> None:
    """No prebuilt statement of any room scans a table that grows for ever, where no partial index bounds it."""
    found = statements()
    assert len(found) > 60
    scans = {
        name: step
        for name, statement in found.items()
        for step in plan(sqlite_template, statement)
        if step.startswith("SCAN") and step.split()[1] in GROWING and "USING INDEX ix_" not in step
    }
    assert scans == {}


WAY = [
    "conversations.identities.LOCK_IDENTITY",
    "conversations.identities.LOCK_ADDRESS",
    "conversations.inbox.BY_CLIENT_ID",
    "conversations.inbox.BY_EXTERNAL_ID",
    "conversations.inbox.LOCK_NEWEST",
    "conversations.inbox.LOCK_THREAD",
    "conversations.held.LOCK_CONVERSATION",
    "conversations.items.LIVE_OFFER",
    "conversations.items.CLOSE_ITEM",
]


@pytest.mark.parametrize("name", WAY)
def test_the_way_of_a_message_sorts_nothing(sqlite_template: Path, name: str) -> None:
    """What each message asks is found by searching an index, with nothing left to put in order."""
    module, _, attribute = name.rpartition(".")
    steps = plan(sqlite_template, getattr(importlib.import_module(module), attribute))
    assert any(step.startswith("SEARCH") for step in steps)
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in steps), steps


def test_constants_are_written_into_the_text() -> None:
    """A constant stands in the statement's text, so that a partial index over it applies; parameters do not."""
    from sqlalchemy import bindparam, select

    from conversations.store.tables import offers

    query = select(offers.c.id).where(offers.c.state == "offered", offers.c.id == bindparam("id")).limit(1)
    for compiled in (Statement(query).sqlite, Statement(query).postgresql):
        assert "state = 'offered'" in compiled.sql
        assert compiled.arguments({"id": "off_1"})[0] == "off_1"
    # what is written on the spot may hold what somebody typed: that is never written into the text
    typed = select(offers.c.id).where(offers.c.state == "'; DROP TABLE offers; --")
    assert "DROP" not in compile_for("sqlite", typed).sql
    assert compile_for("sqlite", typed).arguments({}) == ("'; DROP TABLE offers; --",)
