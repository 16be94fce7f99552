"""Links that work once: to set a desk up, to choose a password. The database holds only their tokens' hashes."""

from typing import Literal

from sqlalchemy import bindparam, delete, insert, select, update

from conversations.errors import NotFound
from conversations.identities import token_hash
from conversations.store import Statement, Tx
from conversations.store.clock import new_secret
from conversations.store.tables import one_time_links

Kind = Literal["setup", "password"]

_ADD = Statement(
    insert(one_time_links).values(
        token_hash=bindparam("token_hash"),
        kind=bindparam("kind"),
        agent_id=bindparam("agent_id"),
        created_at=bindparam("now"),
        expires_at=bindparam("expires_at"),
    )
)
_LIVE = (
    one_time_links.c.token_hash == bindparam("hash_"),
    one_time_links.c.kind == bindparam("kind_"),
    one_time_links.c.used_at.is_(None),
    one_time_links.c.expires_at > bindparam("now"),
)
_FIND = Statement(select(one_time_links.c.agent_id).where(*_LIVE))
_USE = Statement(
    update(one_time_links).where(*_LIVE).values(used_at=bindparam("now")).returning(one_time_links.c.agent_id)
)
_FORGET = Statement(delete(one_time_links).where(one_time_links.c.expires_at < bindparam("now")))
_END_SETUP = Statement(delete(one_time_links).where(one_time_links.c.kind == "setup"))
_END_OF = Statement(
    delete(one_time_links).where(
        one_time_links.c.kind == bindparam("kind_"), one_time_links.c.agent_id == bindparam("agent_id_")
    )
)


def add(tx: Tx, kind: Kind, life_ms: int, agent_id: str | None = None) -> str:
    """A fresh token, shown once. Those of the same agent end by it, and those whose time is over are forgotten."""
    tx.run(_FORGET, {"now": tx.now})
    if agent_id is not None:
        end_of(tx, kind, agent_id)
    token = new_secret("set" if kind == "setup" else "pwd")
    row = {"token_hash": token_hash(token), "kind": kind, "agent_id": agent_id, "now": tx.now}
    tx.run(_ADD, {**row, "expires_at": tx.now + life_ms})
    return token


def check(tx: Tx, kind: Kind, token: str) -> str | None:
    """The agent of a token that works. Raises NotFound (`field` token): unknown, used, or its time is over."""
    row = tx.one(_FIND, {"hash_": token_hash(token), "kind_": kind, "now": tx.now})
    if row is None:
        raise _over()
    agent_id: str | None = row[0]
    return agent_id


def use(tx: Tx, kind: Kind, token: str) -> str | None:
    """The agent of a token, which is used up by it. Raises NotFound (`field` token)."""
    row = tx.one(_USE, {"hash_": token_hash(token), "kind_": kind, "now": tx.now})
    if row is None:
        raise _over()
    agent_id: str | None = row[0]
    return agent_id


def end_setup(tx: Tx) -> None:
    """No link sets this desk up any more."""
    tx.run(_END_SETUP)


def end_of(tx: Tx, kind: Kind, agent_id: str) -> None:
    """An agent's links of a kind work no more."""
    tx.run(_END_OF, {"kind_": kind, "agent_id_": agent_id})


def _over() -> NotFound:
    return NotFound("This link was used already, or its time is over. Ask for another.", field="token")
