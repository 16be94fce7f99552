"""Signed calls: ours verify elsewhere, others' verify here, and nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from channels.webhook import key_bytes, new_signing_secret, signed_headers, verify
from conversations.errors import Unauthorized

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = new_signing_secret()
NOW = 1_795_000_000_000
BODY = b'{"text": "Wo ist meine Karte? \xf0\x9f\x92\xb3"}'


def test_what_we_sign_the_reference_library_accepts() -> None:
    """The Standard Webhooks library, with its own clock, takes our headers."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    assert Webhook(SECRET).verify(BODY, signed_headers([SECRET], "msg_1", now, BODY)) == {
        "text": "Wo ist meine Karte? 💳"
    }


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=40), st.text())
def test_what_the_reference_library_signs_we_accept(message_id: str, text: str) -> None:
    """For any id and body, a call signed by the library verifies here under the same secret."""
    body = text.encode()
    at = datetime.fromtimestamp(NOW // 1000, UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(NOW // 1000),
        "webhook-signature": Webhook(SECRET).sign(message_id, at, text),
    }
    assert verify([SECRET], headers, body, NOW) == message_id


def test_while_a_secret_is_rotated_both_count() -> None:
    """A call under the old or the new secret verifies; one signed with both verifies for who knows either."""
    for signing, knowing in (([SECRET], [OTHER, SECRET]), ([SECRET, OTHER], [OTHER]), ([OTHER, SECRET], [OTHER])):
        assert verify(knowing, signed_headers(signing, "msg_1", NOW, BODY), BODY, NOW) == "msg_1"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-id": "m" * 300},
        {"webhook-timestamp": str(NOW // 1000 + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "1" * 400},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "-1"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,!!!"},
        {"webhook-signature": "v1,ümlaut"},
        {"webhook-signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"webhook-signature": " ".join(["v1,AAAA"] * 500)},
    ],
)
def test_a_spoiled_header_is_refused(spoiled: dict[str, str]) -> None:
    """Another id, time or signature, or something that is none, is refused and says what to send."""
    headers = signed_headers([SECRET], "msg_1", NOW, BODY) | spoiled
    with pytest.raises(Unauthorized):
        verify([SECRET], headers, BODY, NOW)


def test_a_missing_header_is_refused() -> None:
    """Each of the three headers is needed."""
    headers = signed_headers([SECRET], "msg_1", NOW, BODY)
    for name in headers:
        with pytest.raises(Unauthorized):
            verify([SECRET], {key: value for key, value in headers.items() if key != name}, BODY, NOW)


def test_another_body_or_secret_is_refused() -> None:
    """The signature is of this body, by this inbox's secret."""
    headers = signed_headers([SECRET], "msg_1", NOW, BODY)
    for keys, body in (([SECRET], BODY + b" "), ([OTHER], BODY), ([], BODY)):
        with pytest.raises(Unauthorized, match="not ours"):
            verify(keys, headers, body, NOW)


@pytest.mark.parametrize(("late_s", "accepted"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_call_is_good_for_five_minutes(late_s: int, accepted: bool) -> None:
    """A captured call cannot be played again later, nor one dated ahead."""
    headers = signed_headers([SECRET], "msg_1", NOW, BODY)
    if accepted:
        assert verify([SECRET], headers, BODY, NOW + late_s * 1000)
    else:
        with pytest.raises(Unauthorized, match="five minutes"):
            verify([SECRET], headers, BODY, NOW + late_s * 1000)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64 at all!", "whsec_ü"])
def test_a_secret_that_is_none_is_an_error_that_keeps_it_secret(secret: str) -> None:
    """An empty, short or undecodable secret is refused rather than signed with, and never told."""
    with pytest.raises(ValueError, match="signing secret") as error:
        key_bytes(secret)
    assert secret not in str(error.value) or secret in ("", "whsec_")
