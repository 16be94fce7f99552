"""What is found by its words, kept up with the facts: a reader names what changed, and this looks at it as it is now.

So it does not matter how often or how late a change is read: what was erased is not there to be looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.facts import Fact
from conversations.search_text import folded
from conversations.store.port import Tx
from conversations.store.statement import Row, Statement
from conversations.store.tables import contacts, conversations, identities, messages, search_entries

Kind = Literal["message", "conversation", "contact"]
Source = Literal["message", "conversation", "contact", "contact_of", "identity"]

_MESSAGES = frozenset({"message_received", "message_posted", "message_edited", "message_withdrawn"})
_CONVERSATIONS = frozenset({"conversation_started", "conversation_updated", "status_changed", "visitor_identified"})
_CONTACTS_OF = frozenset({"conversation_started", "visitor_identified"})


@dataclass(frozen=True, slots=True)
class Subject:
    """What changed. kind: a message, a conversation, a contact, or the contact of a conversation or an identity."""

    kind: Source
    id: str


_entry = upsert(search_entries).values(
    {
        name: bindparam(name)
        for name in ("workspace_id", "kind", "subject", "conversation_id", "contact_id", "words", "at")
    }
)
PUT = Statement(
    _entry.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={"words": _entry.excluded.words, "contact_id": _entry.excluded.contact_id},
        where=search_entries.c.words != _entry.excluded.words,
    )
)
DROP = delete(search_entries).where(
    search_entries.c.kind == bindparam("kind"), search_entries.c.subject.in_(bindparam("ids", expanding=True))
)
KNOWN = select(search_entries.c.subject).where(
    search_entries.c.kind == bindparam("kind"), search_entries.c.subject.in_(bindparam("ids", expanding=True))
)
MESSAGES = (
    select(
        messages.c.id,
        conversations.c.workspace_id,
        messages.c.conversation_id,
        conversations.c.contact_id,
        messages.c.text,
        messages.c.created_at,
    )
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        messages.c.id.in_(bindparam("ids", expanding=True)),
        messages.c.erased_at.is_(None),
        messages.c.kind != "event",
        messages.c.text != "",
    )
)
CONVERSATIONS = select(
    conversations.c.id,
    conversations.c.workspace_id,
    conversations.c.contact_id,
    conversations.c.number,
    conversations.c.created_at,
    conversations.c.category,
    conversations.c.labels,
).where(conversations.c.id.in_(bindparam("ids", expanding=True)))
_CONTACT = (
    contacts.c.id,
    contacts.c.workspace_id,
    contacts.c.name,
    contacts.c.email,
    contacts.c.phone,
    contacts.c.attributes,
    contacts.c.created_at,
)
CONTACTS = select(*_CONTACT).where(contacts.c.id.in_(bindparam("ids", expanding=True)))
CONTACTS_OF = (
    select(*_CONTACT)
    .join(conversations, conversations.c.contact_id == contacts.c.id)
    .where(conversations.c.id.in_(bindparam("ids", expanding=True)))
)
CONTACTS_OF_IDENTITIES = (
    select(*_CONTACT)
    .join(identities, identities.c.contact_id == contacts.c.id)
    .where(identities.c.id.in_(bindparam("ids", expanding=True)))
)
# FTS5 keeps the words of what was deleted until the pieces of its index are merged
MERGE_FIRST = text("INSERT INTO search_words(search_words, rank) VALUES ('merge', -200)")
MERGE_ON = text("INSERT INTO search_words(search_words, rank) VALUES ('merge', 200)")
PIECES = text("SELECT count(DISTINCT segid) FROM search_words_idx")


def subjects_of(facts: Iterable[Fact]) -> list[Subject]:
    """What has to be looked at after these facts, each once."""
    found: dict[Subject, None] = {}
    for fact in facts:
        if fact.kind in _MESSAGES and fact.data.get("kind") != "event" and "message_id" in fact.data:
            found[Subject("message", fact.data["message_id"])] = None
        if fact.conversation_id is not None and fact.kind in _CONVERSATIONS:
            found[Subject("conversation", fact.conversation_id)] = None
        if fact.conversation_id is not None and fact.kind in _CONTACTS_OF:
            found[Subject("contact_of", fact.conversation_id)] = None
        if isinstance(fact.data.get("contact_id"), str):
            found[Subject("contact", fact.data["contact_id"])] = None
        if fact.kind == "visitor_identified" and isinstance(fact.data.get("to"), str):
            found[Subject("identity", fact.data["to"])] = None
    return list(found)


def put_entries(tx: Tx, subjects: Sequence[Subject]) -> bool:
    """Bring the entries of some subjects up to what they are now. Whether anything was taken out."""
    ids = {
        kind: [one.id for one in subjects if one.kind == kind]
        for kind in ("message", "conversation", "contact", "contact_of", "identity")
    }
    rows = [_of_message(row) for row in _all(tx, MESSAGES, ids["message"])]
    gone = set(ids["message"]) - {row["subject"] for row in rows}
    rows += [_of_conversation(row) for row in _all(tx, CONVERSATIONS, ids["conversation"])]
    people = _all(tx, CONTACTS, ids["contact"]) + _all(tx, CONTACTS_OF, ids["contact_of"])
    people += _all(tx, CONTACTS_OF_IDENTITIES, ids["identity"])
    by_id = {row[0]: _of_contact(row) for row in people}
    rows += [entry for entry in by_id.values() if entry["words"]]
    blank = {key for key, entry in by_id.items() if not entry["words"]}
    tx.many(PUT, rows)
    dropped = _drop(tx, "message", gone)
    return _drop(tx, "contact", blank) or dropped


def scrub(tx: Tx, *, first: bool) -> bool:
    """Merge some of SQLite's index of words, so that those of what was taken out leave it; whether there is more."""
    if tx.engine != "sqlite":
        return False
    tx.run(MERGE_FIRST if first else MERGE_ON)
    row = tx.one(PIECES)
    return row is not None and row[0] > 1


