"""The bounds of the socket layer, and what it counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Every bound of a socket. Seconds are those of the monotonic clock; sizes are bytes on the wire."""

    frame_bytes: int = 128 * 1024
    """A longer message closes the socket (1009)."""

    ping_interval_s: float = 10.0
    ping_timeout_s: float = 15.0
    """A peer that was gone is noticed after at most interval + timeout: 25 s."""

    namespace_s: float = 10.0
    """How long a socket may be open without a namespace, connected or connecting."""

    connect_s: float = 10.0
    """How long a handler may take to accept."""

    command_s: float = 30.0
    """A command that takes longer is cancelled with its connection; looked at with each heartbeat."""

    waiting_commands: int = 256
    waiting_bytes: int = 512 * 1024
    """Commands of one connection that wait for their turn; beyond it they are answered `rate_limited`."""

    unread_packets: int = 256
    unread_bytes: int = 512 * 1024
    """What may wait for a slow reader; beyond it the socket is dropped, and its client resynchronises."""

    strikes: int = 100
    """How many packets of one socket may be refused (unknown names, binary, no JSON) before it is closed (1008)."""

    sockets: int = 20_000
    sockets_per_address: int = 1_000
    """Beyond it the handshake is answered 503, or 429."""

    close_s: float = 5.0
    """For the closing handshake of one socket; and, when the server closes, for the commands at work, too."""


@dataclass(slots=True)
class Counters:
    """What happened since the start; each only grows, but for `sockets_open` and `connections_open`."""

    sockets_open: int = 0
    sockets_opened: int = 0
    sockets_refused: int = 0
    connections_open: int = 0
    connections_accepted: int = 0
    connections_refused: int = 0
    commands: int = 0
    commands_failed: int = 0
    commands_rate_limited: int = 0
    commands_invalid: int = 0
    names_dropped: int = 0
    packets_dropped: int = 0
    packets_malformed: int = 0
    binary_refused: int = 0
    events_sent: int = 0
    readers_dropped: int = 0
    pings_timed_out: int = 0
    namespaces_timed_out: int = 0
    sockets_struck_out: int = 0
