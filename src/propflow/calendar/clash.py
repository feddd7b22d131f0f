"""Clashes: times at which two schedules need the same people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, timedelta
from itertools import chain, combinations

import attrs

from propflow.calendar.schedule import Occurrence, Schedule


@attrs.frozen
class Clash:
    """Two occurrences that overlap in time and need the same people.

    Attributes:
        one: The occurrence of the schedule that was named first.
        other: The occurrence of the other schedule.
        people: The roles that both need.
        zh: What to tell people, in Chinese.
        en: What to tell people, in English.
    """

    one: Occurrence
    other: Occurrence
    people: frozenset[str]
    zh: str
    en: str


def clashes(schedules: Sequence[Schedule], first: date, last: date) -> list[Clash]:
    """Every clash of an occurrence that begins from `first` to `last`, in order of time.

    Occurrences that only touch do not clash. Nothing is resolved: the host lets it be, takes the
    day out of one schedule, or gives that day another window in a schedule of its own.

    Source: 物业客服部巡检管理规程 3.3.1 and 3.5.2, which ask for the same department heads on
    Mondays at 09:30.

    Raises:
        UnspecifiedRuleError: a schedule has no weekday yet.
        OutsideCoverage: the working days of a schedule do not reach far enough to tell.
    """
    planned = [(schedule, schedule.occurrences(first, last)) for schedule in schedules]
    found = [
        _clash(one, mine, other, theirs)
        for (one, ours), (other, others) in combinations(planned, 2)
        if one.people & other.people
        for mine, theirs in _overlapping(ours, others)
    ]
    return sorted(found, key=lambda clash: clash.one.starts.astimezone(UTC))


def _overlapping(
    ours: list[Occurrence], others: list[Occurrence]
) -> Iterator[tuple[Occurrence, Occurrence]]:
    by_day: defaultdict[date, list[Occurrence]] = defaultdict(list)
    for theirs in others:
        by_day[theirs.day].append(theirs)
    # A window is at most a day long and days differ by zone, so two days on either side suffice.
    near = [timedelta(days=away) for away in range(-2, 3)]
    for mine in ours:
        for theirs in chain.from_iterable(by_day[mine.day + away] for away in near):
            # In UTC, because moments of one zone are compared by the wall clock alone.
            starts = max(each.starts.astimezone(UTC) for each in (mine, theirs))
            if starts < min(each.ends.astimezone(UTC) for each in (mine, theirs)):
                yield mine, theirs


def _clash(one: Schedule, mine: Occurrence, other: Schedule, theirs: Occurrence) -> Clash:
    people = one.people & other.people
    named = ", ".join(sorted(people))
    first, second = (f"{each.starts:%Y-%m-%d %H:%M}–{each.ends:%H:%M}" for each in (mine, theirs))
    return Clash(
        mine,
        theirs,
        people,
        zh=f"{one.zh}({first})与{other.zh}({second})需要相同人员:{named}",
        en=f"{one.en} ({first}) and {other.en} ({second}) need the same people: {named}",
    )
