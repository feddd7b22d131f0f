"""A mapping proposed for a live table, from its columns and the names that such tables use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    inspect,
    select,
)

from propflow.errors import InvalidArgument
from propflow.storage.sqlalchemy.connect import engine_for, parsed
from propflow.storage.sqlalchemy.faults import translated

_MOST_CODES = 50

_STATE = ("state", "status", "zt", "zhuangtai", "flow_status", "bill_status", "wf_state")
_REVISION = ("ver", "version", "revision", "rev", "lock_version", "row_version", "version_id")
_UPDATED = ("updated_at", "update_time", "updated", "modified_at", "gmt_modified", "gxsj", "xgsj")
_TENANT = ("tenant", "tenant_id", "project_id", "project", "org_id", "xm_id", "xmbh")
_DELETED = ("deleted", "is_deleted", "del_flag", "is_del", "sc", "scbz")


def propose(url: str, table: str, *, schema: str | None = None) -> str:
    """Return Python text that maps a table, with a question mark where a person has to look.

    The table is read and never written to: its columns and keys, and the codes in what may be its
    column of states.

    Args:
        url: The database.
        table: The name of the table.
        schema: Its schema; the default one if `None`.

    Raises:
        StoreUnavailable: The database cannot be reached.
        InvalidArgument: The URL is none, or the database has no such table.
    """
    engine = _reading(parsed(url))
    try:
        with translated(), engine.connect() as connection:
            names = inspect(connection).get_table_names(schema=schema)
            if table not in names:
                known = ", ".join(names) or "none"
                raise InvalidArgument("table", table, f"is not in the database; it has {known}")
            found = Table(table, MetaData(), schema=schema, autoload_with=connection)
            return "\n".join(_lines(connection, found, schema)) + "\n"
    finally:
        engine.dispose()


def _reading(url: URL) -> Engine:
    """Return an engine that reads; a file of SQLite is opened as it is, and never made."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return engine_for(url)
    path = quote(url.database)
    return create_engine(url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"}))


def _lines(connection: Connection, table: Table, schema: str | None) -> Iterator[str]:
    left = {column.name: column for column in table.columns}
    key = [column.name for column in table.primary_key.columns]
    for name in key:
        del left[name]
    state = _taken(left, _STATE, (str, int))
    revision = _taken(left, _REVISION, (int,))
    updated = _taken(left, _UPDATED, (dt.datetime,))
    tenant = _taken(left, _TENANT, (int, str))
    deleted = _taken(left, _DELETED, (int, str, bool))
    place = "" if schema is None else f", schema={schema!r}"
    yield "# A proposal, made from names and types. Look at every line with a question mark."
    yield "from sqlalchemy import MetaData, Table"
    yield ""
    yield "from propflow.storage.sqlalchemy import TableMapping"
    yield ""
    yield f"table = Table({table.name!r}, MetaData(){place}, autoload_with=database)"
    yield "mapping = TableMapping("
    yield "    table,"
    shown = repr(tuple(key)) if len(key) > 1 else repr(key[0]) if key else "()"
    yield f"    id={shown},{'' if key else '  # ? the table has no primary key'}"
    if state is None:
        yield "    state=...,  # ? no column has the name of one"
        yield "    states={},  # ?"
    else:
        yield f"    state={state.name!r},  # ? by its name"
        yield from _states(connection, state)
    if revision is not None:
        yield f"    revision={revision.name!r},  # ? if every change raises it"
    if updated is not None:
        yield f"    updated={updated.name!r},  # ? by its name; zone= if it holds none"
    if tenant is not None:
        yield f"    tenant={tenant.name!r},  # ? by its name"
    if deleted is not None:
        kind = _kind(deleted)
        mark = "1" if kind is str else True if kind is bool else 1
        yield f"    deleted={{{deleted.name!r}: {mark!r}}},  # ? what marks a row as deleted"
    yield from _data(left.values())
    yield ")"


def _states(connection: Connection, state: Column[Any]) -> Iterator[str]:
    """Yield the codes that are in use; what they stand for nobody but the host knows."""
    found = connection.execute(select(state).distinct().limit(_MOST_CODES + 1)).scalars()
    codes = sorted((code for code in found if code is not None), key=repr)
    if len(codes) > _MOST_CODES:
        yield f"    states={{}},  # ? more than {_MOST_CODES} codes: hardly a column of states"
        return
    yield "    states={  # ? which state each code stands for; these are in use"
    for code in codes:
        yield f"        {f'? {code}'!r}: {code!r},"
    yield "    },"


def _data(columns: Iterable[Column[Any]]) -> Iterator[str]:
    """Yield every other column as a field of its own name, and what wants a value."""
    plain = list(columns)
    yield "    data={  # ? the field of your data for each column; drop the lines of the rest"
    for column in plain:
        kind = f"{column.type!r}{'' if column.nullable else ', NOT NULL'}"
        yield f"        {column.name!r}: {column.name!r},  # ? {kind}"
    yield "    },"
    wanting = [c.name for c in plain if not c.nullable and c.server_default is None]
    if wanting:
        names = ", ".join(wanting)
        yield f"    insert={{}},  # ? {names}: NOT NULL; give a value to those without a field"


def _taken(
    left: dict[str, Column[Any]], names: Sequence[str], kinds: tuple[type, ...]
) -> Column[Any] | None:
    """Take the first column with one of these names and types out of what is left."""
    by_name = {name.lower(): name for name in left}
    for name in names:
        column = left.get(by_name.get(name, ""))
        if column is not None and _kind(column) in kinds:
            return left.pop(column.name)
    return None


def _kind(column: Column[Any]) -> type | None:
    try:
        kind: type = column.type.python_type
    except NotImplementedError:
        return None
    return kind
