"""``propflow db inspect``: a live table of the host's, and the mapping that is proposed for it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from propflow.cli.console import traced
from propflow.cli.db import Url
from propflow.cli.stores import store_url


def look(
    url: Url,
    table: Annotated[str, typer.Argument(metavar="TABLE", help="The name of the table.")],
    schema: Annotated[str | None, typer.Option("--schema", help="The schema of the table.")] = None,
    *,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose in the code.")
    ] = False,
) -> None:
    """读出现有数据表,给出映射草稿。Read a live table and propose a mapping for it.

    Nothing is written. What names and types cannot tell has a question mark.
    """
    from propflow.storage.sqlalchemy.inspecting import propose  # SQLAlchemy is slow to import

    with traced(wanted=traceback):
        url = url if "://" in url else store_url(url)
        text = propose(url, table, schema=schema)
    sys.stdout.write(text)
