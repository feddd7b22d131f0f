"""Stores that a command looks into, and what it shows of them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich import box
from rich.table import Table

from propflow.cli.console import output, print_table
from propflow.errors import CannotLoad, StoreUnavailable
from propflow.runtime import Engine

StoreURL: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="STORE", help="A database URL (SQLAlchemy's), or the path of a SQLite file."
    ),
]
Tenant: TypeAlias = Annotated[str, typer.Option(help="Of this tenant.")]
Prefix: TypeAlias = Annotated[str, typer.Option(help="What the names of the tables begin with.")]
Limit: TypeAlias = Annotated[int, typer.Option(min=1, help="At most so many.")]


def store_url(store: str) -> str:
    """Return what names the database; a file that is not there is not made.

    Raises:
        CannotLoad: It is neither a URL nor the path of a file.
    """
    path = store.partition(":///")[2].partition("?")[0] if store.startswith("sqlite") else store
    if "://" in store and not (store.startswith("sqlite") and path):
        return store
    if not Path(path.removeprefix("file:")).is_file():
        raise CannotLoad(store, "it is neither a database URL nor the path of a file that is there")
    return store if "://" in store else f"sqlite:///{store}"


@contextmanager
def engine_on(url: str, tenant: str, prefix: str) -> Generator[Engine]:
    """Give an engine without workflows on a store that is there already.

    Raises:
        CannotLoad: There is no such database.
    """
    from propflow.storage.sqlalchemy import SQLStore

    url = store_url(url)
    try:
        store = SQLStore(url, prefix=prefix)
    except StoreUnavailable:
        raise
    except Exception as error:  # whatever SQLAlchemy says of it
        raise CannotLoad(url, f"it is no URL of a database: {error}") from error
    try:
        engine = Engine(store, [])
        yield engine.scoped(tenant) if tenant else engine
    finally:
        store.close()


def moment(value: datetime | None) -> str:
    """Return a moment as people read it, in UTC."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}Z"


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], none: str) -> None:
    """Print rows, or that there are none."""
    if not rows:
        output().print(none)
        return
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    print_table(output(), table)
