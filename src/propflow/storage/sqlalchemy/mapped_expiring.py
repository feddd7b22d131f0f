"""Objects of a host's session whose rows were written beneath them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import inspect

from propflow.storage.records import Ref
from propflow.storage.sqlalchemy.mapped_table import MappedTable


def expire(session: Any, written: Iterable[tuple[MappedTable, Ref]]) -> None:
    """Let a session read these rows again.

    An object is read again when one of its attributes is used. Where the session is awaited, that
    could not be waited for, so there the object is read again at once.
    """
    names = {(of.table, ref.case_id): of for of, ref in written}
    tables = {of.table for of in names.values()}
    awaited = session.get_bind().dialect.is_async
    for held in list(session.identity_map.values()):
        mapper = inspect(held).mapper
        table = next((table for table in mapper.tables if table in tables), None)
        if table is None:
            continue
        of = next(of for of in names.values() if of.table is table)
        if (table, of.id_of(_row(held, mapper, of))) in names:
            session.refresh(held) if awaited else session.expire(held)


def _row(held: object, mapper: Any, of: MappedTable) -> dict[Any, Any]:
    """Return the key of an object as a row holds it."""
    identity = dict(zip(mapper.primary_key, inspect(held).identity, strict=True))
    return {
        column: identity[column]
        if column in identity
        else getattr(held, mapper.get_property_by_column(column).key)
        for column in of.key
    }
