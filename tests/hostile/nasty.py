"""What hostile and broken clients put into fields."""

from __future__ import annotations

import json
import random
from typing import Any

Json = Any

TEXTS = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\r\n\r\nHTTP/1.1 200 OK",
    "\u202eevil\u202c\u2066x\u2069",
    "\ufeff\u200b\u200d",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{7*7}} ${7*7} %s %n %(name)s",
    "'; DROP TABLE messages; --",
    "../../../../etc/passwd",
    "%00%2e%2e%2f",
    "e\u0301" * 500,
    "﷽" * 1_000,
    "😀" * 2_500,
    "x" * 81,
    "x" * 201,
    "x" * 10_000,
    "x" * 10_001,
    "x" * 60_000,
    "\ud800",
    "a\udfffb\ud800",
    "null",
    "true",
    "0",
    "1e999",
    "NaN",
    "cnv_",
    "__proto__",
]
NUMBERS: list[Json] = [
    *(0, 1, -1, 2, 5, 6, 200, 201),
    *(2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), 10**30),
    *(0.5, -0.0, 1e308),
]
OTHERS: list[Json] = [
    *(None, True, False),
    *([], [None], [[]], ["x"] * 11, ["x"] * 1_000),
    *({}, {"a": None}, {"x": "y", "k" * 200: 1}),
]


def deep(levels: int) -> Json:
    value: Json = 1
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


DEEP = [deep(10), deep(31), deep(40), deep(500)]
EVERYTHING: list[Json] = [*TEXTS, *NUMBERS, *OTHERS, *DEEP]


def value(dice: random.Random, ids: list[str]) -> Json:
    """Anything at all; ids: of real things, mostly somebody else's."""
    kind = dice.random()
    if kind < 0.3 and ids:
        return dice.choice(ids)
    if kind < 0.4:
        return {dice.choice(["conversation_id", "message_id", "agent_id", "value", "a"]): dice.choice(EVERYTHING)}
    if kind < 0.5:
        return [dice.choice(EVERYTHING) for _ in range(dice.randint(0, 12))]
    return dice.choice(EVERYTHING)


def encoded(payload: Json) -> str:
    """As a broken client would write it: lone surrogates and numbers of any size included."""
    return json.dumps(payload)
