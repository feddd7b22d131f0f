"""``propflow lint``: whether the workflows of a module can work."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from propflow.cli.calendars import warn_of_ending
from propflow.cli.console import complaints, output, traced
from propflow.cli.loading import calendars_beside, load_workflows, where_raised
from propflow.errors import InvalidDefinition


def check(
    module: Annotated[
        str,
        typer.Argument(
            metavar="MODULE[:CLASS]", help="A dotted module name or the path of a .py file."
        ),
    ],
    *,
    calendar_days: Annotated[
        int,
        typer.Option(
            "--calendar-days", min=0, help="Warn of calendars whose data end within so many days."
        ),
    ] = 60,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose in the code.")
    ] = False,
) -> None:
    """检查一个模块里的流程。Check the workflows of a module.

    Prints every problem with its place and ends with 1, or one line for each workflow and ends
    with 0. A module that cannot be loaded ends with 2. Warns of each service calendar in it whose
    data end soon, because what is due later cannot be computed.
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
        unset = ", ".join(deadline.unset for deadline in spec.deadlines.values() if deadline.unset)
        told = f"no problem; nobody has set {unset}" if unset else "no problem"
        output().print(f"{spec.name} version {spec.version}: {counts}, {told}", soft_wrap=True)
    warn_of_ending(calendars_beside(found), timedelta(days=calendar_days))
