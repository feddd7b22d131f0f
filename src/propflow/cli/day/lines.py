"""One line of a day file: five columns, then as many ``field=value`` cells as it needs."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import re
from collections.abc import Collection, Iterable, Mapping

import attrs

from propflow.cli.day.entries import Mark
from propflow.cli.day.table import Cell, Fault

COLUMNS = ("time", "who", "what", "on", "expect")

_DATE = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")


@attrs.frozen
class Field:
    """One ``field=value`` cell."""

    cell: Cell
    value: str


@attrs.frozen
class Line:
    """One line.

    Attributes:
        time: When.
        who: Id of the person.
        what: What is declared, noted or asked for.
        on: What it is about.
        expect: Blank, or the refusal that must come.
        fields: The rest, by name.
    """

    time: Cell
    who: Cell
    what: Cell
    on: Cell
    expect: Cell
    fields: Mapping[str, Field]

    @property
    def mark(self) -> Mark:
        """The line's place in the file."""
        return Mark(self.what.line, self.what.column)


class Faults(list[Fault]):
    """What is wrong with a file, gathered until all of it is read."""

    def at(self, cell: Cell, message: str) -> None:
        """Add a fault of a cell."""
        self.append(Fault.at(cell, message))


def check_header(cells: tuple[Cell, ...], faults: Faults) -> bool:
    """Whether the first line names the columns."""
    named = tuple(cell.text for cell in cells[: len(COLUMNS)])
    if named == COLUMNS:
        return True
    faults.at(cells[0], f"expected the header {','.join(COLUMNS)},fields, found {','.join(named)}")
    return False


def line_of(cells: tuple[Cell, ...], faults: Faults) -> Line:
    """Return a row as a line."""
    last = cells[-1]
    missing = tuple(
        Cell("", last.line, last.column + len(last.text) + number - last.number, number)
        for number in range(len(cells), len(COLUMNS))
    )
    fields: dict[str, Field] = {}
    for cell in cells[len(COLUMNS) :]:
        name, equals, value = (part.strip() for part in cell.text.partition("="))
        if not equals or not name:
            if cell.text:
                faults.at(cell, f"expected field=value, found {cell.text!r}")
        elif name in fields:
            faults.at(cell, f"expected each field once, found {name!r} again")
        else:
            fields[name] = Field(cell, value)
    time, who, what, on, expect = (*cells, *missing)[: len(COLUMNS)]
    return Line(time, who, what, on, expect, fields)


def check_fields(
    line: Line, faults: Faults, known: Collection[str], required: Iterable[str] = ()
) -> bool:
    """Whether the line has no other fields than those, and all that are required."""
    before = len(faults)
    for name, field in line.fields.items():
        if name not in known:
            has = f"it takes {', '.join(known)}" if known else "it takes none"
            faults.at(field.cell, f"expected a field of {line.what.text}{near(name, known)}; {has}")
    for name in required:
        if name not in line.fields:
            faults.at(line.what, f"expected a cell {name}=… for {line.what.text}")
    return len(faults) == before


def check_blank(line: Line, faults: Faults, *names: str) -> None:
    """Report what stands in columns that the line has no use for."""
    for name in names:
        cell: Cell = getattr(line, name)
        if cell.text:
            faults.at(
                cell, f"expected nothing under {name} for {line.what.text}, found {cell.text!r}"
            )


def read_time(cell: Cell, faults: Faults) -> dt.time | None:
    """Return a time of the day such as ``9:30``."""
    found = _TIME.fullmatch(cell.text)
    if found is not None:
        hour, minute, second = (int(part or 0) for part in found.groups())
        with contextlib.suppress(ValueError):
            return dt.time(hour, minute, second)
    faults.at(cell, f"expected a time such as 09:30, found {cell.text!r}")
    return None


def read_date(cell: Cell, faults: Faults) -> dt.date:
    """Return a date such as ``2025-03-10``, or ``2025/3/10`` as spreadsheets rewrite it."""
    found = _DATE.fullmatch(cell.text)
    if found is not None:
        with contextlib.suppress(ValueError):
            return dt.date(*map(int, found.groups()))
    faults.at(cell, f"expected a date such as 2025-03-10, found {cell.text!r}")
    return dt.date.min


def split(value: str) -> tuple[str, ...]:
    """Return the values of a cell that may hold several, parted by ``;`` of any width."""
    return tuple(part for part in (part.strip() for part in re.split("[;；]", value)) if part)


def near(word: str, known: Iterable[str]) -> str:
    """Return a hint at what may have been meant."""
    found = difflib.get_close_matches(word, known, n=1)
    return f", found {word!r}; did you mean {found[0]!r}?" if found else f", found {word!r}"
