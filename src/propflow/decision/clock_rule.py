"""Clock rules: how the history of a case becomes the marks of one of its clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import attrs

from propflow.calendar import Held, Limited, Mark, Reopened, Resumed, Started, Stopped
from propflow.definition import Entry, State


def _names(states: State | str | Iterable[State | str]) -> frozenset[str]:
    if isinstance(states, State | str):
        states = (states,)
    return frozenset(each.name if isinstance(each, State) else each for each in states)


@attrs.frozen(kw_only=True)
class ClockRule:
    """When a clock of a case runs, by the states that the case goes through.

    It starts as the case first comes into a state where it runs, and stops as the case goes
    anywhere where it neither runs nor is held. A start counts from when it happened, or was
    recorded if that is earlier, over marks that are said to come later; every other mark counts
    from the mark that precedes it at the earliest.

    Attributes:
        limit: How much may go by until it is due.
        runs_in: The states in which it runs, one or several; give the innermost.
        held_in: The states in which it is on hold, if it was running.
        begins_anew: Coming back after a stop begins from nothing; else it goes on.
        restarted_by: Names of events that begin it from nothing while it goes on, such as a
            transfer or a failed check.
        longest_hold: After how much calendar time a hold lapses; `None` for never.
        limit_after: The limit that a step sets, such as by a new priority, or `None` if it sets
            none; asked for every step from the start of the clock on, the first included.
    """

    limit: timedelta
    runs_in: frozenset[str] = attrs.field(converter=_names)
    held_in: frozenset[str] = attrs.field(default=frozenset[str](), converter=_names)
    begins_anew: bool = False
    restarted_by: frozenset[str] = attrs.field(default=frozenset[str](), converter=frozenset)
    longest_hold: timedelta | None = None
    limit_after: Callable[[Entry], timedelta | None] | None = None

    def marks(self, entries: Iterable[Entry]) -> tuple[Mark, ...]:
        """Return the marks that a history makes, for `propflow.calendar.read_clock`.

        Args:
            entries: The case's whole history, oldest first.
        """
        marks: list[Mark] = []
        limit = self.limit
        for entry in entries:
            begins = entry.counts_from
            at = max(marks[-1].at, begins) if marks else begins
            new = self.limit_after(entry) if self.limit_after else None
            changed = new is not None and new != limit
            limit = limit if new is None else new
            turn = self._turn(entry, at, limit, _last_turn(marks))
            if isinstance(turn, Started):
                at, turn = begins, Started(begins, limit)
                while marks and marks[-1].at > at:
                    marks.pop()
            if turn is not None:
                marks.append(turn)
            if changed and marks and not isinstance(turn, Started):
                marks.append(Limited(at, limit))
        return tuple(marks)

    def _turn(self, entry: Entry, at: datetime, limit: timedelta, last: Mark | None) -> Mark | None:
        """Return what a step does to the clock, if anything."""
        goes_on = last is not None and not isinstance(last, Stopped)
        if entry.target in self.runs_in:
            return self._run(entry, at, limit, last)
        if entry.target in self.held_in and goes_on:
            reason = getattr(entry.payload, "reason", "")
            held = isinstance(last, Held)
            return None if held else Held(at, str(reason), self.longest_hold)
        return Stopped(at) if goes_on else None

    def _run(self, entry: Entry, at: datetime, limit: timedelta, last: Mark | None) -> Mark | None:
        stopped = isinstance(last, Stopped)
        if last is None or (stopped and self.begins_anew):
            return Started(at, limit)
        if not stopped and entry.event in self.restarted_by:
            return Started(at, limit)
        if stopped:
            return Reopened(at)
        return Resumed(at) if isinstance(last, Held) else None


def _last_turn(marks: list[Mark]) -> Mark | None:
    return next((mark for mark in reversed(marks) if not isinstance(mark, Limited)), None)
