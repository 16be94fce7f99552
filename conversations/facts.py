"""What happened, append-only: written in the transaction that changes anything, read after its commit."""

from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import bindparam, insert

from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import facts

FactKind = Literal[
    "conversation_started",
    "message_received",
    "message_posted",
    "message_edited",
    "message_withdrawn",
    "message_rated",
    "read",
    "status_changed",
    "conversation_updated",
    "queue_entered",
    "queue_left",
    "person_requested",
    "offer_made",
    "offer_ended",
    "turn_failed",
    "turn_stayed",
    "survey_submitted",
    "delivery_changed",
    "agent_status_changed",
    "agent_added",
    "agent_changed",
    "visitor_identified",
    "contact_changed",
    "form_submitted",
    "consent_given",
    "visitor_tracked",
    "knowledge_changed",
    "model_published",
    "settings_changed",
]

INSERT = Statement(
    insert(facts).values(
        conversation_id=bindparam("conversation_id"),
        rev=bindparam("rev"),
        kind=bindparam("kind"),
        at=bindparam("at"),
        actor=bindparam("actor"),
        epoch=bindparam("epoch"),
        data=bindparam("data"),
    )
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened. `rev` is the conversation's rev for agents just after it."""

    id: int
    conversation_id: str | None
    rev: int | None
    kind: FactKind
    at: int
    actor: str
    epoch: int | None
    data: dict[str, Any]


def fact_row(
    conversation_id: str | None,
    rev: int | None,
    kind: FactKind,
    at: int,
    actor: str,
    epoch: int | None,
    data: dict[str, Any],
) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "rev": rev,
        "kind": kind,
        "at": at,
        "actor": actor,
        "epoch": epoch,
        "data": orjson.dumps(data).decode(),
    }


def record(tx: Tx, kind: FactKind, actor: str, data: dict[str, Any]) -> None:
    """A fact of the house itself, of no conversation."""
    tx.many(INSERT, [fact_row(None, None, kind, tx.now, actor, None, data)])


def fact_from(row: tuple[Any, ...]) -> Fact:
    number, conversation_id, rev, kind, at, actor, epoch, data = row
    return Fact(number, conversation_id, rev, kind, at, actor, epoch, orjson.loads(data))
