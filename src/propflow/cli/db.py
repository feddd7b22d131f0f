"""``propflow db``: the tables in a database, and their version."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from propflow.cli.console import output
from propflow.cli.stores import store_url
from propflow.errors import InvalidArgument

if TYPE_CHECKING:
    from propflow.storage.sqlalchemy import SQLStore

Url: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="URL",
        help="Of the database, such as postgresql://user@host/name, or the path of a SQLite file.",
    ),
]
Prefix: TypeAlias = Annotated[
    str, typer.Option("--prefix", help="What the names of the tables begin with.")
]
SchemaName: TypeAlias = Annotated[
    str | None, typer.Option("--schema", help="The schema that the tables are in.")
]

app = typer.Typer(no_args_is_help=True, help="数据库中的表及其版本。The tables in a database.")


@contextmanager
def open_store(
    url: str, prefix: str, schema: str | None, *, may_make: bool = False
) -> Generator[SQLStore]:
    """Open a store for as long as a command runs.

    Args:
        url: Its URL, or the path of a SQLite file that is there.
        prefix: What the names of the tables begin with.
        schema: The schema that they are in.
        may_make: Whether a URL may name a SQLite file that is not there, which is made then.

    Raises:
        CannotLoad: There is no such file.
        typer.BadParameter: The URL is none.
    """
    from propflow.storage.sqlalchemy import SQLStore

    if not may_make or "://" not in url:
        url = store_url(url)
    try:
        store = SQLStore(url, prefix=prefix, schema=schema)
    except InvalidArgument as error:
        raise typer.BadParameter(str(error), param_hint="URL") from None
    try:
        yield store
    finally:
        store.close()


@app.command("upgrade")
def upgrade(url: Url, prefix: Prefix = "propflow_", schema: SchemaName = None) -> None:
    """升级表结构。Bring the tables to the version that this propflow needs.

    Creates those that are not there. Take a copy of the database first: there is no way back.
    Needs the extra `migrations`.
    """
    from propflow.storage.sqlalchemy import migrations

    with open_store(url, prefix, schema, may_make=True) as store:
        before = store.version()
        migrations.upgrade(store)
        after = store.version()
    if before == after:
        output().print(f"{after}: nothing to do")
    else:
        output().print(f"{before or 'no tables'} -> {after}")


@app.command("current")
def current(url: Url, prefix: Prefix = "propflow_", schema: SchemaName = None) -> None:
    """显示表的版本。Print the version of the tables, `none` where none is written down."""
    with open_store(url, prefix, schema) as store:
        output().print(store.version() or "none")


@app.command("check")
def check(url: Url, prefix: Prefix = "propflow_", schema: SchemaName = None) -> None:
    """检查表结构。Look whether the tables are those that this propflow needs; change nothing.

    Ends with 1, and what they lack, if they are not.
    """
    with open_store(url, prefix, schema) as store:
        store.check_schema()
        output().print(f"{store.version() or 'the tables'}: as this propflow needs them")


@app.command("sql")
def sql(url: Url, prefix: Prefix = "propflow_", schema: SchemaName = None) -> None:
    """打印升级用的 SQL。Print the SQL that `upgrade` would run on this database; run nothing.

    Needs the extra `migrations`.
    """
    from propflow.storage.sqlalchemy import migrations

    with open_store(url, prefix, schema) as store:
        output().print(migrations.upgrade_sql(store).rstrip(), soft_wrap=True)
