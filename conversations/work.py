"""Due work: rows with a clock, claimed under a lease, finished under a fencing token.

A lease only says who tries; whoever finishes must show the token of its own claim, so a worker that
slept past its lease changes nothing.
"""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam, case, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.store.port import Tx
from conversations.store.statement import Statement
from conversations.store.tables import work

_due = [
    work.c.kind == bindparam("kind"),
    work.c.due_at.is_not(None),
    work.c.due_at <= bindparam("now"),
    or_(work.c.leased_until.is_(None), work.c.leased_until < bindparam("now")),
]

_insert = upsert(work).values(
    kind=bindparam("kind"), subject=bindparam("subject"), due_at=bindparam("due_at"), data=bindparam("data")
)
SCHEDULE = Statement(
    _insert.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={"due_at": _insert.excluded.due_at, "data": _insert.excluded.data, "attempts": 0, "error": None},
    )
)
HASTEN = Statement(
    _insert.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={
            "due_at": case((work.c.due_at < _insert.excluded.due_at, work.c.due_at), else_=_insert.excluded.due_at),
            "data": _insert.excluded.data,
        },
    )
)
DUE = Statement(
    select(work.c.subject)
    .where(*_due)
    .order_by(work.c.due_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
CLAIM = Statement(
    update(work)
    .where(work.c.kind == bindparam("kind"), work.c.subject == bindparam("subject_"), *_due[1:])
    .values(token=work.c.token + 1, leased_until=bindparam("until"), attempts=work.c.attempts + 1)
    .returning(work.c.kind, work.c.subject, work.c.token, work.c.attempts, work.c.due_at, work.c.data)
)
FINISH = Statement(
    update(work)
    .where(
        work.c.kind == bindparam("kind_"), work.c.subject == bindparam("subject_"), work.c.token == bindparam("held")
    )
    .values(
        due_at=case((work.c.due_at > bindparam("was_due"), work.c.due_at), else_=bindparam("next_at")),
        leased_until=None,
        error=bindparam("why"),
    )
)
CANCEL = Statement(
    update(work)
    .where(work.c.kind == bindparam("kind_"), work.c.subject == bindparam("subject_"))
    .values(due_at=None, leased_until=None, token=work.c.token + 1)
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A piece of due work that this worker may try. attempts counts this one."""

    kind: str
    subject: str
    token: int
    attempts: int
    due_at: int
    data: dict[str, Any]


def schedule(tx: Tx, kind: str, subject: str, due_at: int, data: dict[str, Any] | None = None) -> None:
    """Make work due at a moment, instead of any it was due at before."""
    tx.run(SCHEDULE, {"kind": kind, "subject": subject, "due_at": due_at, "data": _text(data)})


def hasten(tx: Tx, kind: str, subject: str, due_at: int, data: dict[str, Any] | None = None) -> None:
    """Make work due at a moment at the latest; an earlier one stays."""
    tx.run(HASTEN, {"kind": kind, "subject": subject, "due_at": due_at, "data": _text(data)})


def claim(tx: Tx, kind: str, *, limit: int, lease_ms: int) -> list[Claim]:
    """Up to `limit` pieces of due work that nobody else has under a lease."""
    claims: list[Claim] = []
    for (subject,) in tx.all(DUE, {"kind": kind, "now": tx.now, "limit": limit}):
        row = tx.one(CLAIM, {"kind": kind, "subject_": subject, "now": tx.now, "until": tx.now + lease_ms})
        if row is not None:
            kind_, subject_, token, attempts, due_at, data = row
            claims.append(Claim(kind_, subject_, token, attempts, due_at, orjson.loads(data)))
    return claims


def finish(tx: Tx, claim: Claim, *, again_at: int | None = None, error: str | None = None) -> bool:
    """End a claim; due again at `again_at`, or at what was scheduled meanwhile. False: the claim was lost."""
    params = {
        "kind_": claim.kind,
        "subject_": claim.subject,
        "held": claim.token,
        "was_due": claim.due_at,
        "next_at": again_at,
        "why": error,
    }
    return tx.run(FINISH, params) == 1


def cancel(tx: Tx, kind: str, subject: str) -> None:
    """Make work due no more; a claim of it is lost."""
    tx.run(CANCEL, {"kind_": kind, "subject_": subject})


def _text(data: dict[str, Any] | None) -> str:
    return orjson.dumps(data or {}).decode()
