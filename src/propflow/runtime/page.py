"""Pages: what `find` returns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Generic, TypeVar

import attrs

from propflow.definition import Case
from propflow.errors import InvalidQuery, Problem

D = TypeVar("D")


@attrs.frozen
class Page(Generic[D]):
    """Some of the cases that match, oldest first; iterable.

    Attributes:
        cases: The cases.
        cursor: Give it to `find(after=)` for the next page; `None` on the last one.
    """

    cases: tuple[Case[D], ...]
    cursor: str | None

    def __iter__(self) -> Iterator[Case[D]]:
        """Iterate over the cases."""
        return iter(self.cases)

    def __len__(self) -> int:
        """Return how many cases the page holds."""
        return len(self.cases)


def write_cursor(opened_at: datetime, case_id: str) -> str:
    """Return a place in the order of cases as text."""
    return f"{opened_at.isoformat()} {case_id}"


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Return the place that `write_cursor` wrote.

    Raises:
        InvalidQuery: The text is no cursor.
    """
    moment, _, case_id = cursor.partition(" ")
    try:
        opened_at = datetime.fromisoformat(moment)
    except ValueError:
        opened_at = None
    if opened_at is None or opened_at.tzinfo is None or not case_id:
        problem = Problem("after", f"{cursor!r} is no cursor; give the .cursor of a page")
        raise InvalidQuery("find", [problem]) from None
    return opened_at, case_id
