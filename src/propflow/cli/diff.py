"""``propflow diff``: what differs between two definitions, and which cases it would strand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from propflow.cli.console import Lang, output, traced
from propflow.cli.db import Prefix, SchemaName, open_store
from propflow.cli.loading import load_definition
from propflow.testing import diff, stranded_cases

if TYPE_CHECKING:
    from propflow.definition.document import Definition
    from propflow.storage.sqlalchemy import SQLStore


def compare(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD",
            help="A shipped workflow, MODULE:CLASS, or a .json file with a definition.",
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Likewise.")],
    lang: Annotated[Lang, typer.Option("--lang", help="In which language.")] = Lang.en,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="URL", help="Name the cases of this database, too."),
    ] = None,
    prefix: Prefix = "propflow_",
    schema: SchemaName = None,
    *,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose in the code.")
    ] = False,
) -> None:
    """比较两个流程定义。Say what differs between two definitions.

    Ends with 1 if open cases of the old one would have no place in the new one, or no way back;
    with --against, if there are such cases.
    """
    with traced(wanted=traceback):
        one, two = load_definition(old), load_definition(new)
        found = diff(one, two)
    if lang is not Lang.en:
        output().print(found.text("zh"), soft_wrap=True)
    if lang is not Lang.zh:
        output().print(found.text("en"), soft_wrap=True)
    stranded = len(found.stranded)
    if against is not None:
        with traced(wanted=traceback), open_store(against, prefix, schema) as store:
            stranded = _print_cases(one, two, store)
    if stranded:
        raise typer.Exit(1)


def _print_cases(old: Definition, new: Definition, store: SQLStore) -> int:
    """Print each case that would be stranded, and return how many there are."""
    store.check_schema()
    count = 0
    for tenant in store.tenants():
        for case in stranded_cases(old, new, store, tenant=tenant):
            count += 1
            whose = f"{tenant} " if tenant else ""
            came = "" if case.previous is None else f", from {case.previous}"
            output().print(f"! {whose}{case.case_id}: {case.state}{came}", soft_wrap=True)
    output().print(f"stranded cases: {count}")
    return count
