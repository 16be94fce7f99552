"""Every route with what no route expects: an error in the protocol's words, and the server goes on."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import pytest
from yarl import URL

from conversations.errors import CODES
from server.http import ROUTES
from server.http.routes import Route
from tests.whole.house import TestHouse

Json = Any
PARTS = ["x", "cnv_nowhere", "%00", "%2e%2e%2fetc", "a" * 5_000, "%F0%9F%98%80", "%ff"]
BODIES = [
    b"", b"null", b"[]", b"{", b'"x"', b"\xff\xfe\x00", b'{"text":"\\u0000"}', b'{"text":"\\ud800"}',
    b'{"limit":1e999}', b'{"rev":99999999999999999999999}',
    b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 500 + b"1" + b"}" * 500,
    b'{"text":"' + b"x" * 300_000 + b'"}',
]  # fmt: skip
QUERIES = [
    "limit=0",
    "limit=-1",
    "limit=999999999999999999999",
    "limit=x",
    "cursor=%00",
    "cursor=AAAA",
    "rev=1e9",
    "view=%F0",
]


@pytest.mark.parametrize("route", list(ROUTES), ids=lambda one: f"{one.method} {one.path}")
async def test_a_route_answers_whatever_comes(house: TestHouse, route: Route) -> None:
    """Addresses, queries and bodies of any kind: never a 500, and the error object wherever it is refused."""
    _, token = await house.hire("Boss", role="admin")
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        tries = [(part, "", b"{}") for part in PARTS] + [("x", query, b"{}") for query in QUERIES]
        tries += [("x", "", body) for body in BODIES]
        for part, query, body in tries:
            address = f"{house.url}{re.sub(r'{[^}]+}', part, route.path)}?{query}"
            sent = None if route.method == "GET" else body
            kind = {"Content-Type": "application/json"} if sent is not None else {}
            url = URL(address, encoded=True)
            async with session.request(route.method, url, data=sent, headers=kind) as response:
                told = await response.read()
                assert response.status < 500 or response.status == 501, (part, query, body[:80], response.status, told)
                if response.status >= 400 and response.content_type == "application/json":
                    assert (await response.json())["error"]["code"] in CODES
            if route.path.endswith("/sessions/current") and route.method == "DELETE":
                break
