"""Reading deadlines that have been checked: labels, states within states, and calendars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from propflow.definition.deadline import CalendarOf, Deadline, LimitOf, TimeLimit, as_duration
from propflow.definition.spec import DeadlineSpec, EventSpec, StateTree
from propflow.errors import Problem

if TYPE_CHECKING:
    from propflow.calendar import ServiceCalendar, WorkingDayTime


def with_limits(
    at: str, named: Mapping[str, Deadline], settings: object, problems: list[Problem]
) -> dict[str, Deadline]:
    """Return the deadlines with the limits that the settings hold; what is wrong is a problem."""
    return {
        name: _with_limit(f"{at}.{name}", deadline, settings, problems)
        if deadline.limit
        else deadline
        for name, deadline in named.items()
    }


def _with_limit(
    where: str, deadline: Deadline, settings: object, problems: list[Problem]
) -> Deadline:
    from propflow.unspecified import Unspecified

    limit: object = getattr(settings, deadline.limit, None)
    told = (deadline.after, deadline.at, deadline.calendar)
    if any(each is not None for each in told) or deadline.unit != "calendar":
        problems.append(Problem(where, "limit= takes the place of after=, at=, unit=, calendar="))
    elif not isinstance(limit, TimeLimit) and limit is not Unspecified:
        why = f"limit={deadline.limit!r} is no setting that holds a TimeLimit or Unspecified"
        problems.append(Problem(where, f"{why}: {limit!r}"))
    else:
        return deadline.limited_by(limit)
    return deadline.limited_by(Unspecified)


def read_deadlines(
    at: str,
    named: Mapping[str, Deadline],
    tree: StateTree,
    events: Mapping[str, EventSpec],
    settings: object,
    problems: list[Problem],
) -> dict[str, DeadlineSpec]:
    """Return the deadlines of a class; what their functions of the settings break is a problem."""
    return {
        name: _deadline(f"{at}.{name}", deadline, tree, events, settings, problems)
        for name, deadline in named.items()
    }


def _deadline(
    where: str,
    deadline: Deadline,
    tree: StateTree,
    events: Mapping[str, EventSpec],
    settings: object,
    problems: list[Problem],
) -> DeadlineSpec:
    after: Any = deadline.after
    begun_by = tuple(each.name for each in deadline.events)
    states = tuple(state.name for state in deadline.states) or _led_to(tree, events, begun_by)
    event = None if deadline.fires is None else events[deadline.fires.name]
    calendar = _calendar(f"{where}, calendar", deadline.calendar, settings, problems)
    notify_in = _calendar(f"{where}, notify_in", deadline.notify_in, settings, problems)
    lacks = [
        f"{argument}= gives no ServiceCalendar; choose one"
        for argument, needed, found in (
            ("calendar", deadline.unit != "calendar", calendar),
            ("notify_in", deadline.notify_in is not None, notify_in),
        )
        if needed and found is None
    ]
    return DeadlineSpec(
        name=deadline.name,
        begun_by=begun_by,
        states=states,
        within=_leaves(tree, states),
        pauses=tuple(state.name for state in deadline.pauses),
        held=_leaves(tree, (state.name for state in deadline.pauses)),
        until=frozenset(each.name for each in deadline.until),
        longest_pause=deadline.longest_pause,
        unit=deadline.unit,
        limit=None if after is None or callable(after) else as_duration(after),
        limit_of=cast("LimitOf", after) if callable(after) else None,
        moment_of=deadline.at,
        measure=_measure(deadline, calendar),
        event=None if event is None else event.name,
        rungs=deadline.rungs,
        acknowledged_by=frozenset(each.name for each in deadline.acknowledged_by),
        calendar=calendar,
        notify_in=notify_in,
        lacks="; ".join(lacks),
        unset=deadline.limit if deadline.unset else "",
        zh=deadline.zh or getattr(event, "zh", ""),
        en=deadline.en or getattr(event, "en", ""),
        source=deadline.source,
    )


def _led_to(
    tree: StateTree, events: Mapping[str, EventSpec], names: Iterable[str]
) -> tuple[str, ...]:
    led_to = {rest for name in names for rest in tree.led_to(events[name])}
    return tuple(name for name in tree.all_leaves() if name in led_to)


def _leaves(tree: StateTree, states: Iterable[str]) -> frozenset[str]:
    return frozenset(leaf for state in states for leaf in tree.leaves(state))


def _measure(
    deadline: Deadline, calendar: ServiceCalendar | None
) -> ServiceCalendar | WorkingDayTime | None:
    if deadline.unit == "calendar" or calendar is None:
        return None
    if deadline.unit == "service":
        return calendar
    from propflow.calendar import WorkingDayTime  # a workflow without calendars does not need it

    return WorkingDayTime.of(calendar)


def _calendar(
    where: str,
    given: ServiceCalendar | CalendarOf | None,
    settings: object,
    problems: list[Problem],
) -> ServiceCalendar | None:
    """Return the calendar, `None` where the host has yet to choose one."""
    if given is None:
        return None
    from propflow.calendar import ServiceCalendar  # see above
    from propflow.unspecified import Unspecified

    found: object = given
    if callable(given):
        try:
            found = given(settings)
        except Exception as error:  # noqa: BLE001 - a function of the definition's
            problems.append(Problem(where, f"its function raised {error!r}"))
            return None
    if isinstance(found, ServiceCalendar):
        return found
    if found is not None and found is not Unspecified:
        problems.append(Problem(where, f"{found!r} is no ServiceCalendar"))
    return None
