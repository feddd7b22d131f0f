"""A workflow with every kind of deadline, for the tests of clocks, ladders and sweeps."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import attrs

from propflow import (
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Deadline,
    Event,
    Role,
    Rung,
    State,
    Workflow,
)
from propflow.calendar import ServiceCalendar, Weekday, Window, weekdays
from propflow.definition import Settings
from propflow.unspecified import Unspecified, UnspecifiedType

HOUR = timedelta(hours=1)
head = Role("head", zh="负责人", en="Head")


def office(last: date = date(2027, 12, 31)) -> ServiceCalendar:
    """Open on Mondays to Fridays, with lunch; known until the end of a day."""
    return ServiceCalendar(
        [Window("08:30", "12:00"), Window("14:00", "18:00")],
        days=weekdays(list(Weekday)[:5], first=date(2025, 1, 1), last=last),
        zone="Asia/Shanghai",
    )


@attrs.frozen
class Repair:
    urgent: bool = False
    until: datetime | None = None
    told: int = 0


@attrs.frozen
class Urgency:
    urgent: bool


@attrs.frozen
class Supervision:
    until: datetime


@attrs.frozen
class RepairSettings:
    calendar: ServiceCalendar | UnspecifiedType = Unspecified
    quick: timedelta | None = 4 * HOUR


def _limit(data: Repair, settings: RepairSettings) -> timedelta | None:
    return settings.quick if data.urgent else 12 * HOUR


def _tell(case: Case[Repair], payload: None, context: Context) -> Repair:
    return attrs.evolve(case.data, told=case.data.told + 1)


def _calendar(settings: RepairSettings) -> ServiceCalendar | UnspecifiedType:
    return settings.calendar


class Mending(Workflow[Repair]):
    """Something to mend, with clocks in working time, in working days and to a moment."""

    with_settings = Settings(RepairSettings)

    new = State(zh="新", en="New")
    at_work = State(zh="在修", en="At work")
    on_hold = State(zh="挂起", en="On hold")
    done = State(zh="已修", en="Mended", final=True)

    report = Event(Repair, START >> new, zh="报修", en="Report")
    take = Event(new >> at_work, zh="接单", en="Take")
    hand_back = Event(at_work >> new, zh="退回", en="Hand back")
    change = Event(Urgency, [new, at_work, on_hold] >> SAME, zh="改急", en="Change")
    supervise = Event(Supervision, [new, at_work, on_hold] >> SAME, zh="督办", en="Supervise")
    acknowledge = Event(at_work >> SAME, zh="知悉", en="Acknowledge")
    hold = Event(at_work >> on_hold, zh="挂起", en="Hold")
    resume = Event(on_hold >> PREVIOUS, zh="恢复", en="Resume")
    remind = Event([at_work, on_hold] >> SAME, zh="催", en="Remind", update=_tell, by=SYSTEM)
    finish = Event([at_work, on_hold] >> done, zh="修好", en="Finish")
    reopen = Event(done >> at_work, zh="返修", en="Reopen")

    response = Deadline(
        new,
        after=2 * HOUR,
        unit="service",
        calendar=_calendar,
        rungs=[Rung(share="1", to=head)],
        zh="响应",
        en="Response",
    )
    resolution = Deadline(
        at_work,
        after=_limit,
        unit="service",
        calendar=_calendar,
        fires=remind,
        rungs=[
            Rung(share="0.8", to=["worker", head]),
            Rung(share="1", to=head),
            Rung(offset=4 * HOUR, to="manager"),
        ],
        pauses=on_hold,
        longest_pause=timedelta(days=7),
        acknowledged_by=acknowledge,
        notify_in=_calendar,
    )
    warranty = Deadline(
        [at_work, on_hold],
        after=3,
        unit="working_days",
        calendar=_calendar,
        fires=remind,
        rungs=[Rung(offset=-1, to=head)],
    )
    quiet = Deadline(at_work, after=5 * HOUR, fires=remind, pauses=on_hold)
    order = Deadline(
        [at_work, on_hold],
        at=lambda data, settings: data.until,
        fires=remind,
        rungs=[Rung(offset=-HOUR, to=head)],
        zh="督办",
        en="Supervision",
    )


Mends = Mending.with_settings(calendar=office())
