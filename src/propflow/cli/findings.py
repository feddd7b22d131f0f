"""A table of findings as CSV: one finding a line, under a header that names the columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from propflow.cli.day.lines import Faults, near, split
from propflow.cli.day.table import Cell, Fault, read_rows
from propflow.errors import InvalidFinding
from propflow.scoring import Finding, RuleBook, assess

COLUMNS = tuple(field.name for field in attrs.fields(Finding))
_MANY = ("persons", "places")
_OTHER_MARKS = frozenset(",，、")


@attrs.frozen
class Row:
    """One finding and the cell that names its rule."""

    finding: Finding
    rule: Cell


def read_findings(content: bytes, name: str, book: RuleBook) -> tuple[Row, ...]:
    """Return the findings of a file.

    Args:
        content: The file, CSV in UTF-8.
        name: What the file is called in messages.
        book: What they must be findings under.

    Raises:
        InvalidFinding: With every fault of the file, each with its line and column.
    """
    faults = Faults()
    rows: list[tuple[Cell, ...]] = []
    for row in read_rows(content):
        if isinstance(row, Fault):
            faults.append(row)
        else:
            rows.append(row)
    found = tuple(_rows(rows, faults))
    if found and not _assessable(book, [row.finding for row in found]):
        _report(book, found, faults)
    if not rows and not faults:
        faults.append(Fault(1, 1, "expected a header such as rule,persons,places"))
    if faults:
        ordered = sorted(faults, key=lambda fault: (fault.line, fault.column))
        raise InvalidFinding(name, [fault.in_file(name) for fault in ordered])
    return found


def _rows(rows: Sequence[tuple[Cell, ...]], faults: Faults) -> Iterator[Row]:
    if not rows:
        return
    header, *lines = rows
    columns = _columns(header, faults)
    if "rule" not in columns:
        return  # what the lines say of no rule cannot be judged
    for cells in lines:
        for cell in cells[len(header) :]:
            faults.at(cell, f"expected {len(header)} cells as in the header, found {cell.text!r}")
        row = _row(dict(zip(columns, cells, strict=False)), cells[0], faults)
        if row is not None:
            yield row


def _columns(header: Sequence[Cell], faults: Faults) -> tuple[str, ...]:
    names = tuple(cell.text for cell in header)
    for place, cell in enumerate(header):
        if cell.text not in COLUMNS:
            takes = f"it takes {', '.join(COLUMNS)}"
            faults.at(cell, f"expected a column of a finding{near(cell.text, COLUMNS)}; {takes}")
        elif cell.text in names[:place]:
            faults.at(cell, f"expected each column once, found {cell.text!r} again")
    if "rule" not in names:
        faults.at(header[0], "expected a column rule, which says what was found")
    return names


def _row(cells: Mapping[str, Cell], first: Cell, faults: Faults) -> Row | None:
    values: dict[str, Any] = {}
    for name in COLUMNS[1:]:
        cell = cells.get(name)
        if cell is None or not cell.text:
            continue
        if name in _MANY:
            values[name] = _ids(cell, faults)
        elif name == "found_at":
            values[name] = _moment(cell, faults)
        else:
            values[name] = cell.text
    rule = cells.get("rule")
    if rule is None or not rule.text:
        faults.at(rule or first, "expected the id of a rule")
        return None
    return Row(Finding(rule.text, **values), rule)


def _ids(cell: Cell, faults: Faults) -> tuple[str, ...]:
    """Return the ids of a cell; what looks like several in one would be charged once."""
    ids = split(cell.text)
    for each in ids:
        if _OTHER_MARKS.intersection(each):
            faults.at(cell, f"expected ids parted by ; and found {each!r}")
    return ids


def _moment(cell: Cell, faults: Faults) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(cell.text)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None:
        faults.at(cell, f"expected a moment such as 2026-03-02T09:40+08:00, found {cell.text!r}")
        return None
    return moment


def _assessable(book: RuleBook, findings: Sequence[Finding]) -> bool:
    known = {rule.id for rule in book.rules}
    if any(finding.rule not in known for finding in findings):
        return False
    try:
        assess(book, findings)
    except InvalidFinding:
        return False
    return True


def _report(book: RuleBook, rows: Sequence[Row], faults: Faults) -> None:
    """Report what cannot be assessed: lines by themselves, and facts that two tell differently."""
    known = [rule.id for rule in book.deductions]
    every = {rule.id for rule in book.rules}
    told: dict[str, Row] = {}
    for row in rows:
        finding = row.finding
        if finding.rule not in every:
            faults.at(row.rule, f"expected a deduction of {book.id}{near(finding.rule, known)}")
            continue
        try:
            assess(book, [finding])
        except InvalidFinding as error:
            for problem in error.problems:
                faults.at(row.rule, f"{finding.rule}: {problem.message}")
            continue
        if finding.fact is not None:
            first = told.setdefault(finding.fact, row)
            if not _assessable(book, [first.finding, finding]):
                faults.at(
                    row.rule,
                    f"expected what line {first.rule.line} says of the fact {finding.fact!r}; a "
                    "fact is one observation, so give another one an id of its own",
                )
