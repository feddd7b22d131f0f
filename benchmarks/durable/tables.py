"""Tables like those of propflow, without the columns for what a textbook's step does not do."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    create_engine,
)

from propflow.storage.sqlalchemy.tables import tables_in

_SEALS = {"head", "seal", "sent", "salt", "redacted", "payload_hash"}
_DELIVERY = {"status", "not_before", "attempts", "problem", "token", "leased_until"}


class Plain(NamedTuple):
    """A case, its history and its outbox."""

    case: Table
    history: Table
    outbox: Table


def plain_tables(metadata: MetaData, prefix: str) -> Plain:
    """Return the tables, with the keys and those of the indexes that fit them."""
    ours = tables_in(MetaData(), prefix, None)
    case, history, outbox = (_plain(table, metadata) for table in (*ours,)[:3])
    history.append_constraint(UniqueConstraint(history.c.tenant, history.c.key))
    of_case = ForeignKeyConstraint(["tenant", "case_id"], [case.c.tenant, case.c.id])
    history.append_constraint(of_case)
    return Plain(case, history, outbox)


def create_plain_tables(url: str, prefix: str) -> None:
    """Create them."""
    metadata = MetaData()
    plain_tables(metadata, prefix)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    metadata.create_all(engine)
    engine.dispose()


def _plain(table: Table, metadata: MetaData) -> Table:
    columns = [column for column in table.c if column.name not in _SEALS | _DELIVERY]
    plain = Table(
        table.name,
        metadata,
        *(
            Column(
                column.name, column.type, nullable=column.nullable, primary_key=column.primary_key
            )
            for column in columns
        ),
    )
    for index in table.indexes:
        if all(column.name in plain.c for column in index.columns):
            Index(index.name, *(plain.c[column.name] for column in index.columns))
    return plain
