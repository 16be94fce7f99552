"""Whose address a request counts for."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from server.realtime.peer import Network, peer_of, remote_address

PROXIES: tuple[Network, ...] = (ip_network("10.0.0.0/8"), ip_network("2001:db8::/32"))


def address(remote: str | None, *forwarded: str, proxies: tuple[Network, ...] = PROXIES) -> str:
    headers = CIMultiDict([("X-Forwarded-For", line) for line in forwarded])
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote or "")
    return remote_address(request, proxies)


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("198.51.100.7", [], "198.51.100.7"),
        ("198.51.100.7", ["203.0.113.5"], "198.51.100.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["203.0.113.5, 10.0.0.2"], "203.0.113.5"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.5", "10.0.0.2"], "203.0.113.5"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.5, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5, <script>, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5:4711"], "203.0.113.5"),
        ("10.0.0.1", ["[2001:db9::1]:4711"], "2001:db9::1"),
        ("10.0.0.1", ["2001:DB9:0::1"], "2001:db9::1"),
        ("2001:db8::9", ["203.0.113.5"], "203.0.113.5"),
        ("::ffff:10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", [", ".join(["10.0.0.2"] * 500)], "10.0.0.2"),
        (None, ["203.0.113.5"], "local"),
    ],
)
def test_only_trusted_proxies_are_believed(remote: str | None, forwarded: list[str], expected: str) -> None:
    """The client is the first address, from the right, that no trusted proxy stands for."""
    assert address(remote, *forwarded) == expected


def test_without_trusted_proxies_nobody_is_believed() -> None:
    """X-Forwarded-For changes nothing where the operator named no proxy."""
    assert address("127.0.0.1", "203.0.113.5", proxies=()) == "127.0.0.1"


def test_the_facts_are_bounded() -> None:
    """A user agent as long as a novel is cut."""
    request = make_mocked_request("GET", "/", headers={"User-Agent": "x" * 9000}).clone(remote="127.0.0.1")
    peer = peer_of(request, ())
    assert len(peer.user_agent) == 512
    assert peer.origin is None
