"""Marks: what happens to the clock of a case, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final, TypeAlias

import attrs

from propflow.errors import InvalidClock, Problem

_NO_TIME: Final = timedelta()


@attrs.frozen
class Started:
    """A clock begins from nothing: the first time, or anew after a transfer, a return, a round.

    Attributes:
        at: When, an aware datetime.
        limit: How much may go by until it is due, in the measure of the clock.
    """

    at: datetime
    limit: timedelta


@attrs.frozen
class Held:
    """A clock is put on hold; it runs on when it is resumed, or by itself after the longest hold.

    Attributes:
        at: When, an aware datetime.
        reason: Why, in words.
        longest: After how much calendar time the hold lapses; `None` for never.
    """

    at: datetime
    reason: str = ""
    longest: timedelta | None = None


@attrs.frozen
class Resumed:
    """A hold ends; one that has lapsed before has ended already.

    Attributes:
        at: When, an aware datetime.
    """

    at: datetime


@attrs.frozen
class Limited:
    """A clock gets another limit, as when the priority of its case changes; what ran, counts.

    Attributes:
        at: When, an aware datetime.
        limit: How much may go by from the start of the clock, in its measure.
    """

    at: datetime
    limit: timedelta


@attrs.frozen
class Stopped:
    """What a clock waits for has been done.

    Attributes:
        at: When, an aware datetime.
    """

    at: datetime


@attrs.frozen
class Reopened:
    """A stopped clock goes on; the time in between does not count.

    Attributes:
        at: When, an aware datetime.
    """

    at: datetime


Mark: TypeAlias = Started | Held | Resumed | Limited | Stopped | Reopened
"""One thing that happens to a clock."""


class ClockState(Enum):
    """What a clock does from one mark to the next."""

    RUNNING = auto()
    HELD = auto()
    STOPPED = auto()


_AFTER: Final[dict[type[Mark], ClockState]] = {
    Started: ClockState.RUNNING,
    Held: ClockState.HELD,
    Resumed: ClockState.RUNNING,
    Stopped: ClockState.STOPPED,
    Reopened: ClockState.RUNNING,
}


def lapse_of(hold: Held) -> datetime | None:
    """When a hold ends by itself, in UTC; None if it does not."""
    return None if hold.longest is None else hold.at.astimezone(UTC) + hold.longest


def check_marks(marks: Sequence[Mark]) -> None:
    """Refuse marks that contradict each other.

    Raises:
        InvalidClock: with every problem.
    """
    problems: list[Problem] = []
    state: ClockState | None = None
    hold: Held | None = None
    before: datetime | None = None
    for number, mark in enumerate(marks):
        where = f"mark {number}, {type(mark).__name__} at {mark.at.isoformat()}"
        if mark.at.utcoffset() is None:
            problems.append(Problem(where, "it has no UTC offset; give an aware datetime"))
            continue
        at = mark.at.astimezone(UTC)
        if before is not None and at < before:
            problems.append(Problem(where, f"comes before {before.isoformat()}; sort the marks"))
        before = at
        lapses = None if hold is None else lapse_of(hold)
        if state is ClockState.HELD and lapses is not None and lapses <= at:
            state = ClockState.RUNNING
        problem = _amount_problem(mark) or _turn_problem(mark, state, hold)
        if problem:
            problems.append(Problem(where, problem))
        elif not isinstance(mark, Limited):
            state, hold = _AFTER[type(mark)], mark if isinstance(mark, Held) else None
    if problems:
        raise InvalidClock("the clock", problems)


def _amount_problem(mark: Mark) -> str:
    if isinstance(mark, Started | Limited) and mark.limit < _NO_TIME:
        return f"its limit, {mark.limit}, is negative"
    if isinstance(mark, Held) and mark.longest is not None and mark.longest < _NO_TIME:
        return f"its longest hold, {mark.longest}, is negative"
    return ""


def _turn_problem(mark: Mark, state: ClockState | None, hold: Held | None) -> str:
    if isinstance(mark, Started):
        return ""
    if state is None:
        return "the clock has not been started"
    if isinstance(mark, Reopened):
        return "" if state is ClockState.STOPPED else "the clock has not stopped"
    if isinstance(mark, Held | Resumed | Stopped) and state is ClockState.STOPPED:
        return "the clock has stopped; reopen it first"
    return _hold_problem(mark, state, hold)


def _hold_problem(mark: Mark, state: ClockState, hold: Held | None) -> str:
    if isinstance(mark, Held) and hold is not None and state is ClockState.HELD:
        return f"overlaps the hold from {hold.at.isoformat()}; resume that one first"
    if isinstance(mark, Resumed) and hold is None:
        return "there is no hold to resume from"
    return ""
