"""From an empty data folder to the first admin, by the link that the start printed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from handoff.agents import NewAgent
from server import setup
from server.app import serving
from server.founding import Founded, Founding, found
from server.settings import Settings
from tests.http.desk import PASSWORD, Desk, Json, Person
from tests.peers.postgres import Postgres

WHO = {"company": "Corner Shop", "name": "Maud", "email": "Maud@Example.com", "password": PASSWORD}
NOBODY = Person("", "", "")


@asynccontextmanager
async def empty_desk(folder: Path, database_url: str | None = None) -> AsyncIterator[Desk]:
    """A house that nobody has begun."""
    settings = Settings(data_dir=folder, database_url=database_url, port=0)
    async with serving(settings) as served, aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        nothing = Founded("", "", "", "", "", "", "")
        desk = Desk(served, nothing, f"http://127.0.0.1:{served.port}", http, NOBODY)
        try:
            yield desk
        finally:
            await desk.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Desk]:
    """An empty house on each engine."""
    if request.param == "sqlite":
        async with empty_desk(tmp_path) as opened:
            yield opened
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    async with postgres.database() as url, empty_desk(tmp_path, url) as opened:
        yield opened


async def token_of(desk: Desk) -> str:
    """What a start would print."""
    token = await desk.served.house.store.write(setup.new_link)
    assert token is not None
    return token


async def begin(desk: Desk, link_token: str, **other: str) -> Json:
    return await desk.call("POST", "setup", json={**WHO, "token": link_token, **other})


async def test_whoever_has_the_link_becomes_the_admin(empty: Desk) -> None:
    """The first admin is logged in, has every right, a company of theirs, and an inbox that takes visitors at once."""
    assert (await empty.get("setup"))["needed"] is True
    begun = await begin(empty, await token_of(empty))
    assert begun.status == 201, begun
    token, agent = begun.body["token"], begun.body["agent"]
    assert (agent["email"], agent["role"]) == ("maud@example.com", "admin")
    assert (await empty.get("workspace", token))["name"] == "Corner Shop"
    assert (await empty.get("setup"))["needed"] is False
    config = await empty.get(f"widget/{begun.body['inbox']['public_key']}")
    assert config["company"] == "Corner Shop"
    again = await empty.call("POST", "sessions", json={"email": "maud@example.com", "password": PASSWORD})
    assert again.status == 201


async def test_a_link_works_once(empty: Desk) -> None:
    """Used again, or with another printed before, it makes nobody an admin."""
    first, second = await token_of(empty), await token_of(empty)
    assert (await begin(empty, second)).status == 201
    for token in (first, second):
        refused = await begin(empty, token, email="mallory@example.com")
        assert (refused.status, refused.field) == (404, "token")
    assert await empty.served.house.store.write(setup.new_link) is None


async def test_many_at_once_make_one_admin(empty: Desk) -> None:
    """Of several who use links at the same moment one becomes the admin."""
    tokens = [await token_of(empty) for _ in range(4)]
    met = await asyncio.gather(
        *(begin(empty, token, email=f"a{n}@example.com") for n, token in enumerate([*tokens, *tokens]))
    )
    assert sorted(answer.status for answer in met) == [201] + [404] * 7


async def test_a_link_ends_when_an_admin_exists(empty: Desk) -> None:
    """Who begins the desk on the command line ends the printed link with it."""
    token = await token_of(empty)
    store = empty.served.house.store
    await store.write(found, Founding(NewAgent("admin@example.com", "Maud", "no password", role="admin")))
    refused = await begin(empty, token)
    assert (refused.status, refused.field) == (404, "token")


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"token": "set_guessed"}, "token"),
        ({"token": ""}, "token"),
        ({"token": "\x00"}, "token"),
        ({"password": "short"}, "password"),
        ({"email": "nobody"}, "email"),
        ({"company": "  "}, "company"),
        ({"name": ""}, "name"),
    ],
)
async def test_what_cannot_begin_a_desk_is_refused(tmp_path: Path, other: dict[str, str], field: str) -> None:
    """The field is named, and the link still works."""
    async with empty_desk(tmp_path) as desk:
        token = await token_of(desk)
        refused = await begin(desk, token, **other)
        assert (refused.status in (400, 404), refused.field) == (True, field)
        assert (await begin(desk, token)).status == 201


async def test_guessing_links_is_slowed_down(tmp_path: Path) -> None:
    """After thirty tries from one place even the right link waits."""
    async with empty_desk(tmp_path) as desk:
        token = await token_of(desk)
        for number in range(30):
            assert (await begin(desk, f"set_{number}")).status == 404
        assert (await begin(desk, token)).status == 429
