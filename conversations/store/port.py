"""What a store promises: transactions as plain functions, and what may go wrong with them.

StoreError
├── Overloaded        the queue is full, or the deadline passed before the function ran; nothing was written
├── OutcomeUnknown    the connection or the wait ended during COMMIT; ask again by client_id
├── TookTooLong       the function itself ran too long and was interrupted; nothing was written
└── DatabaseIsNewer   the database was migrated by a later Frontdesk than this one
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from conversations.store.statement import Engine, Row, Runnable

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")


class StoreError(Exception):
    """The store could not do what it was asked."""


class Overloaded(StoreError):
    """Nothing was written: too much waits already, or it waited too long."""


class OutcomeUnknown(StoreError):
    """It may or may not have been written. Ask again with the same client_id to find out."""


class TookTooLong(StoreError):
    """The function ran past its limit and was interrupted; nothing was written."""


class DatabaseIsNewer(StoreError):
    """The database knows a revision that this Frontdesk does not."""


class Tx(Protocol):
    """What a transaction's function may touch, besides its arguments.

    `now` (milliseconds UTC) and ids come from here, so the function itself asks no clock and no dice.
    """

    @property
    def engine(self) -> Engine: ...

    @property
    def now(self) -> int: ...

    def new_id(self, prefix: str) -> str:
        """A fresh id, such as `cnv_0193...`: a UUIDv7, never used for order."""
        ...

    def all(self, statement: Runnable, params: Mapping[str, Any] = ...) -> list[Row]: ...

    def one(self, statement: Runnable, params: Mapping[str, Any] = ...) -> Row | None:
        """The first row, or None."""
        ...

    def run(self, statement: Runnable, params: Mapping[str, Any] = ...) -> int:
        """Run it; the number of rows it changed."""
        ...

    def many(self, statement: Runnable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each row of parameters, in one round trip."""
        ...

    def hint(self, hint: object) -> None:
        """Published after COMMIT, in order; dropped on rollback."""
        ...

    def reach(self, point: str) -> None:
        """A named point of the way; fault tests stop, delay or kill here."""
        ...


class Points(Protocol):
    """Named points of the way. The product's own does nothing; a rig's may stop, delay or kill."""

    def reach(self, point: str) -> None: ...

    async def pause(self, point: str) -> None: ...


class NoPoints:
    """Nothing happens at any point."""

    __slots__ = ()

    def reach(self, point: str) -> None:
        return

    async def pause(self, point: str) -> None:
        return


Hints = Callable[[Sequence[object]], None]
"""Called on the event loop after a COMMIT, with what the transaction hinted."""


class Store(Protocol):
    """One database. See `docs/architecture.md` for the exact meaning of `write`."""

    @property
    def engine(self) -> Engine: ...

    def now(self) -> int:
        """Milliseconds since 1970 UTC, by this store's clock."""
        ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def write(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn(tx, *args)` in one transaction; resolves after COMMIT.

        `fn` is synchronous, may run more than once, and touches only `tx` and its arguments. What it
        raises rolls it back and comes out here. Raises Overloaded, OutcomeUnknown, TookTooLong.
        """
        ...

    async def read(self, fn: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` on a snapshot, for showing: at most 2 s, and it sees every write that returned before."""
        ...

    async def bulk(self, fn: Callable[[Tx, Item], T], items: Sequence[Item]) -> list[T]:
        """Run `fn(tx, item)` for each item, in chunks of some milliseconds that let others pass between.

        Each chunk is a transaction of its own.
        """
        ...

    async def changed_outside(self) -> bool:
        """Whether another process has committed since the last call. Always False where nothing needs it."""
        ...
