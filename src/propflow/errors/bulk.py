"""Errors of scoring in bulk: what an expression cannot carry, and tables that cannot be scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from propflow.errors.root import Problem, Problems
from propflow.errors.scoring import ScoringError


class NotInBulk(Problems, ScoringError):
    """What cannot be scored exactly as an expression; `problems` names each rule and why."""


class InvalidColumns(Problems, ScoringError):
    """A table of findings without the columns that it needs; `problems` names each one."""


class BadRows:
    """Rows of a table that are wrong in one way: where, why, how many, and the first of them."""

    __slots__ = ("count", "first", "message", "where")

    def __init__(
        self, where: str, message: str, count: int, first: Sequence[Mapping[str, object]]
    ) -> None:
        self.where = where
        self.message = message
        self.count = count
        self.first = tuple(first)

    def __str__(self) -> str:
        return f"{self.message}; {self.count} in all, first {', '.join(map(str, self.first))}"


class InvalidRows(Problems, ScoringError):
    """Findings in a table that cannot be scored; `faults` holds each way, with its first rows."""

    def __init__(self, subject: str, faults: Sequence[BadRows]) -> None:
        self.faults = tuple(faults)
        super().__init__(subject, [Problem(f"column {each.where}", str(each)) for each in faults])
