"""Clock and ids, as the store hands them to transactions."""

import os
import secrets
import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Milliseconds since 1970 UTC."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def new_id(prefix: str, now: int) -> str:
    """A UUIDv7 (RFC 9562) behind a prefix that says what it names.

    now: milliseconds since 1970 UTC. Ids are unique, not ordered: rows are ordered by seq, rev and number.
    """
    random = int.from_bytes(os.urandom(10))
    value = (now & 0xFFFF_FFFF_FFFF) << 80 | random
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return f"{prefix}_{value:032x}"


def new_secret(prefix: str) -> str:
    """256 random bits for someone to carry; the database holds only their hash."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"
