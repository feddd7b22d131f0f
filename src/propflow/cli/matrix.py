"""``propflow matrix``: who may do what from where."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from propflow.cli.console import output, traced
from propflow.cli.loading import load_workflow
from propflow.testing import assert_matrix
from propflow.testing import matrix as matrix_of


def show(
    workflow: Annotated[
        str,
        typer.Argument(
            metavar="WORKFLOW", help="The name of a shipped workflow, or MODULE:CLASS of your own."
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The matrix that is checked in; else print it."),
    ] = None,
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Write the file instead of comparing it.")
    ] = False,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose in the code.")
    ] = False,
) -> None:
    """谁在何处可做何事。Print who may do what from where, or hold a file against it.

    Ends with 1 if the file is not there or says something else, and shows the difference.
    """
    if write and file is None:
        raise typer.BadParameter("give the file to write", param_hint="--write")
    with traced(wanted=traceback):
        found = load_workflow(workflow)
        if file is None:
            sys.stdout.write(matrix_of(found))
            return
        assert_matrix(found, file, rewrite=write)
    done = "written" if write else "is what the workflow does"
    output().print(f"{file}: {done}", soft_wrap=True)
