"""The clocks of a case: one for each of its deadlines, read from the history alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from propflow.decision.deadline_run import Run
from propflow.decision.due import fired_by, latest_run, parts
from propflow.definition import Entry
from propflow.definition.spec import WorkflowSpec
from propflow.errors import OutsideCoverage, UnspecifiedRuleError

if TYPE_CHECKING:
    from propflow.calendar import Reading


@attrs.frozen
class Clock:
    """What the clock of a deadline shows at a moment; durations are in what the deadline counts.

    Attributes:
        deadline: Name of the deadline.
        zh: Its Chinese label.
        en: Its English label.
        since: Revision of the step by which it began, last if it began several times.
        over: The case has left the deadline's states.
        fired_at: When the deadline fired, UTC, if it has.
        climbed: The places of the rungs that were climbed, from 0.
        acknowledged: No further rung is climbed.
        reading: What it shows, or the error that says that the calendar does not reach to now, or
            that nobody has set a limit.
    """

    deadline: str
    zh: str
    en: str
    since: int
    over: bool
    fired_at: datetime | None
    climbed: tuple[int, ...]
    acknowledged: bool
    reading: Reading | OutsideCoverage | UnspecifiedRuleError = attrs.field(eq=str)

    @property
    def due(self) -> datetime:
        """When it is or was due; on hold, when it would be if it were resumed at this moment.

        Raises:
            OutsideCoverage: It is provisional.
            UnspecifiedRuleError: Nobody has set a limit; so do the others below.
        """
        return self._shown.due

    @property
    def limit(self) -> timedelta:
        """How much may go by."""
        return self._shown.limit

    @property
    def net(self) -> timedelta:
        """How much has run, holds excluded."""
        return self._shown.net

    @property
    def held(self) -> timedelta:
        """How much would have run during holds."""
        return self._shown.held

    @property
    def remaining(self) -> timedelta:
        """How much is left of the limit; negative once more has run."""
        return self._shown.remaining

    @property
    def late(self) -> bool:
        """Whether it went past its due moment before it stopped, or has by now."""
        return self._shown.late

    @property
    def on_hold(self) -> bool:
        """Whether it is on hold now."""
        return self._shown.on_hold

    @property
    def provisional(self) -> bool:
        """Whether the due moment lies beyond the calendar's data, and comes with newer ones."""
        if isinstance(self.reading, UnspecifiedRuleError):
            return False
        return isinstance(self.reading, OutsideCoverage) or self.reading.provisional

    @property
    def unset(self) -> str:
        """The setting that would hold its limit, which nobody has set; empty if it has one."""
        return self.reading.parameter if isinstance(self.reading, UnspecifiedRuleError) else ""

    @property
    def _shown(self) -> Reading:
        if isinstance(self.reading, OutsideCoverage | UnspecifiedRuleError):
            raise self.reading.with_traceback(None)
        return self.reading


def clocks(
    spec: WorkflowSpec,
    entries: Iterable[Entry],
    data: Sequence[Any],
    now: datetime,
    state: str | None = None,
) -> tuple[Clock, ...]:
    """Return the clocks of a case at a moment, in the order of the definition.

    A deadline that has not begun, or that has no limit as things stand, has none. Nor has one
    whose states the host has moved its row out of by itself: nobody knows when that was.

    Args:
        spec: The definition that the case runs on.
        entries: The case's history, oldest first; steps after `now` do not count yet.
        data: The data after each entry; needed if a function of the data decides when a deadline
            is due.
        now: The moment, an aware datetime.
        state: Where the case is now, if that is not where the last entry led.

    Raises:
        FunctionRaised: A function that decides when a deadline is due is broken.
    """
    return tuple(_clocks(spec, tuple(entries), data, now.astimezone(UTC), state))


def _clocks(
    spec: WorkflowSpec,
    entries: Sequence[Entry],
    data: Sequence[Any],
    now: datetime,
    state: str | None,
) -> Iterator[Clock]:
    for deadline in spec.deadlines.values():
        run = latest_run(spec, deadline, entries, data, state)
        reading = None if run is None else _reading(run, now)
        if run is None or reading is None:
            continue
        later = run.entries[1:]
        yield Clock(
            deadline=deadline.name,
            zh=deadline.zh,
            en=deadline.en,
            since=run.since,
            over=run.over,
            fired_at=next((e.occurred_at for e in later if fired_by(deadline.name, e)), None),
            climbed=tuple(
                int(name.rpartition("#")[2])
                for name, rung in parts(deadline)
                if rung is not None and any(fired_by(name, entry) for entry in later)
            ),
            acknowledged=any(entry.event in deadline.acknowledged_by for entry in later),
            reading=reading,
        )


def _reading(run: Run, now: datetime) -> Reading | OutsideCoverage | UnspecifiedRuleError | None:
    if run.deadline.unset:
        return UnspecifiedRuleError(
            [f"{run.workflow.name}.{run.deadline.name}"], run.deadline.unset
        )
    if run.deadline.moment_of is not None:
        return _until_moment(run, now)
    if run.limit is None:
        return None
    try:
        return run.read(now)
    except OutsideCoverage as error:
        return error.with_traceback(None)


def _until_moment(run: Run, now: datetime) -> Reading | None:
    """Return the reading of a clock that is due at a moment from the data."""
    from propflow.calendar import Reading

    due = run.moment(None)
    if not isinstance(due, datetime):
        return None
    began = run.entries[0].counts_from
    stopped_at = max(began, run.entries[-1].counts_from) if run.over else None
    until = stopped_at or max(began, now)
    return Reading(
        started_at=began,
        stopped_at=stopped_at,
        on_hold=False,
        limit=due - began,
        net=until - began,
        held=timedelta(),
        late=until > due,
        foreseen=due,
    )
