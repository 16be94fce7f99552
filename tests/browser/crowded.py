"""Thousands of conversations and messages, put where real ones are: copies of one that was really held."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, String, cast, column, insert, literal, select, update

from conversations import reading
from conversations.store import Tx
from conversations.store.tables import conversations, messages

CHUNK = 500


N: ColumnElement[int] = column("n", Integer)


def numbers(first: int, count: int) -> CTE:
    """first, first + 1, ..., as a table `n` of one column."""
    begin = select(literal(first, Integer).label("n")).cte("numbers", recursive=True)
    return begin.union_all(select(begin.c.n + 1).where(begin.c.n < first + count - 1))


def copy_resolved(tx: Tx, conversation_id: str, first: int, count: int) -> None:
    """So many closed conversations like this one, each a minute older than the one before."""
    rows = numbers(first, count)
    of = conversations.c
    changed: dict[str, ColumnElement[Any]] = {
        "id": literal(f"{conversation_id}-") + cast(N, String),
        "status": literal("resolved"),
        "resolution": literal("agent"),
        "assignee_id": literal(None),
        "waiting_since": literal(None),
        "turn_due_at": literal(None),
        "created_at": of.created_at - N * 60_000,
        "updated_at": of.updated_at - N * 60_000,
        "resolved_at": of.created_at,
    }
    names = [one.name for one in conversations.columns if one.name != "number"]
    found = select(*[changed.get(name, of[name]) for name in names]).select_from(
        conversations.join(rows, literal(True))
    )
    tx.run(insert(conversations).from_select(names, found.where(of.id == conversation_id)))


def copy_messages(tx: Tx, conversation_id: str, first: int, count: int) -> None:
    """So many messages of the visitor behind the last one, and the conversation as it is with them."""
    last = tx.one(
        select(messages.c.id).where(messages.c.conversation_id == conversation_id, messages.c.author_kind == "visitor")
    )
    assert last is not None, "the visitor has said something"
    before = reading.get(tx, conversation_id)
    rows = numbers(1, count)
    of = messages.c
    changed: dict[str, ColumnElement[Any]] = {
        "id": literal(f"{last[0]}-{first}-") + cast(N, String),
        "seq": before.last_seq + N,
        "made_rev": before.agent_rev + N,
        "agent_rev": before.agent_rev + N,
        "visitor_rev": before.visitor_rev + N,
        "client_id": literal(f"copy-{first}-") + cast(N, String),
        "text": literal("Said as number ") + cast(first + N, String) + literal(", in as many words as people use."),
        "created_at": before.updated_at + N,
    }
    names = [one.name for one in messages.columns]
    found = select(*[changed.get(name, of[name]) for name in names]).select_from(messages.join(rows, literal(True)))
    tx.run(insert(messages).from_select(names, found.where(of.id == last[0])))
    tx.run(
        update(conversations)
        .where(conversations.c.id == conversation_id)
        .values(
            last_seq=before.last_seq + count,
            visitor_seq=before.last_seq + count,
            answered_seq=before.last_seq + count,
            agent_rev=before.agent_rev + count,
            visitor_rev=before.visitor_rev + count,
        )
    )
