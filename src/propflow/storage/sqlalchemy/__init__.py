"""Durable cases in a database, through SQLAlchemy; the only room that imports it."""

from typing import TYPE_CHECKING, Any

from propflow.storage.sqlalchemy.mapping import HistoryMapping, MappedColumn, TableMapping
from propflow.storage.sqlalchemy.store import SQLStore

if TYPE_CHECKING:
    from propflow.storage.sqlalchemy.async_store import AsyncSQLStore

__all__ = ["AsyncSQLStore", "HistoryMapping", "MappedColumn", "SQLStore", "TableMapping"]


def __getattr__(name: str) -> Any:
    # SQLAlchemy's half for asyncio brings its whole ORM, which a store that waits does not need.
    if name == "AsyncSQLStore":
        from propflow.storage.sqlalchemy.async_store import AsyncSQLStore

        return AsyncSQLStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
