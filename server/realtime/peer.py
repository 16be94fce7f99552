"""Who is at the other end of a request: the facts of it that a handler may ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

Network = IPv4Network | IPv6Network

_MAX_HOPS = 20


@dataclass(frozen=True, slots=True)
class Peer:
    """The request that opened a connection.

    address: the client's own, looked up through trusted proxies; headers: of the request, found in any case.
    """

    address: str
    headers: Mapping[str, str]

    @property
    def origin(self) -> str | None:
        """The page's origin as the browser says it; other programs may say anything, or nothing."""
        return self.headers.get("Origin")

    @property
    def user_agent(self) -> str:
        """At most 512 characters of it."""
        return self.headers.get("User-Agent", "")[:512]


def peer_of(request: web.BaseRequest, trusted_proxies: Sequence[Network]) -> Peer:
    """The facts of a request."""
    return Peer(remote_address(request, trusted_proxies), request.headers)


def remote_address(request: web.BaseRequest, trusted_proxies: Sequence[Network]) -> str:
    """The client's IP address; "local" for a unix socket.

    X-Forwarded-For counts only while who added to it is a trusted proxy: read from the right, the first address that
    is not one is the client. What stands left of it anyone may have written. An entry that is no address ends the
    search at the proxy that passed it on.
    """
    address = _canonical(request.remote or "")
    if address is None:
        return "local"
    hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", ()) for hop in line.split(",")]
    for hop in reversed(hops[-_MAX_HOPS:]):
        if not _is_trusted(address, trusted_proxies):
            break
        forwarded = _canonical(hop)
        if forwarded is None:
            break
        address = forwarded
    return address


def _canonical(text: str) -> str | None:
    bracketed, _, rest = text.removeprefix("[").partition("]")
    bare = bracketed if text.startswith("[") and (not rest or rest.startswith(":")) else text
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _is_trusted(address: str, trusted_proxies: Sequence[Network]) -> bool:
    parsed = ip_address(address)
    return any(parsed in network for network in trusted_proxies)
