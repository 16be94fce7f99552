"""Standard Webhooks: calls signed so that their receiver knows who made them and can tell a repeat.

https://github.com/standard-webhooks/standard-webhooks: `webhook-id`, `webhook-timestamp` (seconds) and
`webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several, apart by spaces, while a
secret is rotated).
"""

import binascii
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence

from conversations.errors import Unauthorized

PREFIX = "whsec_"
TOLERANCE_S = 300
SECRET_BYTES = 32
SECRET_MIN_BYTES = 24
_ID_LIMIT = 256
_SIGNATURES_LIMIT = 16


def new_signing_secret() -> str:
    """A fresh secret, as both sides keep it."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(keys: Sequence[str], message_id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers of a call. keys: every secret that a receiver may still know. at: milliseconds UTC.

    Raises ValueError for a secret that is none.
    """
    timestamp = str(at // 1000)
    signatures = [f"v1,{b64encode(_digest(key_bytes(key), message_id, timestamp, body)).decode()}" for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def verify(keys: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> str:
    """Make sure that a call was signed with one of the secrets, lately. now: milliseconds UTC.

    headers: by lower-case name. Returns the call's `webhook-id`. Raises Unauthorized.
    """
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    if not (0 < len(message_id) <= _ID_LIMIT) or not given:
        raise Unauthorized("The call is not signed. Send webhook-id, webhook-timestamp and webhook-signature.")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise Unauthorized("webhook-timestamp is not a time in whole seconds since 1970.")
    signatures = list(_v1(given))
    right = False
    for key in keys:
        digest = _digest(key_bytes(key), message_id, timestamp, body)
        # every pair is compared, so that the time taken tells nothing
        for signature in signatures:
            right |= hmac.compare_digest(digest, signature)
    if not right:
        raise Unauthorized("The signature is not ours. Sign `id.timestamp.body` with the inbox's secret.")
    if abs(now // 1000 - int(timestamp)) > TOLERANCE_S:
        raise Unauthorized("The call was signed over five minutes ago, or a clock is wrong. Sign it again.")
    return message_id


def key_bytes(key: str) -> bytes:
    """The bytes of a secret as people carry it. Raises ValueError, without naming the secret."""
    encoded = key.removeprefix(PREFIX)
    try:
        decoded = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(decoded) < SECRET_MIN_BYTES:
        raise ValueError(f"a signing secret is {PREFIX} and at least {SECRET_MIN_BYTES} bytes in base64")
    return decoded


def _digest(key: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    signed = b".".join((message_id.encode("utf-8", "surrogateescape"), timestamp.encode(), body))
    return hmac.digest(key, signed, "sha256")


def _v1(header: str) -> Iterator[bytes]:
    for one in header.split(" ")[:_SIGNATURES_LIMIT]:
        version, _, encoded = one.partition(",")
        if version == "v1":
            try:
                yield b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                continue
