"""``propflow lint``: whether the workflows of a module can work."""

from __future__ import annotations

from typing import Annotated

import typer

from propflow.cli.console import complaints, output, traced
from propflow.cli.loading import load_workflows, where_raised
from propflow.errors import InvalidDefinition


def check(
    module: Annotated[
        str,
        typer.Argument(
            metavar="MODULE[:CLASS]", help="A dotted module name or the path of a .py file."
        ),
    ],
    *,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose in the code.")
    ] = False,
) -> None:
    """检查一个模块里的流程。Check the workflows of a module.

    Prints every problem with its place and ends with 1, or one line for each workflow and ends
    with 0. A module that cannot be loaded ends with 2.
    """
    try:
        with traced(wanted=traceback):
            found = load_workflows(module)
    except InvalidDefinition as error:
        console = complaints()
        console.print(f"{where_raised(error, module)}: {error}", soft_wrap=True)
        console.print("What stands below that class was not checked yet.", soft_wrap=True)
        raise typer.Exit(1) from None
    for workflow in found:
        spec = workflow.spec
        counts = f"{len(spec.states)} states, {len(spec.events)} events"
        output().print(f"{spec.name} version {spec.version}: {counts}, no problem", soft_wrap=True)
