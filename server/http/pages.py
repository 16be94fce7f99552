"""Lists, a page at a time: each page begins where the last one ended, by key, never by a count of rows."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import orjson
from pydantic import Field, StringConstraints
from sqlalchemy import ColumnElement, Select, tuple_

from conversations.errors import Invalid
from conversations.store import Tx
from conversations.store.statement import Row
from server.http.fields import Query

PAGE_LIMIT = 200
USUAL_LIMIT = 50


class Paging(Query):
    """limit: at most 200 things. cursor: as the page before gave it."""

    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT)] = USUAL_LIMIT
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of rows, and the cursor of the next one; None when this is the last."""

    rows: list[Row]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is ordered by: columns that together name one row. newest: largest first."""

    columns: tuple[ColumnElement[Any], ...]
    newest: bool = False


def page_of(tx: Tx, statement: Select[Any], order: Order, paging: Paging) -> Rows:
    """The rows of one page. statement: selects the order's columns last, which are cut off here. Raises Invalid."""
    count = len(order.columns)
    if paging.cursor is not None:
        after = _keys(paging.cursor, [column.type.python_type for column in order.columns])
        at, key = tuple_(*order.columns), tuple_(*after)
        statement = statement.where(at < key if order.newest else at > key)
    directed = [column.desc() if order.newest else column.asc() for column in order.columns]
    found = tx.all(statement.order_by(*directed).limit(paging.limit + 1))
    shown = found[: paging.limit]
    cursor = _cursor(shown[-1][-count:]) if len(found) > paging.limit else None
    return Rows([row[:-count] for row in shown], cursor)


class Begun(Protocol):
    """A query that may go on where a page ended."""

    @property
    def cursor(self) -> str | None: ...


def after_of(paging: Begun) -> str:
    """Where the last page ended, in a list ordered by one text; empty at its beginning. Raises Invalid."""
    if paging.cursor is None:
        return ""
    (after,) = _keys(paging.cursor, [str])
    return str(after)


def next_after(last: str | None) -> str | None:
    """The cursor of the next page of such a list."""
    return _cursor((last,)) if last is not None else None


def _cursor(keys: Row) -> str:
    return urlsafe_b64encode(orjson.dumps(keys)).rstrip(b"=").decode()


def _keys(cursor: str, kinds: list[type]) -> list[int | str]:
    try:
        keys = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        keys = None
    if not isinstance(keys, list) or len(keys) != len(kinds) or not all(map(_is_key, keys, kinds)):
        raise Invalid("This cursor is not one of ours. Begin again without it.", field="cursor")
    return keys


def _is_key(key: object, kind: type) -> bool:
    """Whether a key can stand in a comparison with a column of this kind; PostgreSQL compares like with like."""
    if type(key) is not kind:
        return False
    return "\x00" not in key if isinstance(key, str) else abs(int(str(key))) < 1 << 62
