"""Where the command writes, such that it can be read in a terminal, in a pipe and in any locale."""

from __future__ import annotations

import contextlib
import enum
import io
import os
import sys
import traceback
from collections.abc import Generator
from typing import TextIO

from rich.console import Console
from rich.table import Table

from propflow.errors import PropflowError

# A pipe has no width: lines end where they end, and a table is as wide as its cells.
_UNBOUNDED = 10_000


class Lang(enum.StrEnum):
    """Whose labels are shown."""

    zh = "zh"
    en = "en"
    both = "both"

    def pick(self, zh: str, en: str) -> str:
        """Return the label, or both of them where they differ."""
        if self is Lang.both and zh != en:
            return f"{zh} {en}".strip()
        return zh if self is Lang.zh else en


def output() -> Console:
    """Return a console for results."""
    return _console(sys.stdout)


def complaints() -> Console:
    """Return a console for problems and progress, which a pipe of results must not hold."""
    return _console(sys.stderr)


@contextlib.contextmanager
def traced(*, wanted: bool) -> Generator[None]:
    """Show where in the code an error of propflow arose, if the user wants to know."""
    try:
        yield
    except PropflowError:
        if wanted:
            complaints().print(traceback.format_exc().rstrip())
        raise


def _console(stream: TextIO) -> Console:
    # No markup and no emoji codes: what is shown holds the words of other people.
    width = None if stream.isatty() else _UNBOUNDED
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def print_table(console: Console, table: Table) -> None:
    """Print a table; in a pipe a line for each row, without a frame and without idle blanks."""
    for column in table.columns:
        column.overflow = "fold"  # Chinese has no blanks to break at, and nothing may get lost
    if console.is_terminal:
        console.print(table)
        return
    table.box = None
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        console.print(line.rstrip(), soft_wrap=True)


def write_any_language() -> None:
    """Make the standard streams take Chinese, and never fail on a character that they lack.

    A stream that cannot write Chinese becomes UTF-8, unless the user chose its encoding: then
    ``?`` stands for what it lacks.
    """
    chosen = "PYTHONIOENCODING" in os.environ
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            keeps = chosen or _writes_chinese(stream.encoding)
            stream.reconfigure(encoding=None if keeps else "utf-8", errors="replace")


def _writes_chinese(encoding: str) -> bool:
    try:
        "物业".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
