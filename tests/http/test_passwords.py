"""A forgotten password: the link by mail or to copy, and what it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from conversations.store.tables import one_time_links
from server.settings import Settings
from tests.http.desk import PASSWORD, Desk, Person, opened_desk
from tests.peers.mail import MailServer, mail_server

FRESH = "another long password"


@pytest.fixture
async def public(tmp_path: Path) -> AsyncIterator[Desk]:
    """A house with an address of its own."""
    settings = Settings(data_dir=tmp_path, port=0, public_url="https://desk.example")
    async with opened_desk(tmp_path, settings=settings) as desk:
        yield desk


async def mail_is_set(desk: Desk, server: MailServer) -> None:
    body = {"host": "127.0.0.1", "port": server.port, "security": "none", "sender": "Shop <desk@example.com>"}
    assert (await desk.call("PUT", "mail", desk.admin, json=body)).status == 200


async def errands_are_done() -> None:
    """Until nothing is left of what requests began."""
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "errand"))


async def log_in(desk: Desk, person: Person, password: str) -> int:
    return (await desk.call("POST", "sessions", json={"email": person.email, "password": password})).status


async def test_an_admin_gives_an_agent_a_link(either: Desk) -> None:
    """It sets the password and logs in; it works once, and every earlier session ends."""
    sam = await either.agent("Sam")
    made = await either.post(f"agents/{sam.id}/password_link", either.admin)
    assert made["link"].startswith(f"{either.url}/console/password#pwd_")
    body = {"token": made["link"].partition("#")[2], "password": FRESH}
    chosen = await either.post("passwords/set", json=body)
    assert (await either.get("sessions/current", chosen["token"]))["agent"]["id"] == sam.id
    assert (await either.call("GET", "sessions/current", sam)).status == 401
    assert await log_in(either, sam, FRESH) == 201
    again = await either.call("POST", "passwords/set", json=body)
    assert (again.status, again.field) == (404, "token")


async def test_a_newer_link_ends_the_older_and_time_ends_both(desk: Desk) -> None:
    """Only the newest works, for an hour; a short password uses none up."""
    sam = await desk.agent("Sam")
    first, second = [
        (await desk.post(f"agents/{sam.id}/password_link", desk.admin))["link"].partition("#")[2] for _ in range(2)
    ]
    refused = await desk.call("POST", "passwords/set", json={"token": first, "password": FRESH})
    assert refused.status == 404
    short = await desk.call("POST", "passwords/set", json={"token": second, "password": "short"})
    assert (short.status, short.field) == (400, "password")
    await desk.served.house.store.write(lambda tx: tx.run(update(one_time_links).values(expires_at=tx.now)))
    late = await desk.call("POST", "passwords/set", json={"token": second, "password": FRESH})
    assert late.status == 404


async def test_a_forgotten_password_is_chosen_anew_by_mail(public: Desk) -> None:
    """The mail's link leads to the desk's own address, whatever host the request named."""
    async with mail_server() as server:
        await mail_is_set(public, server)
        asked = {"email": " ADMIN@example.com "}
        answer = await public.call("POST", "passwords/forgot", json=asked, headers={"Host": "evil.example"})
        assert answer.status == 202
        mail = await server.next()
        assert mail["To"] == "admin@example.com"
        text = mail.get_content()
        link = next(line for line in text.splitlines() if line.startswith("https://"))
        assert link.startswith("https://desk.example/console/password#pwd_")
        chosen = await public.post("passwords/set", json={"token": link.partition("#")[2], "password": FRESH})
        assert chosen["agent"]["id"] == public.admin.id
    assert await log_in(public, public.admin, PASSWORD) == 401


async def test_nobody_learns_who_is_known(public: Desk) -> None:
    """Known or not, with mail or without, the answer is the same; and no mail goes to strangers."""
    met = [
        await public.call("POST", "passwords/forgot", json={"email": f"{who}@example.com"}) for who in ("admin", "x")
    ]
    await errands_are_done()
    async with mail_server() as server:
        await mail_is_set(public, server)
        met += [
            await public.call("POST", "passwords/forgot", json={"email": f"{who}@example.com"})
            for who in ("nobody", "admin")
        ]
        assert (await server.next())["To"] == "admin@example.com"
        await errands_are_done()
        assert len(server.came) == 1
    assert {(one.status, one.body["message"]) for one in met} == {(202, met[0].body["message"])}


async def test_one_address_is_not_flooded(public: Desk) -> None:
    """After five links in a quarter of an hour no more mail goes to an address, and the answer stays the same."""
    async with mail_server() as server:
        await mail_is_set(public, server)
        for number in range(1, 6):
            await public.post("passwords/forgot", json={"email": "admin@example.com"})
            await server.next(number)
        sixth = await public.call("POST", "passwords/forgot", json={"email": "admin@example.com"})
        assert sixth.status == 202
        await errands_are_done()
        assert len(server.came) == 5
