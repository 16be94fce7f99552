"""One client in one namespace, as a handler sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from server.realtime import packets
from server.realtime.limits import Counters, Limits
from server.realtime.packets import Kind
from server.realtime.peer import Peer

Json = Mapping[str, object]
S = TypeVar("S")


class Refused(Exception):
    """A connection is not accepted. `error` is the error object of the protocol: code, message, ..."""

    def __init__(self, error: Json) -> None:
        super().__init__(error.get("code"))
        self.error = error


class Carrier(Protocol):
    """What a connection needs of the socket that carries it."""

    last_heard_at: float

    def send(self, text: bytes) -> None: ...
    def leave(self, connection: Connection[Any], *, come_back: bool) -> None: ...


class Connection(Generic[S]):
    """One client in one namespace.

    session: whatever the handler sets in `connect`; reading it before raises AttributeError.
    """

    __slots__ = ("_accepted", "_carrier", "_counters", "_event_head", "_held", "_limits", "at_work", "closed", "id",
                 "namespace", "peer", "session")  # fmt: skip

    session: S

    def __init__(
        self, connection_id: str, namespace: str, peer: Peer, carrier: Carrier, limits: Limits, counters: Counters
    ) -> None:
        self.id = connection_id
        self.namespace = namespace
        self.peer = peer
        self.closed = False
        """Nothing that is emitted from now on will arrive."""
        self.at_work = False
        """A command is being done, and not yet acknowledged."""
        self._accepted = False
        self._carrier = carrier
        self._limits = limits
        self._counters = counters
        self._event_head = packets.head(Kind.EVENT, namespace.encode())
        self._held: list[bytes] | None = []

    @property
    def last_heard_at(self) -> float:
        """When the client last sent anything, heartbeats included (time.monotonic)."""
        return self._carrier.last_heard_at

    def emit(self, event: str, payload: Json) -> None:
        """Send an event, without waiting; dropped if the connection is closed or its reader too slow.

        Before `connect` has returned events are kept, and sent right after the client is told that it is connected.
        Raises TypeError for a payload that JSON cannot hold.
        """
        self.emit_encoded(packets.event_body(event, payload))

    def emit_first(self, event: str, payload: Json) -> None:
        """`emit`, before whatever else was emitted while `connect` is at work: for the welcome, which comes first.

        A handler can so begin to listen before it reads, and miss nothing. Raises RuntimeError once accepted.
        """
        if self._held is None or self._accepted:
            raise RuntimeError("the connection is accepted: nothing can be first any more")
        self._held.insert(0, packets.event_body(event, payload))

    def hold(self) -> None:
        """Keep what is emitted from now on until the command at work is acknowledged; without one, do nothing.

        For what its acknowledgement says must be known before what happened after it.
        """
        if self.at_work and self._held is None:
            self._held = []

    def emit_encoded(self, body: bytes) -> None:
        """`emit` of a body made by `packets.event_body`."""
        if self.closed:
            return
        if self._held is None:
            self._counters.events_sent += 1
            self._carrier.send(self._event_head + body)
        elif len(self._held) < self._limits.unread_packets:
            self._held.append(body)
        elif self._accepted:
            # the order was a kindness: whoever gets so much meanwhile sees a gap, and asks
            self.release()
            self.emit_encoded(body)
        else:
            self.close()

    def close(self, *, come_back: bool = True) -> None:
        """End this connection, without waiting; `disconnect` follows.

        come_back: the socket is closed as if the network had gone, and the official clients connect again by
        themselves; without it this namespace is disconnected, and they stay away until their user calls them.
        """
        if not self.closed:
            self._carrier.leave(self, come_back=come_back)

    def release(self) -> None:
        """Send what was kept; from now on events go out at once.

        Called when the connection is accepted, and when a command was acknowledged.
        """
        self._accepted = True
        held, self._held = self._held or [], None
        for body in held:
            self.emit_encoded(body)


class Handler(Protocol[S]):
    """What answers one namespace. Its methods are called one at a time for each connection, in the client's order."""

    commands: frozenset[str]

    async def connect(self, conn: Connection[S], auth: dict[str, object]) -> None:
        """Accept by returning, with `conn.session` set; raise Refused to turn the client away."""

    async def command(self, conn: Connection[S], name: str, payload: dict[str, object]) -> Json:
        """Do it, and return the acknowledgement: `{"ok": ...}`. `name` is one of `commands`."""

    async def disconnect(self, conn: Connection[S], reason: str) -> None:
        """Called once for each connection whose `connect` returned, after its last command."""


def emit_to_many(connections: Iterable[Connection[S]], event: str, payload: Json) -> None:
    """`emit` one event to each, encoded once."""
    body: bytes | None = None
    for connection in connections:
        if body is None:
            body = packets.event_body(event, payload)
        connection.emit_encoded(body)
