"""The rows of a house that a run is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import select

from conversations.facts import Fact, fact_from
from conversations.store import Store, Tx
from conversations.store.tables import agents, conversations, facts, messages
from tests.rig.history import Evidence, History, Standing, Stored

PAGE = 5_000

ALL_FACTS = (facts.c.id, facts.c.conversation_id, facts.c.rev, facts.c.kind, facts.c.at, facts.c.actor, facts.c.epoch)


@dataclass(frozen=True, slots=True)
class Rows:
    stored: list[Stored]
    standing: list[Standing]
    facts: list[Fact]
    seats: dict[str, int]


async def rows_of(store: Store) -> Rows:
    """Everything, page by page: a read may take 2 s at most."""
    found: list[Fact] = []
    while page := await store.read(_facts_after, found[-1].id if found else 0):
        found += page
    stored: list[Stored] = []
    while some := await store.read(_messages_after, stored[-1].id if stored else ""):
        stored += some
    standing: list[Standing] = []
    while rows := await store.read(_conversations_after, standing[-1].id if standing else ""):
        standing += rows
    return Rows(stored, standing, found, await store.read(_seats))


async def evidence_of(store: Store, history: History, down: Sequence[tuple[int, int]] = ()) -> Evidence:
    """A run as it is judged. down: when no server was up."""
    rows = await rows_of(store)
    return Evidence(history, rows.stored, rows.standing, rows.facts, rows.seats, down)


def _facts_after(tx: Tx, last: int) -> list[Fact]:
    wanted = select(*ALL_FACTS, facts.c.data).where(facts.c.id > last).order_by(facts.c.id).limit(PAGE)
    return [fact_from(row) for row in tx.all(wanted)]


def _messages_after(tx: Tx, last: str) -> list[Stored]:
    columns = [messages.c[field.name] for field in fields(Stored)]
    return [Stored(*row) for row in tx.all(select(*columns).where(messages.c.id > last).order_by("id").limit(PAGE))]


def _conversations_after(tx: Tx, last: str) -> list[Standing]:
    columns = [conversations.c[field.name] for field in fields(Standing)]
    wanted = select(*columns).where(conversations.c.id > last).order_by(conversations.c.id).limit(PAGE)
    return [Standing(*row) for row in tx.all(wanted)]


def _seats(tx: Tx) -> dict[str, int]:
    return {row[0]: row[1] for row in tx.all(select(agents.c.id, agents.c.seats))}
