"""The commands under one roof: their names, and what becomes of errors."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from propflow.cli import (
    audit,
    db,
    db_adopt,
    db_inspect,
    demo,
    diagram,
    diff,
    lint,
    matrix,
    mutate,
    outbox,
    prove,
    rules,
    score,
    worker,
    workflows,
)
from propflow.cli.console import complaints, write_any_language
from propflow.errors import CannotLoad, PropflowError, SchemaMissing

PROBLEMS = 1
USAGE = 2


class _Commands(TyperGroup):
    """Shows an error of propflow as a message: the user's mistake, not a crash."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PropflowError as error:
            complaints().print(f"propflow: {_words(error)}", style="bold red", soft_wrap=True)
            raise typer.Exit(USAGE if isinstance(error, CannotLoad) else PROBLEMS) from None


def _words(error: PropflowError) -> str:
    """Return what an error says, with the advice that somebody at a command line can take."""
    if type(error) is SchemaMissing:
        return "the database lacks propflow's tables; create them: propflow db upgrade URL"
    return str(error)


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
app.command("prove")(prove.prove)
app.command("matrix")(matrix.show)
app.command("diff")(diff.compare)
app.command("mutate")(mutate.plant)
app.command("audit")(audit.audit)
app.command("score")(score.score)
app.command("rules")(rules.show)
app.command("rules-diff")(rules.compare)
app.add_typer(outbox.outbox, name="outbox")
app.command("parked")(outbox.parked)
app.command("worker")(worker.work)
db.app.command("inspect")(db_inspect.look)
db.app.command("adopt")(db_adopt.adopt)
app.add_typer(db.app, name="db")


def run() -> int:
    """Run the command with the arguments of the process, and return its exit code."""
    write_any_language()
    try:
        app(prog_name="propflow")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else PROBLEMS
    return 0
