"""Deadlines: what comes by itself when a case stays somewhere, or is left waiting, for too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

import attrs

from propflow.definition.event import BoundEvent, Event
from propflow.definition.role import Role
from propflow.definition.state import State

if TYPE_CHECKING:
    from propflow.calendar import ServiceCalendar
    from propflow.unspecified import UnspecifiedType

LONGEST = timedelta(days=36525)
"""The longest time that a deadline may take: a hundred years."""

Unit: TypeAlias = Literal["calendar", "service", "working_days"]
"""What a deadline counts: time as it goes by, time while service is open, or working days."""

Limit: TypeAlias = timedelta | int
"""How long: a duration, or of working days a number."""

LimitOf: TypeAlias = Callable[[Any, Any], "Limit | None"]
"""A pure function ``(data, settings)``; with None there is no deadline for the case."""

MomentOf: TypeAlias = Callable[[Any, Any], datetime | None]
"""A pure function ``(data, settings)``; with None there is no deadline for the case."""

CalendarOf: TypeAlias = "Callable[[Any], ServiceCalendar | UnspecifiedType | None]"
"""A function of the settings, asked once when the class is made."""

Firing: TypeAlias = Event[..., Any] | BoundEvent[..., Any, Any]


def as_duration(limit: Limit) -> timedelta:
    """Return an amount as a duration; a number of working days as so many days."""
    return limit if isinstance(limit, timedelta) else timedelta(days=limit)


def _some(value: Any) -> tuple[Any, ...]:
    """Return one or several as a tuple; whatever else was written is told by the checks."""
    one = isinstance(value, State | Role | str | Event | BoundEvent)
    return (cast("Any", value),) if one else tuple(value)


def _is_event(value: object) -> bool:
    return isinstance(value, Event | BoundEvent)


def _share(value: Any) -> Any:
    """Return an exact share; a float and what is no number stay, for the checks to tell."""
    if isinstance(value, str | Decimal | int) and not isinstance(value, bool):
        try:
            return Fraction(value)
        except (ValueError, OverflowError):
            return value
    return value


@attrs.frozen(kw_only=True)
class Rung:
    """One step of the ladder of a deadline: who is told, and how early or late.

    ``Rung(share="0.8", to=[worker, head])`` is reached when four fifths of the limit have run,
    ``Rung(offset=timedelta(hours=4), to=project_manager)`` four hours after the deadline, in what
    the deadline counts.

    Attributes:
        share: Of the limit, exactly: text such as ``"0.8"``, a `Decimal` or a `Fraction`.
        offset: After the deadline, or before it if negative; of working days a number.
        to: Whom to tell: roles, or what the host's channels understand.
    """

    share: Fraction | None = attrs.field(default=None, converter=_share)
    offset: Limit | None = None
    to: tuple[Role | str, ...] = attrs.field(converter=_some)

    @property
    def names(self) -> tuple[str, ...]:
        """Whom to tell, roles by their names."""
        return tuple(who.name if isinstance(who, Role) else who for who in self.to)


@attrs.frozen
class TimeLimit:
    """How long something may take, as a host sets it where a shipped workflow leaves it open.

    ``TimeLimit(timedelta(hours=24))`` is calendar time; with a calendar a duration is service time,
    and a number is of working days.

    Attributes:
        after: How long.
        calendar: What service time or working days are counted in.
        rungs: Whom to tell, early or late.
        notify_in: When rungs may be delivered; `None` for any time.
    """

    after: Limit
    calendar: ServiceCalendar | None = None
    rungs: tuple[Rung, ...] = attrs.field(default=(), converter=tuple)
    notify_in: ServiceCalendar | None = None

    @property
    def unit(self) -> Unit:
        """What is counted."""
        if not isinstance(self.after, timedelta):
            return "working_days"
        return "calendar" if self.calendar is None else "service"

    def __str__(self) -> str:
        by = "" if self.calendar is None else f" by {self.calendar}"
        rungs = "".join(f", {rung}" for rung in self.rungs)
        told = "" if self.notify_in is None else f", told in {self.notify_in}"
        return f"{self.after} ({self.unit}){by}{rungs}{told}"


class Deadline:
    """How long a case may be in some states, or take after some event; a class attribute.

    ``overdue = Deadline(lent, after=timedelta(days=7), fires=expire)``. It runs while the case is
    in one of the states, or in one that lies within: a step that stays there does not restart it,
    leaving and coming back does. It fires once each time, as `SYSTEM`, when `Engine.run_due` finds
    it due, and climbs each of its rungs once. It is a clock in `Engine.clocks`, too.

    ``unanswered = Deadline(urge, after=timedelta(hours=1), until=answer, fires=escalate)`` counts
    from an event instead, each time anew. Its states are all those that the event can lead to, for
    one in place those in which it is open: it runs until the case leaves them, until an event of
    `until`, or until the event happens again.

    Args:
        state_or_event: Where the case is: a state, or several. Or from what it counts: an event,
            or several.
        after: How long it may take, counted from when the step happened by which the case came to
            the states, or that is the event; of working days a number, and the day itself is not
            counted. A function of data and settings may decide it for each case, also anew while
            it runs.
        unit: What is counted.
        at: Instead of `after`: a moment from the data, an aware datetime.
        until: Events that end what an event began, though the case stays where it is.
        limit: Instead of `after`, `at`, `unit` and `calendar`: the name of the setting that holds
            the `TimeLimit`. While that is `Unspecified`, nothing is due, and the clock says so.
        fires: The event that comes then: open to `SYSTEM`, and without a payload or with one whose
            fields all have defaults.
        rungs: Whom to tell, early or late; each becomes a `Notify` in the outbox.
        pauses: States in which it is on hold: nothing fires there, and coming back goes on.
        longest_pause: After how much calendar time a hold lapses, and it runs on.
        acknowledged_by: Events after which no further rung is climbed.
        calendar: What service time or working days are counted in: a calendar, or a function of
            the settings. It is never guessed: without one an engine refuses the workflow.
        notify_in: When rungs may be delivered, likewise: one that is reached while this is closed
            waits until it opens. At any time if not given.
        zh: The Chinese label; that of the event if not given.
        en: The English label; that of the event if not given.
        source: The clause implemented.
    """

    def __init__(
        self,
        state_or_event: State | Firing | Sequence[State] | Sequence[Firing],
        *,
        after: Limit | LimitOf | None = None,
        unit: Unit = "calendar",
        at: MomentOf | None = None,
        until: Firing | Sequence[Firing] = (),
        limit: str = "",
        fires: Firing | None = None,
        rungs: Sequence[Rung] = (),
        pauses: State | Sequence[State] = (),
        longest_pause: timedelta | None = None,
        acknowledged_by: Firing | Sequence[Firing] = (),
        calendar: ServiceCalendar | CalendarOf | None = None,
        notify_in: ServiceCalendar | CalendarOf | None = None,
        zh: str = "",
        en: str = "",
        source: str = "",
    ) -> None:
        self.name = ""
        given = _some(state_or_event)
        self.events = tuple(each for each in given if _is_event(each))
        self.states = tuple(each for each in given if not _is_event(each))
        self.after = after
        self.unit: Unit = unit
        self.at = at
        self.until: tuple[Any, ...] = _some(until)
        self.limit = limit
        self.unset = False
        self.fires: Any = fires
        self.rungs = tuple(rungs)
        self.pauses = _some(pauses)
        self.longest_pause = longest_pause
        self.acknowledged_by: tuple[Any, ...] = _some(acknowledged_by)
        self.calendar = calendar
        self.notify_in = notify_in
        self.zh = zh
        self.en = en
        self.source = source

    def limited_by(self, limit: TimeLimit | UnspecifiedType) -> Deadline:
        """Return the deadline with the limit that a host has set, or has yet to set."""
        made = copy(self)
        if isinstance(limit, TimeLimit):
            made.after, made.unit, made.calendar = limit.after, limit.unit, limit.calendar
            made.rungs = (*self.rungs, *limit.rungs)
            made.notify_in = limit.notify_in or self.notify_in
        else:
            made.unset = True
        return made

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name

    def __repr__(self) -> str:
        return f"Deadline({self.name!r})"
