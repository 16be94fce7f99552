"""Logging in and out over HTTP."""

from __future__ import annotations

from server.auth.attempts import Attempts
from server.cli.replay.client import Socket
from tests.http.desk import PASSWORD, Desk


async def test_an_agent_logs_in_and_out(either: Desk) -> None:
    """A session opens with e-mail and password, serves, and is worth nothing once it was ended."""
    opened = await either.call("POST", "sessions", json={"email": "Admin@Example.com", "password": PASSWORD})
    assert opened.status == 201
    token = opened.body["token"]
    assert (await either.get("sessions/current", token))["agent"]["email"] == "admin@example.com"
    ended = await either.call("DELETE", "sessions/current", token)
    assert (ended.status, ended.body) == (204, None)
    again = await either.call("GET", "sessions/current", token)
    assert (again.status, again.code) == (401, "unauthorized")


async def test_a_wrong_password_and_an_unknown_address_sound_alike(desk: Desk) -> None:
    """Nobody learns from a refusal which addresses have an account."""
    wrong = await desk.call("POST", "sessions", json={"email": "admin@example.com", "password": "wrong password"})
    unknown = await desk.call("POST", "sessions", json={"email": "nobody@example.com", "password": "wrong password"})
    assert wrong.status == unknown.status == 401
    assert wrong.body == unknown.body


async def test_guessing_is_slowed_down(desk: Desk) -> None:
    """After ten wrong passwords for one address from one place, the right one waits, too."""
    guess = {"email": "admin@example.com", "password": "wrong password"}
    for _ in range(10):
        assert (await desk.call("POST", "sessions", json=guess)).status == 401
    refused = await desk.call("POST", "sessions", json={**guess, "password": PASSWORD})
    assert (refused.status, refused.code) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) >= 1


def test_attempts_are_counted_in_bounded_memory() -> None:
    """Very many keys push out the least recent; a window that has passed begins anew."""
    now = [0.0]
    attempts = Attempts(1, 60, clock=lambda: now[0])
    for number in range(25_000):
        attempts.count(f"key {number}")
    assert len(attempts) <= 10_000
    now[0] = 61
    attempts.count("key 24999")


async def test_a_ticket_opens_one_socket(desk: Desk) -> None:
    """A page gets a ticket in place of the session's token, good for one socket; over HTTP it is nothing."""
    ticket = (await desk.post("sessions/ticket", desk.admin))["ticket"]
    assert (await desk.call("GET", "agents", ticket)).status == 401
    socket = await Socket.connect(desk.http, desk.url, "/agent", {"token": ticket}, lambda event, payload: None)
    await socket.close()


async def test_a_new_password_ends_every_session(desk: Desk) -> None:
    """Whoever changes their password logs in again, and a wrong present one changes nothing."""
    session = {"email": "admin@example.com", "password": PASSWORD}
    refused = await desk.call(
        "POST", "agents/me/password", desk.admin, json={"password": "guessed", "new_password": "another good one"}
    )
    assert (refused.status, refused.field) == (400, "password")
    new = {"password": PASSWORD, "new_password": "another good one"}
    assert (await desk.call("POST", "agents/me/password", desk.admin, json=new)).status == 204
    assert (await desk.call("GET", "agents", desk.admin)).status == 401
    assert (await desk.call("POST", "sessions", json=session)).status == 401
    assert (await desk.call("POST", "sessions", json={**session, "password": "another good one"})).status == 201


async def test_an_archived_agent_is_out_at_once(desk: Desk) -> None:
    """A session of somebody who was removed does nothing more."""
    sam = await desk.agent("Sam")
    assert (await desk.call("GET", "agents/me", sam)).status == 200
    assert (await desk.call("DELETE", f"agents/{sam.id}", desk.admin)).status == 204
    assert (await desk.call("GET", "agents/me", sam)).status == 401
