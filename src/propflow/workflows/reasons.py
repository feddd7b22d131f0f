"""Reasons: why a step is taken, for the steps that may not go without."""

from __future__ import annotations

from typing import Any, Protocol

import attrs

from propflow.definition import Case, Context, guard


class Reasoned(Protocol):
    """A payload with a reason."""

    @property
    def reason(self) -> str:
        """Why, in words for the history."""
        ...


@attrs.frozen
class Reason:
    """The payload of a step that needs nothing but a reason.

    Attributes:
        reason: Why, in words for the history.
    """

    reason: str


@guard(zh="须写明原因", en="a reason is required")
def reason_given(_case: Case[Any], payload: Reasoned, _context: Context) -> bool:
    """Whether the reason is more than blanks."""
    return bool(payload.reason.strip())


def reached(count: int, limit: int | None) -> bool:
    """Whether a count has come to its limit; `None` is no limit."""
    return limit is not None and count >= limit
