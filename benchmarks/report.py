"""What a measurement hands back, and how it is printed."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from benchmarks.harness import Ratio


@attrs.frozen
class Section:
    """One printed table: a title, the columns, the rows, and lines of explanation under them.

    `failed` is set when a contestant did not do the common work; the command then exits with 1.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    failed: bool = False

    def __str__(self) -> str:
        table = (self.columns, *self.rows)
        widths = [max(len(row[at]) for row in table) for at in range(len(self.columns))]
        lines = [self.title, "-" * len(self.title), *(_line(row, widths) for row in table)]
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (
        cell.ljust(width) if at in {0, len(row) - 1} else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(cells).rstrip()


class Pending(Exception):
    """A measurement cannot be made; the message says what is missing."""


def missing(error: ImportError) -> str:
    """Say what could not be imported, without the machine's paths."""
    return f"{type(error).__name__}: {error}".partition(" (")[0]


def micro(seconds: float) -> str:
    """Write seconds as microseconds."""
    return f"{seconds * 1e6:.2f}"


def times(ratio: Ratio) -> tuple[str, str]:
    """Write a ratio and its spread over the rounds."""
    return f"{ratio.median:.2f}", f"{ratio.low:.2f}–{ratio.high:.2f}"


def against(figure: float, bar: float, unit: str = "×") -> str:
    """Say whether the figure keeps to the bar."""
    return f"bar ≤ {bar:g} {unit}: {'ok' if figure <= bar else 'OVER'}"
