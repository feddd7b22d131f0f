"""Durable cases in a database, through SQLAlchemy; the only room that imports it."""

from propflow.storage.sqlalchemy.store import SQLStore

__all__ = ["SQLStore"]
