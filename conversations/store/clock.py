"""Clock and ids, as the store hands them to transactions."""

import os
import secrets
import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Milliseconds since 1970 UTC."""


_TIME_BITS = 0xFFFF_FFFF_FFFF
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def new_id(prefix: str, now: int) -> str:
    """A UUIDv7 (RFC 9562) behind a prefix that says what it names.

    now: milliseconds since 1970 UTC. Ids are unique, not ordered: rows are ordered by seq, rev and number.
    """
    random = os.urandom(10).hex()
    # 48 bits of time, the version's 4, 12 random ones, the variant's 2, 62 random ones
    return f"{prefix}_{now & _TIME_BITS:012x}7{random[:3]}{_VARIANT[random[3]]}{random[4:19]}"


def new_secret(prefix: str) -> str:
    """256 random bits for someone to carry; the database holds only their hash."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"
