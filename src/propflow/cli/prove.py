"""``propflow prove``: every step from every case that can be reached."""

from __future__ import annotations

from typing import Annotated

import typer

from propflow.cli.console import complaints, output, traced
from propflow.cli.loading import load_suite

_DERIVED = (
    "Actors and payloads are derived from the definition, and cases told apart by what guards and "
    "deadlines look at, numbers up to three. "
    "Write a propflow.testing.Suite with your own, and with what must hold."
)


def prove(
    suite: Annotated[
        str,
        typer.Argument(
            metavar="SUITE",
            help="MODULE:NAME of a propflow.testing.Suite, or a workflow: of yours or shipped.",
        ),
    ],
    max_states: Annotated[
        int, typer.Option("--max-states", min=1, help="How many cases may be looked at.")
    ] = 20_000,
    *,
    traceback: Annotated[
        bool, typer.Option("--traceback", help="Show where an error arose in the code.")
    ] = False,
) -> None:
    """穷举证明流程。Prove a workflow by trying every step from every case.

    Prints what was gone through and ends with 0, or each property that does not hold, with a
    shortest script as a test, and ends with 1.
    """
    with traced(wanted=traceback):
        found, written = load_suite(suite)
        if not written:
            complaints().print(_DERIVED, soft_wrap=True)
        output().print(str(found.prove(max_states=max_states)), soft_wrap=True)
