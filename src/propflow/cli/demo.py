"""``propflow demo``: one inspection day, on a database of its own."""

from __future__ import annotations

import contextlib
import datetime as dt
import shlex
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from propflow.cli.console import Lang, complaints, output
from propflow.cli.day.entries import Day
from propflow.cli.day.printing import DayPrinter
from propflow.cli.day.reading import read_day
from propflow.cli.day.running import DayRun, run_day
from propflow.cli.loading import AnyWorkflow, shipped
from propflow.storage.sqlalchemy import SQLStore

_SHIPPED_DAY = Path(__file__).parent / "days" / "inspection_day.csv"
_QUERY = (
    "SELECT occurred_at, case_id, event, source, target, actor FROM propflow_history "
    "ORDER BY occurred_at, case_id, revision"
)


def play(
    day: Annotated[
        Path | None,
        typer.Option(
            "--day",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A day of your own, as a CSV file; without it, the day that ships.",
        ),
    ] = None,
    db: Annotated[
        Path | None,
        typer.Option(
            "--db",
            metavar="FILE",
            help="The SQLite file to make; without it, a new one in this folder.",
        ),
    ] = None,
    lang: Annotated[Lang, typer.Option("--lang", help="The language of labels.")] = Lang.both,
) -> None:
    """在新数据库上运行一天的巡检。Run one inspection day on a fresh database.

    Shows the timeline, the history of each case, who may do what next, and the deduction sheets;
    leaves the database to be opened. A day with a bad line, or with a refusal that it does not
    expect, leaves nothing behind. The day that ships shows how to write one; its path is printed.
    """
    target = _target(db)
    file = day or _SHIPPED_DAY
    workflows = shipped()
    read = read_day(file.read_bytes(), str(file), workflows)
    with _fresh_database(target) as store:
        run = _run(read, store, workflows)
    console = output()
    DayPrinter(console, run, lang).print()
    _say_where(target, file, lang)


def _target(db: Path | None) -> Path:
    if db is None:
        # The one place of the command that asks the clock: a name that is not taken yet.
        now = dt.datetime.now()  # noqa: DTZ005, TID251 (local time, for a name alone)
        db = Path(f"inspection-day-{now:%Y%m%d-%H%M%S}.db")
    if "?" in str(db):  # in the URL of a database it begins the options
        raise typer.BadParameter(f"{db} has a question mark; name a file without one")
    if db.exists():
        raise typer.BadParameter(f"{db} exists and is kept as it is; name a new file with --db")
    if not db.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {db.parent}; make it, or name another file")
    return db


@contextlib.contextmanager
def _fresh_database(target: Path) -> Generator[SQLStore]:
    """Open a store whose file gets its name only when all has gone well."""
    try:
        folder = tempfile.TemporaryDirectory(prefix=".propflow-", dir=target.parent)
    except OSError as error:
        raise typer.BadParameter(f"cannot write in {target.parent}: {error.strerror}") from error
    with folder:
        file = Path(folder.name, target.name)
        store = SQLStore(f"sqlite:///{file}")
        try:
            store.create_tables()
            yield store
        finally:
            store.close()
        file.replace(_target(target))


def _run(day: Day, store: SQLStore, workflows: dict[str, AnyWorkflow]) -> DayRun:
    console = complaints()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(day.file, total=len(day.entries))
        return run_day(day, store, workflows, lambda: progress.advance(task))


def _say_where(target: Path, day: Path, lang: Lang) -> None:
    console = output()
    written = lang.pick("这一天写在", "The day is written in")
    left = lang.pick("数据库在", "The database is")
    look = lang.pick("打开看看", "Have a look")
    command = f"sqlite3 {shlex.quote(str(target))} {shlex.quote(_QUERY)}"
    console.print(f"\n{written}: {day}", soft_wrap=True)
    console.print(f"{left}: {target.resolve()}", soft_wrap=True)
    console.print(f"{look}: {command}", soft_wrap=True)
