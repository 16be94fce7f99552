"""Long work in short chunks, so that chats pass between."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from conversations.store.port import Tx

T = TypeVar("T")
Item = TypeVar("Item")

CHUNK_S = 0.005


class _Writes(Protocol):
    async def write(self, fn: Callable[..., T], /, *args: Any) -> T: ...


async def in_chunks(store: _Writes, fn: Callable[[Tx, Item], T], items: Sequence[Item]) -> list[T]:
    """`fn(tx, item)` for each item, in transactions of about 5 ms each; what each returned, in order."""
    results: list[T] = []
    while len(results) < len(items):
        results += await store.write(_chunk, fn, items, len(results))
    return results


def _chunk(tx: Tx, fn: Callable[[Tx, Item], T], items: Sequence[Item], start: int) -> list[T]:
    ends = time.monotonic() + CHUNK_S
    done: list[T] = []
    for item in items[start:]:
        done.append(fn(tx, item))
        if time.monotonic() >= ends:
            break
    return done
