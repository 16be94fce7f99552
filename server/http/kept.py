"""Replies kept under an Idempotency-Key: the same request again gets the same reply, and nothing is done twice."""

from dataclasses import dataclass

import orjson
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from conversations.errors import Conflict
from conversations.store import Statement, Tx
from conversations.store.tables import replies_kept
from server.http.answers import Reply

KEEP_MS = 24 * 3_600_000

CLAIM = Statement(
    upsert(replies_kept)
    .values(
        caller=bindparam("caller"),
        idempotency_key=bindparam("idempotency_key"),
        request_hash=bindparam("request_hash"),
        status=0,
        body="null",
        created_at=bindparam("now"),
    )
    .on_conflict_do_nothing(index_elements=["caller", "idempotency_key"])
    .returning(replies_kept.c.created_at)
)
FIND = Statement(
    select(replies_kept.c.request_hash, replies_kept.c.status, replies_kept.c.body).where(
        replies_kept.c.caller == bindparam("caller"), replies_kept.c.idempotency_key == bindparam("idempotency_key")
    )
)
KEEP = Statement(
    update(replies_kept)
    .where(replies_kept.c.caller == bindparam("caller_"), replies_kept.c.idempotency_key == bindparam("key_"))
    .values(status=bindparam("new_status"), body=bindparam("new_body"))
)
FORGET = delete(replies_kept).where(replies_kept.c.created_at < bindparam("before"))


@dataclass(frozen=True, slots=True)
class Once:
    """A request that its sender may repeat. request_hash: of the method, the path and the body."""

    caller: str
    key: str
    request_hash: str


def replay(tx: Tx, once: Once) -> Reply | None:
    """The reply that this request had before; None for a new one, whose key is ours until this transaction ends.

    On PostgreSQL a second request under the same key waits here for the first. Raises Conflict (`field`
    idempotency_key) where another request had the key.
    """
    where = {"caller": once.caller, "idempotency_key": once.key}
    if tx.one(CLAIM, {**where, "request_hash": once.request_hash, "now": tx.now}) is not None:
        return None
    row = tx.one(FIND, where)
    if row is None:
        raise Conflict("This Idempotency-Key was just forgotten. Send the request again.", field="idempotency_key")
    request_hash, status, body = row
    if request_hash != once.request_hash:
        raise Conflict(
            "This Idempotency-Key already names another request. Use a new key for a new request.",
            field="idempotency_key",
        )
    return Reply(orjson.loads(body), status, {"Idempotency-Replayed": "true"})


def keep(tx: Tx, once: Once, reply: Reply) -> None:
    """Keep the reply, in the transaction that did what it tells."""
    tx.run(
        KEEP,
        {
            "caller_": once.caller,
            "key_": once.key,
            "new_status": reply.status,
            "new_body": orjson.dumps(reply.body).decode(),
        },
    )


def forget_replies(tx: Tx) -> int:
    """Drop what was kept longer than a day; how many."""
    return tx.run(FORGET, {"before": tx.now - KEEP_MS})
