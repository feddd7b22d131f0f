"""``propflow mutate``: which changes of a workflow the tests would not notice."""

from __future__ import annotations

from typing import Annotated

import typer

from propflow.cli.console import output, traced
from propflow.cli.loading import load_workflow
from propflow.testing import mutate


def plant(
    workflow: Annotated[
        str,
        typer.Argument(metavar="WORKFLOW", help="MODULE:CLASS, with the module as tests name it."),
    ],
    tests: Annotated[
        list[str], typer.Argument(metavar="TESTS...", help="Arguments for pytest: files, folders.")
    ],
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.001, help="After how long a mutant is given up.")
    ] = 60,
    *,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose in the code.")
    ] = False,
) -> None:
    """逐一植入改动,看测试是否察觉。Plant changes one at a time, and list those that tests let live.

    Ends with 1 if some go unnoticed, or if the tests fail on the workflow as it is. Options of
    pytest come after --.
    """
    with traced(wanted=traceback):
        report = mutate(load_workflow(workflow), tests, seconds=seconds)
    output().print(str(report), soft_wrap=True)
    if report.survivors:
        raise typer.Exit(1)
