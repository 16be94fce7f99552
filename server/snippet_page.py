"""A page of somebody's site, fetched once to look at it: bounded in time and size, never into our own network."""

import asyncio
import socket
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from channels.outbound import Network, NotAllowed, Unreachable, is_allowed

TIMEOUT_S = 10.0
CONNECT_S = 5.0
SIZE_LIMIT_BYTES = 2 * 1024 * 1024
REDIRECTS_LIMIT = 5
HTML = ("text/html", "application/xhtml+xml")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHARSETS = ("utf-8", "utf-16", "iso-8859-", "windows-125", "us-ascii", "shift_jis", "euc-", "gb", "big5", "koi8-")
_PRIVATE = (
    "It leads to an address that is not public. Whoever runs this desk can open its network: FRONTDESK_WEBHOOK_NETWORKS"
)


class _Refused(OSError):
    """Raised where a socket would be made for an address that may not be called."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a site answered. url: after redirects. type: without its parameters. text: of the first 2 MiB."""

    url: str
    status: int
    type: str
    text: str


async def fetch(url: str, inside: Sequence[Network], timeout_s: float = TIMEOUT_S) -> Page:
    """Read a page, following redirects, each to an address that may be called.

    The check is made on the address that a socket is about to connect to, so no name can resolve twice to two answers.
    inside: networks of the operator's own that may be called. Raises NotAllowed, Unreachable.
    """

    def made(found: Any) -> socket.socket:
        family, kind, protocol, _, address = found
        if not is_allowed(address[0], inside):
            raise _Refused(_PRIVATE)
        return socket.socket(family=family, type=kind, proto=protocol)

    connector = aiohttp.TCPConnector(limit=4, use_dns_cache=False, socket_factory=made, force_close=True)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "Frontdesk", "Accept": "text/html", "Accept-Encoding": "identity"},
    ) as session:
        try:
            async with asyncio.timeout(timeout_s):
                return await _followed(session, target_of(url))
        except aiohttp.InvalidURL as error:
            raise NotAllowed("It leads to an address that is none.") from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _Refused):
                raise NotAllowed(_PRIVATE) from error
            raise Unreachable("There is no connection to it. Look whether the address is right.") from error
        except TimeoutError as error:
            raise Unreachable(f"It did not answer within {timeout_s:g} seconds.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable("The connection to it broke.") from error


def target_of(url: str) -> URL:
    """The address of a page; without a scheme it is https. Raises NotAllowed."""
    try:
        target = URL(url if "://" in url else f"https://{url}")
    except ValueError:
        target = URL()
    if not target.host or target.scheme not in ("https", "http"):
        raise NotAllowed("This is not the address of a web page. Give one that begins with https://")
    if target.user is not None or target.password is not None:
        raise NotAllowed("The address carries a password. Leave it out.")
    return target.with_fragment(None)


async def _followed(session: aiohttp.ClientSession, target: URL) -> Page:
    for _ in range(REDIRECTS_LIMIT + 1):
        async with session.get(target, allow_redirects=False) as response:
            location = response.headers.get("Location")
            if response.status in _REDIRECTS and location:
                target = target_of(str(target.join(URL(location))))
                continue
            kind = response.content_type if response.headers.get("Content-Type") else HTML[0]
            raw = await _bounded(response) if kind in HTML and response.status == 200 else b""
            return Page(str(target), response.status, kind, _decoded(raw, response.charset))
    raise Unreachable("It redirects again and again.")


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The first 2 MiB of the body; the rest is left unread. Compressed although asked not to: undone within that."""
    read = bytearray()
    async for chunk in response.content.iter_chunked(16 * 1024):
        read += chunk
        if len(read) >= SIZE_LIMIT_BYTES:
            break
    raw = bytes(read[:SIZE_LIMIT_BYTES])
    if response.headers.get("Content-Encoding", "identity").lower() not in ("gzip", "deflate"):
        return raw
    try:
        return zlib.decompressobj(wbits=47).decompress(raw, SIZE_LIMIT_BYTES)
    except zlib.error:
        return b""


def _decoded(raw: bytes, charset: str | None) -> str:
    # of what Python calls an encoding some take very long, and some are none of text
    known = (charset or "").lower()
    try:
        return raw.decode(known if known.startswith(_CHARSETS) else "utf-8", "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")
