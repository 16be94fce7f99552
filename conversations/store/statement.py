"""Statements, built once with SQLAlchemy Core, compiled once per engine, run by the driver."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Literal, cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.expression import ClauseElement
from sqlalchemy.sql.visitors import replacement_traverse

Engine = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]

_DIALECTS: Mapping[Engine, Dialect] = {
    "sqlite": sqlite_dialect(paramstyle="qmark"),
    "postgresql": postgresql_dialect(),  # type: ignore[no-untyped-call]
}


class Compiled:
    """One statement in one engine's words: its text, and the order in which it takes its parameters.

    fixed: parameters whose values stand in the statement; given ones of the same name win. arguments: the
    values of given parameters, in the statement's order; raises KeyError where one is missing.
    """

    __slots__ = ("arguments", "fixed", "names", "sql")

    def __init__(self, sql: str, names: tuple[str, ...], fixed: Mapping[str, Any]) -> None:
        self.sql = sql
        self.names = names
        self.fixed = fixed
        self.arguments = _picker(names, fixed)


def _picker(names: tuple[str, ...], fixed: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if not names:
        return lambda given: ()
    if len(names) == 1:
        (name,) = names
        return lambda given: (given[name] if name in given else fixed[name],)
    in_order = itemgetter(*names)
    return (lambda given: in_order({**fixed, **given})) if fixed else in_order


def compile_for(engine: Engine, construct: ClauseElement, given: Mapping[str, Any] | None = None) -> Compiled:
    """The construct as text for one engine. A list given to an expanding parameter is expanded here."""
    compiled: Any = construct.compile(dialect=_DIALECTS[engine])
    if compiled.post_compile_params or compiled.literal_execute_params:
        named = {name: None for name, bind in compiled.binds.items() if bind.required}
        state = compiled.construct_expanded_state({**named, **(given or {})})
        names = tuple(state.positiontup or ())
        return Compiled(state.statement, names, {name: state.parameters[name] for name in names if name not in named})
    fixed = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
    return Compiled(str(compiled), tuple(compiled.positiontup or ()), fixed)


class Statement:
    """A statement of a message's path: compiled once for an engine, when that first runs it.

    Parameters are named by `bindparam`. Constants are written into the text, where the planner sees them: an
    index over `state = 'offered'` serves nobody who asks for `state = ?`.
    """

    __slots__ = ("_construct", "columns", "postgresql", "sqlite")

    sqlite: Compiled
    postgresql: Compiled

    def __init__(self, construct: ClauseElement) -> None:
        self._construct = construct
        self.columns: tuple[str, ...] = tuple(
            column.name for column in getattr(construct, "exported_columns", ()) if hasattr(column, "name")
        )

    def compiled(self, engine: Engine) -> Compiled:
        return self.sqlite if engine == "sqlite" else self.postgresql

    def __getattr__(self, name: str) -> Compiled:
        # asked only while the slot is empty: a command that runs five statements does not wait for two hundred
        if name not in ("sqlite", "postgresql"):
            raise AttributeError(name)
        engine = cast(Engine, name)
        made = compile_for(engine, cast(ClauseElement, replacement_traverse(self._construct, {}, _constant)))
        setattr(self, name, made)
        return made


def _constant(element: Any, **_: Any) -> Any:
    if isinstance(element, BindParameter) and not element.required and not element.expanding:
        return element.render_literal_execute()
    return None


class UpdateByKey:
    """Updates of single rows by key, one statement for each set of columns, made when first needed.

    Only columns that changed are written, so indexes over the others are left alone. The number of
    sets is bounded by the code that names them.
    """

    __slots__ = ("_key", "_made", "_table")

    def __init__(self, table: Table, key: str) -> None:
        self._table = table
        self._key = key
        self._made: dict[frozenset[str], Statement] = {}

    def of(self, columns: Iterable[str]) -> Statement:
        """The update of these columns; its parameters are the columns' names, and `key_` for the key."""
        names = frozenset(columns)
        statement = self._made.get(names)
        if statement is None:
            values = {name: bindparam(name, type_=self._table.c[name].type) for name in sorted(names)}
            construct = update(self._table).where(self._table.c[self._key] == bindparam("key_")).values(values)
            statement = self._made[names] = Statement(construct)
        return statement


Runnable = Statement | ClauseElement
Transaction = Callable[..., Any]
Rows = Sequence[Row]
