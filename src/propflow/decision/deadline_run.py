"""Runs of a deadline: from when it begins until the case leaves its states, or to this day.

What is due is computed from a run, and so is what the clock of the deadline shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from propflow.definition import MIGRATED, Entry
from propflow.definition.deadline import LONGEST, Rung, as_duration
from propflow.definition.spec import DeadlineSpec, WorkflowSpec
from propflow.errors import FunctionRaised, OutsideCoverage

if TYPE_CHECKING:
    from propflow.calendar import Mark, Reading

_NO_TIME = timedelta()
_MICROSECOND = timedelta(microseconds=1)
_START_OF_TIME = datetime.min.replace(tzinfo=UTC)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)

Change = Callable[[timedelta], timedelta]


@attrs.frozen
class Run:
    """One run of a deadline.

    Attributes:
        workflow: The definition.
        deadline: Of which deadline.
        entries: From the step by which it began to the last, or the one that ended it.
        data: The data after each of them; empty if the deadline does not look back.
        over: Whether the last of the entries ended it.
        lost: The host had moved its row out of the deadline's states when the next step found it:
            when that was, nobody knows.
    """

    workflow: WorkflowSpec
    deadline: DeadlineSpec
    entries: tuple[Entry, ...]
    data: tuple[Any, ...]
    over: bool
    lost: bool = False

    @property
    def since(self) -> int:
        """The revision by which it began."""
        return self.entries[0].revision

    @property
    def known_until(self) -> datetime:
        """Until when its calendar knows, in UTC, and not before it began."""
        began = self.entries[0].counts_from
        measure = self.deadline.measure
        return began if measure is None else max(began, measure.known_until.astimezone(UTC))

    @property
    def data_version(self) -> str:
        """Which data its calendar has; empty without one."""
        calendar = self.deadline.calendar
        return "" if calendar is None else calendar.data_version()

    def moment(self, rung: Rung | None) -> datetime | OutsideCoverage | None:
        """Return when the deadline, or a rung of it, is reached, in UTC.

        `None` if it is not as things stand: on hold, or without a limit. The error if the calendar
        does not reach so far.
        """
        moment = self._moment(rung)
        came = [entry.occurred_at for entry in self.entries if entry.event == MIGRATED]
        # Nothing of a version happens before the case came to it.
        return max(moment, came[-1]) if came and isinstance(moment, datetime) else moment

    def _moment(self, rung: Rung | None) -> datetime | OutsideCoverage | None:
        if self.deadline.moment_of is not None:
            return self._moment_of(rung)
        if self.limit is None:
            return None
        try:
            if self.deadline.looks_back:
                return self._looked_back(rung)
            began = self._begins(self.entries[0].counts_from)
            return self._add(began, changed_by(rung)(self.limit))
        except OutsideCoverage as error:
            return error.with_traceback(None)

    def _moment_of(self, rung: Rung | None) -> datetime | None:
        at = self._asked("at", self.deadline.moment_of, self.data[-1])
        if at is None:
            return None
        if not isinstance(at, datetime) or at.utcoffset() is None:
            raise self._wrong("at", at, "an aware datetime")
        began = self.entries[0].counts_from
        offset = _NO_TIME if rung is None or rung.offset is None else as_duration(rung.offset)
        moment = at.astimezone(UTC)
        reached = moment + min(max(offset, _START_OF_TIME - moment), _END_OF_TIME - moment)
        return max(began, reached)

    def _looked_back(self, rung: Rung | None) -> datetime | None:
        from propflow.calendar import Held

        marks = self.marks(rung)
        last = marks[-1].at
        reading = self._read(marks, last)
        if reading.on_hold:
            held = next(mark for mark in reversed(marks) if isinstance(mark, Held))
            if held.longest is None:
                return None
            reading = self._read(marks, held.at + held.longest)
        return reading.due.astimezone(UTC)

    def _read(self, marks: Sequence[Mark], now: datetime) -> Reading:
        from propflow.calendar import CALENDAR_TIME, read_clock

        measure = CALENDAR_TIME if self.deadline.measure is None else self.deadline.measure
        reading = read_clock(marks, measure, now)
        assert reading is not None  # noqa: S101 - a run begins with its start, read after it
        return reading

    def read(self, now: datetime) -> Reading:
        """Return what the clock of the deadline shows at a moment.

        Raises:
            OutsideCoverage: The moment, or a step, lies outside what the calendar knows.
        """
        marks = self.marks(None)
        return self._read(marks, max(now, marks[0].at))

    def marks(self, rung: Rung | None) -> tuple[Mark, ...]:
        """Return the marks of the clock; those of a rung have limits of its own."""
        from propflow.calendar import Stopped
        from propflow.decision.clock_rule import ClockRule

        change = changed_by(rung)
        limits = {
            entry.revision: change(LONGEST if limit is None else limit)
            for entry, limit in zip(self.entries, self._limits(), strict=True)
        }
        rule = ClockRule(
            limit=limits[self.since],
            runs_in=self.deadline.within,
            held_in=self.deadline.held,
            longest_hold=self.deadline.longest_pause,
            limit_after=lambda entry: limits[entry.revision],
        )
        last = self.entries[-1]
        if self.over and last.target in self.deadline.within | self.deadline.held:
            marks = rule.marks(self.entries[:-1])  # an event ends it, where the case stays
            marks = (*marks, Stopped(max(marks[-1].at, last.counts_from)))
        else:
            marks = rule.marks(self.entries)
        begins = self._begins(marks[0].at)
        return tuple(attrs.evolve(mark, at=max(mark.at, begins)) for mark in marks)

    @property
    def limit(self) -> timedelta | None:
        """How long the case may be there, as things stand."""
        return self._limit_after(-1)

    def _limits(self) -> list[timedelta | None]:
        return [self._limit_after(n) for n in range(len(self.entries))]

    def _limit_after(self, number: int) -> timedelta | None:
        if self.deadline.limit_of is None:
            return self.deadline.limit
        limit = self._asked("after", self.deadline.limit_of, self.data[number])
        if limit is None:
            return None
        days = self.deadline.unit == "working_days"
        if not isinstance(limit, int if days else timedelta) or isinstance(limit, bool):
            raise self._wrong("after", limit, "a number" if days else "a timedelta")
        return min(max(as_duration(limit), _NO_TIME), LONGEST)

    def _asked(self, what: str, function: Any, data: Any) -> Any:
        try:
            return function(data, self.workflow.settings)
        except Exception as error:
            raise FunctionRaised(self.workflow.name, self.deadline.name, f"{what}=", "") from error

    def _wrong(self, what: str, found: object, wanted: str) -> FunctionRaised:
        raised = FunctionRaised(self.workflow.name, self.deadline.name, f"{what}=", "")
        raised.__cause__ = TypeError(f"it returned {found!r}, which is not {wanted}")
        return raised

    def _begins(self, moment: datetime) -> datetime:
        """Return from when it counts: working days from the midnight that follows."""
        if self.deadline.unit != "working_days":
            return moment
        from propflow.calendar import WorkingDayTime

        measure = self.deadline.measure
        assert isinstance(measure, WorkingDayTime)  # noqa: S101 - so it was read
        return measure.next_day(moment)

    def _add(self, moment: datetime, duration: timedelta) -> datetime:
        if self.deadline.measure is not None:
            return self.deadline.measure.add(moment, duration).astimezone(UTC)
        return moment + min(duration, _END_OF_TIME - moment)


def changed_by(rung: Rung | None) -> Change:
    """Return what a rung makes of the limit: exact to the microsecond, never less than nothing."""
    if rung is None:
        return lambda limit: limit
    if rung.share is not None:
        share = rung.share
        return lambda limit: timedelta(
            microseconds=limit // _MICROSECOND * share.numerator // share.denominator
        )
    offset = as_duration(rung.offset or _NO_TIME)
    return lambda limit: max(limit + offset, _NO_TIME)


def runs(
    workflow: WorkflowSpec,
    deadline: DeadlineSpec,
    entries: Sequence[Entry],
    data: Sequence[Any],
    state: str | None = None,
) -> Iterator[Run]:
    """Yield the runs of a deadline, in order.

    A step that starts from another state than the one before led to tells that the host has moved
    its row meanwhile. That may end a run; what begins with it begins with the step.

    Args:
        workflow: The definition that the case runs on.
        deadline: Which of its deadlines.
        entries: The case's history, oldest first.
        data: The data after each entry; may be empty for a deadline that does not look back.
        state: Where the case is now, if that is not where the last entry led.
    """
    began: int | None = None
    left: str | None = None
    for number, entry in enumerate(entries):
        event, target = entry.event, entry.target
        if began is not None and _moved_out(deadline, left, entry.source):
            part = slice(began, number)
            yield Run(
                workflow,
                deadline,
                tuple(entries[part]),
                tuple(data[part]),
                over=True,
                lost=True,
            )
            began = None
        left = target
        if began is not None and deadline.ends_with(event, target):
            part = slice(began, number + 1)
            yield Run(workflow, deadline, tuple(entries[part]), tuple(data[part]), over=True)
            began = None
        if deadline.begins_with(event, target, running=began is not None):
            began = number
    if began is not None:
        part = slice(began, None)
        lost = state is not None and _moved_out(deadline, left, state)
        yield Run(workflow, deadline, tuple(entries[part]), tuple(data[part]), lost, lost=lost)


def _moved_out(deadline: DeadlineSpec, left: str | None, found: str) -> bool:
    """Whether the host moved a row so that the deadline does not run any more."""
    return left != found and deadline.left_for(found)
