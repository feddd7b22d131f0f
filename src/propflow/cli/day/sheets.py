"""The lines of a day file that concern the deduction sheets."""

from __future__ import annotations

import datetime as dt
from typing import Any

from propflow.cli.day.entries import Observation, Person
from propflow.cli.day.lines import Faults, Line, check_blank, check_fields, near, split
from propflow.errors import InvalidFinding, InvalidPoints
from propflow.rulebooks import load
from propflow.scoring import Finding, RuleBook, assess

SHEETS = ("sheet_staff_image", "sheet_order_fire_safety")

_MANY = ("persons", "places")
_ONE = ("inspection", "department", "fact")


class Sheets:
    """Checks findings, and the points that the host sets, against the shipped sheets."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._books = [load(name) for name in SHEETS]
        self._sheet_of = {rule.id: book for book in self._books for rule in book.deductions}
        self._noted: dict[str, list[Finding]] = {}
        self.points: dict[str, str] = {}

    def declare_points(self, line: Line) -> None:
        """Read the points that the host sets for a rule."""
        check_blank(line, self._faults, "who")
        book = self._sheet(line)
        if not check_fields(line, self._faults, ("points",), required=("points",)):
            return
        rule, field = line.on.text, line.fields["points"]
        if rule in self.points:
            self._faults.at(line.on, f"expected the points of each rule once, found {rule!r} again")
        elif book is not None:
            try:
                book.with_values({rule: field.value})
            except InvalidPoints as error:
                self._report(line, error)
            self.points[rule] = field.value

    def observation(self, line: Line, at: dt.datetime, by: Person) -> Observation | None:
        """Read a finding."""
        check_blank(line, self._faults, "expect")
        book = self._sheet(line)
        if not check_fields(line, self._faults, (*_MANY, *_ONE)) or book is None:
            return None
        values: dict[str, Any] = {name: field.value for name, field in line.fields.items()}
        for name in _MANY:
            values[name] = split(values.get(name, ""))
        finding = Finding(line.on.text, **values, found_at=at, by=by.id)
        # Of one fact all findings must say the same; else each stands for itself.
        alike = [] if finding.fact is None else self._noted.setdefault(finding.fact, [])
        try:
            assess(self._books, [*alike, finding])
        except InvalidFinding as error:
            self._report(line, error)
            return None
        alike.append(finding)
        return Observation(line.mark, at, by, book.id, finding)

    def _report(self, line: Line, error: InvalidFinding | InvalidPoints) -> None:
        for problem in error.problems:
            self._faults.at(line.on, f"{line.what.text} {line.on.text}: {problem.message}")

    def _sheet(self, line: Line) -> RuleBook | None:
        rule = line.on.text
        book = self._sheet_of.get(rule)
        if book is None:
            hint = near(rule, self._sheet_of)
            self._faults.at(line.on, f"expected a deduction of {' or '.join(SHEETS)}{hint}")
        return book
