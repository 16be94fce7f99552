"""What every channel keeps, tried on each one with payloads of its own in `payloads/<channel>/`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import all_channels, channel_for, parse_captured
from channels.base import Account, Arrived, Channel, DeliveryReport, Failed, Outgoing, Request, RetryLater, Sent, Shown
from channels.outbound import Caller
from channels.render import render
from conversations.errors import Invalid, NotFound, Refused, TooLarge, Unauthorized, Unsupported
from conversations.model import MessageKind
from tests.channels.house import LOOPBACK, SECRET, FarEnd
from tests.channels.test_render import CARD, CHOICES, said

PAYLOADS = Path(__file__).parent / "payloads"
CHANNELS: Mapping[str, Channel] = all_channels(Caller())
NOW = 1_795_000_000_000
SAMPLES = [path for path in sorted(PAYLOADS.glob("*/*.json")) if not path.name.endswith(".parsed.json")]
REFUSED = [path for path in sorted(PAYLOADS.glob("*/refused/*.json")) if not path.name.endswith(".error.json")]

every_channel = pytest.mark.parametrize("name", sorted(CHANNELS))


def named(path: Path) -> str:
    return str(path.relative_to(PAYLOADS).with_suffix(""))


def account(name: str, url: str | None = None) -> Account:
    settings: dict[str, object] = {"webhook_url": url} if url else {}
    return Account("inb_1", name, settings, {"webhook_secrets": [SECRET]})


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    caller = Caller(inside=LOOPBACK, timeout_s=5)
    yield caller
    await caller.close()


def test_every_channel_is_found_by_its_name() -> None:
    """The registry knows each channel by the name it gives itself, and says which there are."""
    assert set(CHANNELS) == {"web", "api"}
    assert all(channel_for(CHANNELS, name).name == name for name in CHANNELS)
    with pytest.raises(NotFound, match="api, web"):
        channel_for(CHANNELS, "fax")


@every_channel
def test_every_channel_has_captured_payloads(name: str) -> None:
    """A channel comes with payloads that it reads and payloads that it refuses."""
    assert [path for path in SAMPLES if path.parts[-2] == name]
    assert [path for path in REFUSED if path.parts[-3] == name]


@pytest.mark.parametrize("path", SAMPLES, ids=named)
def test_a_captured_payload_is_read(path: Path) -> None:
    """What a far end really sends becomes exactly what the file beside it says."""
    expected = orjson.loads(path.with_suffix(".parsed.json").read_bytes())
    assert parse_captured(path.parent.name, path.read_bytes()) == [expected]


@pytest.mark.parametrize("path", REFUSED, ids=named)
def test_a_payload_that_cannot_be_used_is_refused(path: Path) -> None:
    """What is missing, malformed or over a limit is refused with its code, naming the field."""
    expected = orjson.loads(path.with_suffix(".error.json").read_bytes())
    with pytest.raises(Refused) as refused:
        parse_captured(path.parts[-3], path.read_bytes())
    assert {"code": refused.value.code, "field": refused.value.field} == expected
    assert refused.value.message


@every_channel
@given(payload=st.binary(max_size=200))
def test_any_bytes_can_be_read(name: str, payload: bytes) -> None:
    """Whatever bytes come, a channel reads them or refuses them, and nothing else happens."""
    try:
        found = CHANNELS[name].parse(payload)
    except (Invalid, TooLarge):
        return
    assert all(isinstance(one, Arrived | DeliveryReport) for one in found)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "type external_id from text choice thread_key locale attachments subject automatic client_id address state data"
)


@every_channel
@given(payload=st.dictionaries(st.sampled_from(FIELDS.split()), json_values, max_size=8))
def test_any_json_can_be_read(name: str, payload: dict[str, object]) -> None:
    """Its own fields with anything in them are read or refused, never an error of ours."""
    try:
        body = orjson.dumps(payload)
    except (TypeError, orjson.JSONEncodeError):
        return
    try:
        CHANNELS[name].parse(body)
    except (Invalid, TooLarge) as refused:
        refused.message.encode()


@every_channel
def test_a_payload_has_a_limit(name: str) -> None:
    """A payload over ten megabytes is refused before it is read."""
    with pytest.raises(TooLarge):
        CHANNELS[name].parse(b"[" + b" " * (10 * 1024 * 1024))


@every_channel
@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer "}, {"authorization": "Bearer guess"}, {"webhook-id": "1"}]
)
def test_a_stranger_is_not_believed(name: str, headers: dict[str, str]) -> None:
    """A call without the far end's proof is refused, whatever it carries."""
    request = Request("POST", headers, {}, b'{"external_id": "1", "from": {"address": "a"}, "text": "hi"}')
    with pytest.raises((Unauthorized, Unsupported)):
        CHANNELS[name].verify(request, account(name), NOW)


@every_channel
@pytest.mark.parametrize("settings", [{}, {"far_end": 7}, {"far_end": {"text_limit": -1}}, {"webhook_url": ["a"]}])
def test_capabilities_hold_for_any_settings(name: str, settings: dict[str, object]) -> None:
    """Settings that cannot be used fall back to the channel's usual capabilities."""
    found = CHANNELS[name].capabilities(Account("inb_1", name, settings, {}))
    assert found.text_limit > 0
    assert found == CHANNELS[name].capabilities(account(name))


@every_channel
@pytest.mark.parametrize(
    ("kind", "text", "content"),
    [
        ("text", "On its **way**.", None),
        ("choices", "Which one?", CHOICES),
        ("file", "", {"attachments": [CARD]}),
        ("card", "30 days.", {"article": {"id": "art_1", "question": "Returns?"}}),
        ("survey", "How did we do?", None),
        ("event", "You are in line.", {"said": {"key": "queue.entered", "params": {}}}),
        ("text", "x" * 10_000, None),
    ],
)
async def test_every_kind_of_message_can_be_sent(
    kind: MessageKind, text: str, content: dict[str, object] | None, name: str, caller: Caller, far: FarEnd
) -> None:
    """Each kind of message renders within the channel's capabilities and is sent."""
    channel = all_channels(caller)[name]
    out = outgoing(name, far.url, kind, text, content)
    limit = channel.capabilities(out.account).text_limit
    assert all(len(part.text) <= limit for part in out.parts)
    assert isinstance(await channel.send(out), Sent)


@every_channel
async def test_sending_never_raises(name: str, caller: Caller) -> None:
    """Whatever is wrong with an inbox, an attempt to send ends in an outcome."""
    channel = all_channels(caller)[name]
    for settings, secrets in (
        ({}, {}),
        ({"webhook_url": "::::"}, {"webhook_secrets": [SECRET]}),
        ({"webhook_url": "http://127.0.0.1:1/"}, {"webhook_secrets": [SECRET]}),
        ({"webhook_url": "https://name.invalid/"}, {"webhook_secrets": [SECRET]}),
        ({"webhook_url": None}, {"webhook_secrets": 3}),
    ):
        out = outgoing(name, None, "text", "Hi", None)
        out = replace(out, account=Account("inb_1", name, settings, secrets))
        assert isinstance(await channel.send(out), Sent | RetryLater | Failed)


def outgoing(name: str, url: str | None, kind: MessageKind, text: str, content: dict[str, object] | None) -> Outgoing:
    message = said(text, content, kind)
    where = account(name, url)
    return Outgoing(
        message_id=message.id,
        address="+49151",
        thread_key=None,
        parts=render(message, CHANNELS[name].capabilities(where)),
        shown=Shown({"id": message.id, "text": text}, {"id": "cnv_1"}),
        account=where,
        created_at=NOW,
        attempt=1,
        at=NOW,
    )
