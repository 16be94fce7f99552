"""Calls to addresses that people configure: bounded in time and size, never redirected, never into our own network.

CallFailed
├── NotAllowed    the address may not be called: the configuration is wrong, trying again helps nobody
└── Unreachable   no answer came: the name, the connection, TLS or the time
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import aiohttp
from yarl import URL

Network = IPv4Network | IPv6Network

TIMEOUT_S = 10.0
CONNECT_S = 5.0
ANSWER_LIMIT_BYTES = 64 * 1024
CONNECTIONS = 64
CONNECTIONS_PER_HOST = 16

_NO_ADDRESS = "webhook_url is not a web address. Give one that begins with https://"
_NAT64 = ip_network("64:ff9b::/96")


class CallFailed(Exception):
    """A call that brought no answer; the message says why."""


class NotAllowed(CallFailed):
    """An address that may not be called, and what the operator can do."""


class Unreachable(CallFailed):
    """No answer came, this time."""


class _Refused(OSError):
    """Raised where a socket would be made for an address that may not be called."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the far end said. headers: by lower-case name. body: its first 64 KiB; the rest is not read."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def is_allowed(address: str, inside: Sequence[Network]) -> bool:
    """Whether an IP address may be called: public, or in a network that the operator opened.

    IPv4 addresses in IPv6 clothes (mapped, 6to4, Teredo, NAT64) are judged by what they lead to.
    """
    meant = _meant(ip_address(address.partition("%")[0]))
    if any(meant in network for network in inside):
        return True
    return meant.is_global and not meant.is_multicast and not meant.is_reserved


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    teredo = address.teredo[1] if address.teredo is not None else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


class Caller:
    """Posts to configured addresses. To be closed.

    inside: networks of the operator's own that may be called although they are private, also without TLS. The check
    is made on the address that a socket is about to connect to, so no name can resolve twice to two answers.
    """

    def __init__(self, *, inside: Sequence[Network] = (), timeout_s: float = TIMEOUT_S) -> None:
        self._inside = tuple(inside)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(CONNECT_S, timeout_s))
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post once and read the answer. Raises NotAllowed, Unreachable."""
        target = self._target(url)
        try:
            async with self._session(target.scheme).post(
                target, data=body, headers=headers, allow_redirects=False
            ) as response:
                read = await _bounded(response)
                found = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, found, read)
        except aiohttp.InvalidURL as error:
            raise NotAllowed(_NO_ADDRESS) from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _Refused):
                raise NotAllowed(str(error.os_error)) from error
            raise Unreachable(f"no connection: {error.os_error.strerror or type(error.os_error).__name__}") from error
        except TimeoutError as error:
            raise Unreachable(f"no answer within {self._timeout.total:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"the connection broke: {type(error).__name__}") from error

    async def close(self) -> None:
        sessions, self._sessions = self._sessions, {}
        await asyncio.gather(*(session.close() for session in sessions.values()))

    def _target(self, url: str) -> URL:
        try:
            target = URL(url)
        except ValueError:
            target = URL()
        if not target.host or target.scheme not in ("https", "http"):
            raise NotAllowed(_NO_ADDRESS)
        if target.user is not None or target.password is not None:
            raise NotAllowed("webhook_url carries a password. Calls are signed; remove it")
        if target.scheme == "http" and not self._inside:
            raise NotAllowed("webhook_url is not https. Only networks that the operator opened are called without TLS")
        return target

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        session = self._sessions.get(scheme)
        if session is None:
            session = self._sessions[scheme] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=CONNECTIONS,
                    limit_per_host=CONNECTIONS_PER_HOST,
                    use_dns_cache=False,
                    socket_factory=self._plain_socket if scheme == "http" else self._socket,
                ),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                headers={"User-Agent": "Frontdesk", "Accept-Encoding": "identity"},
            )
        return session

    def _socket(self, found: Any) -> socket.socket:
        family, kind, protocol, _, address = found
        if not is_allowed(address[0], self._inside):
            raise _Refused("webhook_url leads to an address that is not public. The operator can open its network")
        return socket.socket(family=family, type=kind, proto=protocol)

    def _plain_socket(self, found: Any) -> socket.socket:
        address = _meant(ip_address(found[4][0].partition("%")[0]))
        if not any(address in network for network in self._inside):
            raise _Refused("webhook_url is not https, and not in a network that the operator opened")
        return self._socket(found)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The first bytes of a body. A longer one is left unread and its connection closed."""
    read = bytearray()
    async for chunk in response.content.iter_chunked(16 * 1024):
        read += chunk
        if len(read) >= ANSWER_LIMIT_BYTES:
            response.close()
            break
    return bytes(read[:ANSWER_LIMIT_BYTES])
