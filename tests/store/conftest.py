"""What tests of the store may ask for."""

from tests.store.engines import database, postgresql, sqlite, sqlite_template

__all__ = ["database", "postgresql", "sqlite", "sqlite_template"]
