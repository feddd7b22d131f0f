"""``propflow db adopt``: rows of the host's that were there before propflow become cases."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.progress import Progress

from propflow.cli.console import complaints, output
from propflow.cli.loading import load_engine, load_workflow
from propflow.definition import Actor


def adopt(
    target: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:ENGINE",
            help="The engine, whose store maps the table, or a function that makes one.",
        ),
    ],
    workflow: Annotated[
        str, typer.Argument(metavar="WORKFLOW", help="A shipped workflow by name, or MODULE:CLASS.")
    ],
    by: Annotated[str, typer.Option("--by", help="The id of who adopts them.")],
    tenant: Annotated[str, typer.Option("--tenant", help="Rows of this tenant alone.")] = "",
    batch: Annotated[
        int, typer.Option("--batch", min=1, help="How many rows a commit takes.")
    ] = 500,
) -> None:
    """收编现有数据行。Make rows of your own table cases, batch after batch.

    Each batch is a commit. Whatever ends it, a further run goes on with what is left. Rows that are
    no cases as they are, are named and left; then it ends with 1.
    """
    engine, _ = load_engine(target)
    kind = load_workflow(workflow)
    engine = engine.scoped(tenant) if tenant else engine
    console = complaints()
    adopted = unfit = 0
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("rows", total=None)
        for done in engine.adopt_all(kind, by=Actor(by), batch=batch):
            adopted = done.adopted
            progress.update(task, completed=adopted, description=f"{adopted} rows, to {done.last}")
            for each in done.unfit:
                unfit += 1
                output().print(f"row {each.row_id!r}: {each.problem}", soft_wrap=True)
    console.print(f"{adopted} rows adopted, {unfit or 'none'} left as they are", soft_wrap=True)
    if unfit:
        raise typer.Exit(1)
