"""A small program that writes and says so: `python -m tests.store.writes PATH COUNT FULL|NORMAL`.

It says a line when a write has returned, or how it was refused. For tests that look at it from outside.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from conversations.store import SqliteStore, StoreError
from tests.store.engines import add


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def main(path: str, count: str, durability: str) -> None:
    assert durability in ("FULL", "NORMAL")
    store = SqliteStore(Path(path), durability="FULL" if durability == "FULL" else "NORMAL")
    await store.start()
    for number in range(int(count)):
        tell(f"begin {number}")
        try:
            await store.write(add, f"n{number}")
        except StoreError as error:
            tell(f"{type(error).__name__} {number}")
        else:
            tell(f"done {number}")
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
