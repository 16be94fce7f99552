"""Logging in and out: what a password proves, what a token opens, and for how long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from statistics import median

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type
from sqlalchemy import select

from conversations.errors import Invalid, NotFound, Unauthorized, Unavailable
from conversations.hints import SessionRevoked
from conversations.store.tables import agents as agents_table
from conversations.store.tables import sessions as sessions_table
from handoff import agents, sessions
from handoff.agents import Agent, NewAgent
from handoff.sessions import Passwords, admit, log_in, make_ticket, open_session, revoke, revoke_all, session_of
from tests.handoff.desk import MINUTE, WORKSPACE, Desk

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    """Of the real kind, at a price that suits a test."""
    passwords = Passwords(QUICK)
    yield passwords
    passwords.close()


async def hired(desk: Desk, passwords: Passwords, email: str = "Sam@Example.com") -> Agent:
    return await desk.do(agents.add, WORKSPACE, NewAgent(email, "Sam", await passwords.hash("correct horse")))


async def test_a_password_opens_a_session(desk: Desk, passwords: Passwords) -> None:
    """E-mail in any case and the right password give a token for the agent; only its hash is stored."""
    sam = await hired(desk, passwords)
    token, agent = await log_in(desk.store, passwords, " sam@EXAMPLE.com ", "correct horse")
    assert agent == sam
    session = await desk.store.read(session_of, token)
    assert session.agent == sam
    stored = await desk.store.read(lambda tx: tx.all(select(sessions_table.c.token_hash)))
    assert stored == [(session.token_hash,)]
    assert token not in repr(stored)
    [(hashed,)] = await desk.store.read(lambda tx: tx.all(select(agents_table.c.password_hash)))
    assert hashed.startswith("$argon2id$")


async def test_a_wrong_password_and_a_wrong_address_sound_the_same(desk: Desk, passwords: Passwords) -> None:
    """Whatever is wrong, the refusal is the same, so that nobody learns who works here."""
    sam = await hired(desk, passwords)
    gone = await hired(desk, passwords, "gone@example.com")
    await desk.do(agents.archive, WORKSPACE, gone.id)
    said = set()
    for email, password in (
        (sam.email, "wrong horse"),
        (sam.email, ""),
        (sam.email, "correct horse" * 100),
        (sam.email, "\x00\ud800"),
        ("nobody@example.com", "correct horse"),
        ("no address", "correct horse"),
        ("\x00" * 400, "correct horse"),
        (gone.email, "correct horse"),
    ):
        with pytest.raises(Unauthorized) as refused:
            await log_in(desk.store, passwords, email, password)
        said.add((refused.value.message, refused.value.field))
    assert said == {("E-mail or password is wrong.", None)}


async def test_nobody_takes_as_long_as_somebody() -> None:
    """Checking a password of an address that nobody has costs what a wrong password costs."""
    passwords = Passwords(PasswordHasher(time_cost=3, memory_cost=8 * 1024, parallelism=1))
    try:
        hashed = await passwords.hash("correct horse")
        took: dict[str | None, list[float]] = {hashed: [], None: []}
        await passwords.matches(None, "wrong horse")
        for _ in range(9):
            for known in (hashed, None):
                began = time.perf_counter()
                assert not await passwords.matches(known, "wrong horse")
                took[known].append(time.perf_counter() - began)
        somebody, nobody = median(took[hashed]), median(took[None])
        assert 0.5 < nobody / somebody < 2
    finally:
        passwords.close()


async def test_hashing_leaves_the_loop_alone() -> None:
    """While passwords are hashed at the price of production, the event loop goes on."""
    passwords = Passwords()
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    beating = asyncio.create_task(beat())
    try:
        await passwords.hash("correct horse")
    finally:
        beating.cancel()
        passwords.close()
    assert beats > 10


async def test_too_many_at_once_are_sent_away() -> None:
    """The line at the hashing threads is bounded: beyond it a log-in hears to come again."""
    passwords = Passwords(QUICK, waiting=3)
    try:
        results = await asyncio.gather(*(passwords.hash("correct horse") for _ in range(6)), return_exceptions=True)
        assert sum(isinstance(one, Unavailable) for one in results) == 3
        assert await passwords.matches(str(results[0]), "correct horse")
    finally:
        passwords.close()


async def test_a_password_has_a_length(passwords: Passwords) -> None:
    """Too short and too long ones are refused with their field."""
    for password in ("", "1234567", "x" * 1_001):
        with pytest.raises(Invalid) as refused:
            await passwords.hash(password)
        assert refused.value.field == "password"


def test_only_argon2id_will_do() -> None:
    """Another variant is no way to keep passwords."""
    with pytest.raises(ValueError, match="argon2id"):
        Passwords(PasswordHasher(type=Type.I))


async def test_an_old_hash_is_made_anew_at_the_next_log_in(desk: Desk, passwords: Passwords) -> None:
    """A password hashed at yesterday's price is hashed again when it is shown to be right."""
    sam = await hired(desk, passwords)
    dearer = Passwords(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    try:
        await log_in(desk.store, dearer, sam.email, "correct horse")
        [(hashed,)] = await desk.store.read(lambda tx: tx.all(select(agents_table.c.password_hash)))
        assert "t=2" in hashed
        await log_in(desk.store, dearer, sam.email, "correct horse")
    finally:
        dearer.close()


async def test_a_password_changed_meanwhile_opens_nothing(desk: Desk, passwords: Passwords) -> None:
    """Between the check and the session the password must still be the same."""
    sam = await hired(desk, passwords)
    [(hashed,)] = await desk.store.read(lambda tx: tx.all(select(agents_table.c.password_hash)))
    await desk.do(agents.set_password, WORKSPACE, sam.id, await passwords.hash("battery staple"))
    with pytest.raises(Unauthorized):
        await desk.do(open_session, sam.id, hashed)
    await log_in(desk.store, passwords, sam.email, "battery staple")


async def test_a_revoked_session_is_over(desk: Desk) -> None:
    """Logging out ends the token at once, tells the sockets, and is well twice; other sessions go on."""
    sam = await desk.agent("Sam")
    token, _ = await desk.do(open_session, sam.id)
    other, _ = await desk.do(open_session, sam.id)
    hashed = (await desk.store.read(session_of, token)).token_hash
    desk.seen.clear()
    await desk.do(revoke, token)
    await desk.do(revoke, token)
    assert desk.hinted(SessionRevoked) == [SessionRevoked(sam.id, hashed)]
    with pytest.raises(Unauthorized):
        await desk.store.read(session_of, token)
    assert (await desk.store.read(session_of, other)).agent.id == sam.id
    await desk.do(revoke_all, WORKSPACE, sam.id)
    with pytest.raises(Unauthorized):
        await desk.store.read(session_of, other)
    with pytest.raises(NotFound):
        await desk.do(revoke_all, "wsp_other", sam.id)


async def test_a_session_ends_by_itself(desk: Desk) -> None:
    """After thirty days a token is worth nothing, and its row goes a day later."""
    sam = await desk.agent("Sam")
    token, _ = await desk.do(open_session, sam.id)
    desk.clock.forward(sessions.SESSION_LIFE_MS - 1)
    await desk.store.read(session_of, token)
    desk.clock.forward(1)
    with pytest.raises(Unauthorized):
        await desk.store.read(session_of, token)
    desk.clock.forward(2 * 86_400_000)
    await desk.do(sessions.sweep)
    assert await desk.store.read(lambda tx: tx.all(select(sessions_table.c.kind))) == []


async def test_what_ends_an_agent_ends_their_sessions(desk: Desk, passwords: Passwords) -> None:
    """A new password, and being archived, end every session there is."""
    sam = await desk.agent("Sam")
    for archived in (False, True):
        token, _ = await desk.do(open_session, sam.id)
        if archived:
            await desk.do(agents.archive, WORKSPACE, sam.id)
        else:
            await desk.do(agents.set_password, WORKSPACE, sam.id, "another")
        with pytest.raises(Unauthorized):
            await desk.store.read(session_of, token)
        assert desk.hinted(SessionRevoked)[-1] == SessionRevoked(sam.id, None)
    with pytest.raises(Unauthorized):
        await desk.do(open_session, sam.id)


async def test_a_ticket_opens_one_socket_within_a_minute(desk: Desk) -> None:
    """A ticket stands for the session that asked for it, once; neither late, nor after that session ended."""
    sam = await desk.agent("Sam")
    token, _ = await desk.do(open_session, sam.id)
    session = await desk.store.read(session_of, token)
    ticket = await desk.do(make_ticket, token)
    assert await desk.do(admit, ticket) == session
    with pytest.raises(Unauthorized):
        await desk.do(admit, ticket)
    late = await desk.do(make_ticket, token)
    desk.clock.forward(MINUTE)
    with pytest.raises(Unauthorized):
        await desk.do(admit, late)
    orphan = await desk.do(make_ticket, token)
    await desk.do(revoke, token)
    for credential in (orphan, token, "", "tkt_", "ses_nonsense", "\x00"):
        with pytest.raises(Unauthorized):
            await desk.do(admit, credential)


async def test_a_ticket_is_no_session(desk: Desk) -> None:
    """A ticket asks for no further tickets and opens nothing but a socket."""
    sam = await desk.agent("Sam")
    token, _ = await desk.do(open_session, sam.id)
    ticket = await desk.do(make_ticket, token)
    with pytest.raises(Unauthorized):
        await desk.do(make_ticket, ticket)
    with pytest.raises(Unauthorized):
        await desk.store.read(session_of, ticket)


async def test_of_two_who_bring_a_ticket_one_comes_in(desk: Desk) -> None:
    """The same ticket at the same moment opens one socket."""
    sam = await desk.agent("Sam")
    token, _ = await desk.do(open_session, sam.id)
    ticket = await desk.do(make_ticket, token)
    came = await asyncio.gather(*(desk.do(admit, ticket) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(one, Unauthorized) for one in came) == 7
