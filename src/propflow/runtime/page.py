"""Pages: what `find` returns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Generic, TypeVar

import attrs

from propflow.definition import Case

D = TypeVar("D")


@attrs.frozen
class Unfit:
    """A row that is no case, or cannot become one, as it is.

    Attributes:
        row_id: The text of its key.
        problem: What is wrong with it.
    """

    row_id: str
    problem: str


@attrs.frozen
class Page(Generic[D]):
    """Some of the cases that match, oldest first; iterable.

    Attributes:
        cases: The cases.
        cursor: Give it to `find(after=)` for the next page; `None` on the last one.
        unfit: Rows of the host's table that were left out because they are no cases as they are;
            empty unless `find(skip_unfit=True)` asked for it.
    """

    cases: tuple[Case[D], ...]
    cursor: str | None
    unfit: tuple[Unfit, ...] = ()

    def __iter__(self) -> Iterator[Case[D]]:
        """Iterate over the cases."""
        return iter(self.cases)

    def __len__(self) -> int:
        """Return how many cases the page holds."""
        return len(self.cases)


def write_cursor(opened_at: datetime, case_id: str) -> str:
    """Return a place in the order of cases as text."""
    return f"{opened_at.isoformat()} {case_id}"


def read_cursor(cursor: str) -> tuple[datetime, str] | None:
    """Return the place that `write_cursor` wrote; `None` if the text is none of its."""
    moment, _, case_id = cursor.partition(" ")
    try:
        opened_at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (opened_at, case_id) if opened_at.tzinfo is not None and case_id else None
