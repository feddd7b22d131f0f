"""A column of moments in the place of a revision: every change sets it, the host's too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from sqlalchemy import Column, Dialect

from propflow.storage.sqlalchemy.columns import MYSQL

KEPT = "\x1fmoment"
"""Under it the data beside a row hold the moment that the row held last; no field has the name."""

_HIGHEST = 2**31 - 1


@attrs.frozen(eq=False)
class Moments:
    """How the moments of one column are written, kept and compared.

    Attributes:
        column: The column.
        write: Returns what the column holds for a moment in UTC.
        unit: The shortest time between two moments that the column can tell apart.
    """

    column: Column[Any]
    write: Callable[[datetime], datetime]
    unit: timedelta

    def following(self, moment: datetime, held: datetime | None) -> datetime:
        """Return what a step writes: when it is recorded, and always later than what was held."""
        made = self.write(moment)
        made -= timedelta(microseconds=made.microsecond) % self.unit
        return made if held is None else max(made, held + self.unit)

    def revision(self, revision: int, kept: str | None, held: str | None) -> int:
        """Return the revision of a row: what it was, and more if the host has set the moment.

        Two moments that are a second or more apart give different revisions.
        """
        if kept == held:
            return revision
        if kept is None or held is None:
            return revision + 1
        apart = abs(datetime.fromisoformat(held) - datetime.fromisoformat(kept))
        return min(revision + 1 + apart // timedelta(seconds=1), _HIGHEST)


def text_of(held: datetime | None) -> str | None:
    """Return a moment as it is kept, the same for every session's zone."""
    if held is None:
        return None
    return (held if held.tzinfo is None else held.astimezone(UTC)).isoformat()


def unit_of(column: Column[Any], dialect: Dialect) -> timedelta:
    """Return the shortest time that a column can tell apart, as far as its type says it."""
    kind: Any = column.type.dialect_impl(dialect)
    digits = getattr(kind, "fsp", None)
    if digits is None:
        digits = getattr(kind, "precision", None)
    if digits is None:
        digits = 0 if dialect.name in MYSQL else 6
    return timedelta(microseconds=10 ** (6 - digits))
