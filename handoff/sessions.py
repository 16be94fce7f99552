"""Logging in: argon2id outside of any transaction, revocable tokens, tickets good for one minute and one use."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type
from sqlalchemy import bindparam, delete, insert, select, update

from conversations.errors import Invalid, NotFound, Unauthorized, Unavailable
from conversations.hints import SessionRevoked
from conversations.identities import token_hash
from conversations.store.clock import new_secret
from conversations.store.port import Store, Tx
from conversations.store.statement import Statement
from conversations.store.tables import agents, sessions
from handoff.agents import REVOKE_ALL, Agent, acting, clean_email

SESSION_LIFE_MS = 30 * 86_400_000
TICKET_LIFE_MS = 60_000
PASSWORD_LEAST = 8
PASSWORD_MOST = 1_000
HASHING_AT_ONCE = 2
HASHING_WAITING = 64
HASHING_S = 10.0

P = ParamSpec("P")
T = TypeVar("T")

_WRONG = "E-mail or password is wrong."


class Passwords:
    """Hashes and checks passwords by argon2id (RFC 9106, its second recommended choice: 64 MiB, 3 passes).

    Each takes some tens of milliseconds of a core and 64 MiB, so they run in two threads of their own and at
    most 64 wait; the House owns it and closes it.
    """

    def __init__(self, hasher: PasswordHasher | None = None, *, waiting: int = HASHING_WAITING) -> None:
        low_memory = profiles.RFC_9106_LOW_MEMORY
        self._hasher = hasher or PasswordHasher.from_parameters(low_memory)
        if self._hasher.type is not Type.ID:
            raise ValueError("passwords are hashed by argon2id")
        self._threads = ThreadPoolExecutor(HASHING_AT_ONCE, thread_name_prefix="passwords")
        self._most = waiting
        self._waiting = 0
        self._nobodys: str | None = None

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """What the database keeps. Raises Invalid for a password that is too short or too long, Unavailable."""
        if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
            raise Invalid(f"A password has {PASSWORD_LEAST} to {PASSWORD_MOST:,} characters.", field="password")
        return await self._run(self._hash, password)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password. For nobody's hash (None) it takes just as long and is not. Raises Unavailable."""
        return await self._run(self._matches, password_hash, password[: PASSWORD_MOST + 1])

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was hashed with other costs than today's."""
        return self._hasher.check_needs_rehash(password_hash)

    async def _run(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._waiting >= self._most:
            raise Unavailable("Too many log in at once. Try again in a moment.", retry_after_s=2)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(HASHING_S):
                return await loop.run_in_executor(self._threads, partial(fn, *args, **kwargs))
        except TimeoutError:
            raise Unavailable("Too many log in at once. Try again in a moment.", retry_after_s=5) from None
        finally:
            self._waiting -= 1

    def _hash(self, password: str) -> str:
        return self._hasher.hash(password.encode("utf-8", "surrogatepass"))

    def _matches(self, password_hash: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(new_secret("nobody"))
        try:
            self._hasher.verify(password_hash or self._nobodys, password.encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None


@dataclass(frozen=True, slots=True)
class Session:
    """Who is logged in, and by which session (a ticket counts as the session that asked for it)."""

    agent: Agent
    token_hash: str


GET_PASSWORD = Statement(
    select(agents.c.id, agents.c.password_hash).where(
        agents.c.email == bindparam("email"), agents.c.archived_at.is_(None)
    )
)
INSERT_SESSION = Statement(
    insert(sessions).values(
        token_hash=bindparam("token_hash"),
        agent_id=bindparam("agent_id"),
        kind=bindparam("kind"),
        parent=bindparam("parent"),
        created_at=bindparam("now"),
        expires_at=bindparam("expires_at"),
    )
)
LIVE_SESSION = Statement(
    select(sessions.c.agent_id).where(
        sessions.c.token_hash == bindparam("token_hash"),
        sessions.c.kind == "session",
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > bindparam("now"),
    )
)
USE_TICKET = Statement(
    update(sessions)
    .where(
        sessions.c.token_hash == bindparam("hash_"),
        sessions.c.kind == "ticket",
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > bindparam("now"),
    )
    .values(revoked_at=bindparam("now"))
    .returning(sessions.c.parent)
)
REVOKE = Statement(
    update(sessions)
    .where(sessions.c.token_hash == bindparam("hash_"), sessions.c.kind == "session", sessions.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
    .returning(sessions.c.agent_id)
)
SET_PASSWORD_HASH = Statement(
    update(agents)
    .where(agents.c.id == bindparam("id_"), agents.c.password_hash == bindparam("old_hash"))
    .values(password_hash=bindparam("new_hash"))
)
FORGET = Statement(delete(sessions).where(sessions.c.expires_at < bindparam("before")))


async def log_in(store: Store, passwords: Passwords, email: str, password: str) -> tuple[str, Agent]:
    """A fresh session's token, shown once, and whose it is.

    Raises Unauthorized with the same words, after the same time, for an unknown address and for a wrong
    password; Unavailable when too many try.
    """
    known = await store.read(_password_of, email)
    if not await passwords.matches(known[1] if known else None, password) or known is None:
        raise Unauthorized(_WRONG)
    agent_id, password_hash = known
    fresh = await passwords.hash(password) if passwords.is_outdated(password_hash) else None
    return await store.write(open_session, agent_id, password_hash, fresh)


def open_session(
    tx: Tx, agent_id: str, password_hash: str | None = None, fresh_hash: str | None = None
) -> tuple[str, Agent]:
    """A new session's token and its agent, for whoever proved to be them.

    password_hash: by which they proved it, which must still be theirs. fresh_hash: the same password under
    today's costs. Raises Unauthorized.
    """
    agent = acting(tx, agent_id)
    if password_hash is not None:
        changed = {"id_": agent_id, "old_hash": password_hash, "new_hash": fresh_hash or password_hash}
        if tx.run(SET_PASSWORD_HASH, changed) != 1:
            raise Unauthorized(_WRONG)
    token = new_secret("ses")
    _insert(tx, token, agent_id, "session", None, SESSION_LIFE_MS)
    return token, agent


def session_of(tx: Tx, token: str) -> Session:
    """The session that a token names. Raises Unauthorized: unknown, ended, revoked, or its agent archived."""
    hashed = token_hash(token)
    row = tx.one(LIVE_SESSION, {"token_hash": hashed, "now": tx.now})
    if row is None:
        raise Unauthorized("This session is over. Log in again.")
    return Session(acting(tx, row[0]), hashed)


def session_agent(tx: Tx, token: str) -> Agent:
    """Who a session's token stands for. Raises Unauthorized."""
    return session_of(tx, token).agent


def make_ticket(tx: Tx, token: str) -> str:
    """A ticket for one socket, for a minute, from a session's token. Raises Unauthorized."""
    session = session_of(tx, token)
    ticket = new_secret("tkt")
    _insert(tx, ticket, session.agent.id, "ticket", session.token_hash, TICKET_LIFE_MS)
    return ticket


def admit(tx: Tx, credential: str) -> Session:
    """The session behind what a socket brings: a session's token, or a ticket, which is used up by it.

    Raises Unauthorized, also for a ticket whose session has been revoked since.
    """
    if not credential.startswith("tkt_"):
        return session_of(tx, credential)
    used = tx.one(USE_TICKET, {"hash_": token_hash(credential), "now": tx.now})
    parent: str = used[0] if used is not None else ""
    row = tx.one(LIVE_SESSION, {"token_hash": parent, "now": tx.now})
    if row is None:
        raise Unauthorized("This ticket was used already, or its minute is over. Ask for another.")
    return Session(acting(tx, row[0]), parent)


def revoke(tx: Tx, token: str) -> None:
    """Log out: the session ends, and its sockets with it. Well also when it has ended before."""
    hashed = token_hash(token)
    row = tx.one(REVOKE, {"hash_": hashed, "now": tx.now})
    if row is not None:
        tx.hint(SessionRevoked(row[0], hashed))


def revoke_all(tx: Tx, workspace_id: str, agent_id: str) -> None:
    """End every session of an agent. Raises NotFound."""
    agent = acting(tx, agent_id)
    if agent.workspace_id != workspace_id:
        raise NotFound("There is no such agent.", field="agent_id")
    tx.run(REVOKE_ALL, {"agent": agent_id, "now": tx.now})
    tx.hint(SessionRevoked(agent_id, None))


def sweep(tx: Tx) -> None:
    """Forget sessions and tickets that ended by themselves a day ago."""
    tx.run(FORGET, {"before": tx.now - 86_400_000})


def _password_of(tx: Tx, email: str) -> tuple[str, str] | None:
    try:
        row = tx.one(GET_PASSWORD, {"email": clean_email(email)})
    except Invalid:
        return None
    return (row[0], row[1]) if row is not None else None


def _insert(tx: Tx, secret: str, agent_id: str, kind: str, parent: str | None, life_ms: int) -> None:
    row = {
        "token_hash": token_hash(secret),
        "agent_id": agent_id,
        "kind": kind,
        "parent": parent,
        "now": tx.now,
        "expires_at": tx.now + life_ms,
    }
    tx.run(INSERT_SESSION, row)
