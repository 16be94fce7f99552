"""The packets of Engine.IO and Socket.IO, read and written, against python-socketio's own codec."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import Packet as OfficialPacket

from server.realtime import packets
from server.realtime.packets import InvalidPayload, Kind, MalformedPacket

NAMESPACES = st.from_regex(r"/[a-z_.~-]{1,20}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PAYLOADS = st.dictionaries(
    TEXTS, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS | st.lists(TEXTS, max_size=3), max_size=4
)


@given(NAMESPACES | st.just("/"), TEXTS, PAYLOADS, st.none() | st.integers(0, 10**15))
def test_what_the_official_codec_writes_is_read(
    namespace: str, name: str, payload: dict[str, object], ack: int | None
) -> None:
    """An event written by python-socketio is read to the same name, payload, namespace and id."""
    written = OfficialPacket(data=[name, payload], namespace=namespace, id=ack).encode()
    packet = packets.read_packet(b"4" + written.encode())
    assert packet.kind is Kind.EVENT
    assert packet.namespace.decode() == namespace
    assert packet.ack_id == (b"" if ack is None else str(ack).encode())
    read_name, arguments = packets.read_event(packet.body)
    assert (read_name, packets.read_argument(arguments)) == (name, payload)


@given(NAMESPACES | st.just("/"), TEXTS, PAYLOADS)
def test_what_is_written_is_read_by_the_official_codec(namespace: str, name: str, payload: dict[str, object]) -> None:
    """An event written here is read by python-socketio to the same."""
    frame = packets.head(Kind.EVENT, namespace.encode()) + packets.event_body(name, payload)
    official = OfficialPacket(encoded_packet=frame[1:].decode())
    assert official.packet_type == Kind.EVENT
    assert (official.namespace or "/", official.data) == (namespace, [name, payload])


@given(st.binary(max_size=200) | st.binary(max_size=50).map(lambda rest: b"42/visitor,1" + rest))
def test_any_bytes_are_a_packet_or_malformed(frame: bytes) -> None:
    """Whatever comes, reading it ends in a packet, MalformedPacket or InvalidPayload, and in nothing else."""
    try:
        packet = packets.read_packet(frame)
        packets.read_argument(packets.read_event(packet.body)[1])
    except (MalformedPacket, InvalidPayload):
        return
    assert frame.startswith(b"4")
    assert frame.endswith(packet.body)


@given(st.recursive(st.none() | TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner)))
def test_shallow_json_is_read_whole(value: object) -> None:
    """JSON within the depth is read as orjson reads it."""
    assert packets.read_json(orjson.dumps(value)) == value


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_the_depth_is_counted_exactly(opening: bytes) -> None:
    """32 levels are read, 33 are not, also where the deep branch is one of many."""
    closing = b"]" if opening == b"[" else b"}"

    def nested(levels: int) -> bytes:
        return opening * (levels - 1) + b"[]" + closing * (levels - 1)

    packets.read_json(nested(packets.MAX_DEPTH))
    packets.read_json(b"[" + b"[],{}," * 100 + nested(packets.MAX_DEPTH - 1) + b"]")
    for deep in (nested(packets.MAX_DEPTH + 1), b"[" + b"[],{}," * 100 + nested(packets.MAX_DEPTH) + b"]"):
        with pytest.raises(InvalidPayload, match="deep"):
            packets.read_json(deep)
