"""The few kinds of column that every table is drawn with; the same in both engines."""

from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A row number the engine gives; SQLite numbers only INTEGER keys."""


def key(name: str = "id") -> Column[str]:
    return Column(name, Text, primary_key=True)


def ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> Column[Any]:
    return Column(name, Text, ForeignKey(target), nullable=nullable, index=index)


def text(name: str, *, nullable: bool = False, default: str | None = None) -> Column[Any]:
    return Column(name, Text, nullable=nullable, server_default=default)


def millis(name: str, *, nullable: bool = False) -> Column[Any]:
    """A moment: milliseconds since 1970-01-01 UTC."""
    return Column(name, BigInteger, nullable=nullable)


def count(name: str, *, nullable: bool = False, default: int | None = 0) -> Column[Any]:
    return Column(name, BigInteger, nullable=nullable, server_default=None if default is None else str(default))


def json(name: str, *, nullable: bool = False, default: str | None = None) -> Column[Any]:
    """JSON as text in both engines: written once, read at the edge, never queried by path."""
    return Column(name, Text, nullable=nullable, server_default=default)
