"""The commands under one roof: their names, and what becomes of errors."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from propflow.cli import demo, diagram, lint, workflows
from propflow.cli.console import complaints, write_any_language
from propflow.errors import CannotLoad, PropflowError

PROBLEMS = 1
USAGE = 2


class _Commands(TyperGroup):
    """Shows an error of propflow as a message: the user's mistake, not a crash."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PropflowError as error:
            complaints().print(f"propflow: {error}", style="bold red", soft_wrap=True)
            raise typer.Exit(USAGE if isinstance(error, CannotLoad) else PROBLEMS) from None


app = typer.Typer(
    name="propflow",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def about() -> None:
    """物业管理的流程与评分。Workflows and scoring for property management.

    Exit codes: 0 done, 1 problems found or work refused, 2 wrong use.
    """


app.command("demo")(demo.play)
app.command("workflows")(workflows.show)
app.command("lint")(lint.check)
app.command("diagram")(diagram.draw)


def run() -> int:
    """Run the command with the arguments of the process, and return its exit code."""
    write_any_language()
    try:
        app(prog_name="propflow")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else PROBLEMS
    return 0
