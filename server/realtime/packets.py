"""The subset of Engine.IO 4 and Socket.IO 5 that Frontdesk speaks: text packets in, text packets out.

Frames are bytes and stay bytes: an acknowledgement id is echoed as it came, never made a number, so its size costs
nothing. Sources: github.com/socketio/engine.io-protocol (version 4), github.com/socketio/socket.io-protocol (5).

    ProtocolError
    |- MalformedPacket      no packet at all: the link closes
    `- InvalidPayload       a packet whose JSON is not what was promised: the sender gets `invalid`
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Final, NamedTuple

import orjson

Json = Mapping[str, object]

OPEN: Final = b"0"
CLOSE: Final = b"1"
PING: Final = b"2"
PONG: Final = b"3"
MESSAGE: Final = b"4"
# How a binary message begins where only text travels; what follows is of no interest here.
BINARY: Final = b"b"
UPGRADE: Final = b"5"
NOOP: Final = b"6"

MAX_NAMESPACE_CHARS: Final = 64
MAX_ACK_DIGITS: Final = 20
MAX_DEPTH: Final = 32

_MESSAGE: Final = re.compile(
    rb"4([0-6])(?:[0-9]{1,10}-)?(?:(/[0-9A-Za-z_./~-]{0,%d})(?:,|\Z))?([0-9]{0,%d})(?![0-9/])"
    % (MAX_NAMESPACE_CHARS - 1, MAX_ACK_DIGITS)
)
_MAIN: Final = b"/"


class ProtocolError(Exception):
    """The peer does not speak Socket.IO 5 as promised."""


class MalformedPacket(ProtocolError):
    """The frame is no packet."""


class InvalidPayload(ProtocolError):
    """The packet is one, its JSON is not; the message says what and how to mend it."""


class Kind(IntEnum):
    """Socket.IO packet types, by their number on the wire."""

    CONNECT = 0
    DISCONNECT = 1
    EVENT = 2
    ACK = 3
    CONNECT_ERROR = 4
    BINARY_EVENT = 5
    BINARY_ACK = 6


_KINDS: Final = tuple(Kind)


class Packet(NamedTuple):
    """One Socket.IO packet, its JSON not yet read. `ack_id` is empty when no acknowledgement is wanted."""

    kind: Kind
    namespace: bytes
    ack_id: bytes
    body: bytes


def read_packet(frame: bytes) -> Packet:
    """Split one Engine.IO message (`4...`) into its parts. Raises MalformedPacket."""
    match = _MESSAGE.match(frame)
    if match is None:
        raise MalformedPacket("not a Socket.IO packet")
    kind, namespace, ack_id = match.groups()
    return Packet(_KINDS[kind[0] - 48], namespace or _MAIN, ack_id, frame[match.end() :])


def read_json(body: bytes) -> object:
    """The JSON of a packet, at most MAX_DEPTH deep. Raises InvalidPayload."""
    try:
        value: object = orjson.loads(body)
    except ValueError as error:
        raise InvalidPayload(f"not JSON: {error}") from None
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise InvalidPayload(f"nested more than {MAX_DEPTH} deep")
    return value


def read_event(body: bytes) -> tuple[str, list[object]]:
    """An event's name and its arguments. Raises InvalidPayload unless the body is `["name", ...]`."""
    value = read_json(body)
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        raise InvalidPayload('an event is an array that begins with its name: ["name", {...}]')
    return value[0], value[1:]


def read_argument(arguments: list[object]) -> dict[str, object]:
    """The payload of a command: one object; left out or null means empty. Raises InvalidPayload."""
    if not arguments:
        return {}
    payload = arguments[0]
    if len(arguments) == 1 and isinstance(payload, dict):
        return payload
    if len(arguments) == 1 and payload is None:
        return {}
    raise InvalidPayload("a command takes exactly one payload, an object")


def read_auth(body: bytes) -> dict[str, object]:
    """What came with a CONNECT packet: an object, empty when left out. Raises InvalidPayload."""
    auth = read_json(body) if body else None
    if auth is None:
        return {}
    if isinstance(auth, dict):
        return auth
    raise InvalidPayload("auth is an object")


def open_packet(sid: str, *, ping_interval_s: float, ping_timeout_s: float, frame_bytes: int) -> bytes:
    """The Engine.IO handshake."""
    return OPEN + orjson.dumps(
        {
            "sid": sid,
            "upgrades": [],
            "pingInterval": round(ping_interval_s * 1000),
            "pingTimeout": round(ping_timeout_s * 1000),
            "maxPayload": frame_bytes,
        }
    )


def head(kind: Kind, namespace: bytes) -> bytes:
    """How every packet of a kind begins in a namespace: `42/visitor,`."""
    prefix = b"4%d" % kind
    return prefix if namespace == _MAIN else prefix + namespace + b","


def connected(namespace: bytes, connection_id: str) -> bytes:
    """The CONNECT packet that accepts a client."""
    return head(Kind.CONNECT, namespace) + orjson.dumps({"sid": connection_id})


def refused(namespace: bytes, error: Json) -> bytes:
    """The CONNECT_ERROR packet that turns a client away.

    It is the error object itself, and carries it once more as `data`: the official JavaScript client shows its user
    `message` and `data` and nothing else.
    """
    return head(Kind.CONNECT_ERROR, namespace) + orjson.dumps({**error, "data": error})


def event_body(name: str, payload: Json) -> bytes:
    """`["name",{...}]`. Raises TypeError for what JSON cannot hold (a lone surrogate, an integer over 64 bits)."""
    return orjson.dumps([name, payload])


def json_bytes(payload: Json) -> bytes:
    """Raises TypeError for what JSON cannot hold."""
    return orjson.dumps(payload)


def _deeper_than(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return any(isinstance(item, list | dict) for item in level)


def _children(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()