def reference_of(number: int, created_at: int) -> str:
    """What a conversation is called on the phone, such as F-2026-00123."""
    return f"F-{datetime.fromtimestamp(created_at / 1000, UTC).year}-{number:05d}"


def _all(tx: Tx, statement: Any, ids: list[str]) -> list[Row]:
    return tx.all(statement, {"ids": ids}) if ids else []


def _drop(tx: Tx, kind: Kind, ids: set[str]) -> bool:
    if not ids:
        return False
    known = [row[0] for row in tx.all(KNOWN, {"kind": kind, "ids": sorted(ids)})]
    return bool(known) and tx.run(DROP, {"kind": kind, "ids": known}) > 0


def _of_message(row: Row) -> dict[str, Any]:
    message_id, workspace_id, conversation_id, contact_id, said, at = row
    return _put(workspace_id, "message", message_id, conversation_id, contact_id, said, at)


def _of_conversation(row: Row) -> dict[str, Any]:
    conversation_id, workspace_id, contact_id, number, created_at, category, labels = row
    said = " ".join((reference_of(number, created_at), category or "", *orjson.loads(labels)))
    return _put(workspace_id, "conversation", conversation_id, conversation_id, contact_id, said, created_at)


def _of_contact(row: Row) -> dict[str, Any]:
    contact_id, workspace_id, name, email, phone, attributes, created_at = row
    said = contact_words(name, email, phone, orjson.loads(attributes))
    return _put(workspace_id, "contact", contact_id, None, contact_id, said, created_at)


def contact_words(name: str | None, email: str | None, phone: str | None, attributes: dict[str, Any]) -> str:
    """What a contact is found by: name, addresses, and the texts and numbers among the attributes."""
    more = (
        str(value) for value in attributes.values() if isinstance(value, (str, int)) and not isinstance(value, bool)
    )
    return " · ".join(part for part in (name, email, phone, *more) if part)


def _put(
    workspace_id: str, kind: Kind, subject: str, conversation_id: str | None, contact_id: str | None, said: str, at: int
) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "kind": kind,
        "subject": subject,
        "conversation_id": conversation_id,
        "contact_id": contact_id,
        "words": folded(said),
        "at": at,
    }
