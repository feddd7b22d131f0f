"""Deadlines as they are written, checked and read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from propflow.calendar import ServiceCalendar, Window, every_day
from propflow.definition import (
    SAME,
    START,
    SYSTEM,
    Deadline,
    Event,
    Role,
    Rung,
    Settings,
    State,
    Workflow,
)
from propflow.definition.document import DeadlineDefinition, Definition, RungDefinition
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item
from tests.definition.loans import KeyLoan

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
clerk = Role("clerk", zh="文员", en="Clerk")


@attrs.frozen
class Reason:
    why: str
    where: str = ""


@attrs.frozen
class Optional:
    why: str = "too late"


class Timed(KeyLoan):
    """Is nagged while a key is out, and late after a week of it."""

    nag = Deadline(KeyLoan.out, after=timedelta(days=3, seconds=90.5), fires=KeyLoan.remind)
    late = Deadline(KeyLoan.lent, after=WEEK, fires=KeyLoan.expire, source="14.5")


def test_a_deadline_covers_the_states_within_its_own():
    deadlines = Timed.spec.deadlines
    assert list(deadlines) == ["nag", "late"]
    assert deadlines["nag"].within == {"lent", "overdue"}
    assert (deadlines["late"].within, deadlines["late"].event) == ({"lent"}, "expire")
    assert KeyLoan.spec.deadlines == {}


def described(name: str, zh: str, en: str, state: str, after: str, fires: str):
    return DeadlineDefinition(
        *(name, zh, en, (state,), after, "calendar", None, fires, (), ()),
        *(None, (), None, None, ""),
    )


def test_deadlines_go_to_json_and_back():
    definition = Timed.definition()
    assert definition.deadlines == (
        described("nag", "催还", "Remind", "out", "P3DT90.500000S", "remind"),
        attrs.evolve(
            described("late", "逾期", "Expire", "lent", "P7DT0S", "expire"), source="14.5"
        ),
    )
    assert Definition.from_json(definition.to_json()) == definition


def test_settings_keep_the_deadlines():
    assert list(Timed.with_settings(strict=True).spec.deadlines) == ["nag", "late"]


def test_a_deadline_shows_its_name():
    assert repr(vars(Timed)["late"]) == "Deadline('late')"


def test_a_payload_that_needs_nothing_may_be_fired():
    class Lax(Flow):
        drop = Event(Optional, Flow.begun >> Flow.done, zh="弃", en="Drop", history_only=["why"])
        late = Deadline(Flow.begun, after=WEEK, fires=drop)

    assert Lax.spec.deadlines["late"].event == "drop"


def test_every_fault_is_reported_at_once():
    other = State(zh="别", en="Other")

    def make() -> None:
        class Bad(Flow):
            drop = Event(
                Reason,
                Flow.begun >> Flow.done,
                zh="弃",
                en="Drop",
                by=clerk,
                history_only=["why", "where"],
            )
            needy = Deadline(Flow.begun, after=WEEK, fires=drop)
            past = Deadline(Flow.done, after=-WEEK, fires=Flow.finish)
            never = Deadline(Flow.begun, after=timedelta(0), fires=Flow.finish)
            ages = Deadline(Flow.begun, after=timedelta(days=40000), fires=Flow.finish)
            number = Deadline(Flow.begun, after=3, fires=Flow.finish)
            lost = Deadline(other, after=WEEK, fires=Flow.finish)
            start = Deadline(START, after=WEEK, fires=Flow.finish)
            alien = Deadline(Flow.begun, after=WEEK, fires=KeyLoan.expire)
            named = Deadline("begun", after=WEEK, fires="finish")
            Loud = Deadline(Flow.begun, after=WEEK, fires=Flow.finish)

    problems = faults_of(make)
    assert problems == [
        "Bad.needy: fires 'drop', whose payload needs why; nobody is there to say",
        "Bad.needy: fires 'drop', which is not open to SYSTEM; add it to by=",
        "Bad.past: after=-7 days, 0:00:00 must be positive, and at most a hundred years",
        "Bad.past: fires 'finish', which does not start from 'done'",
        "Bad.never: after=0:00:00 must be positive, and at most a hundred years",
        "Bad.ages: after=40000 days, 0:00:00 must be positive, and at most a hundred years",
        "Bad.number: after=3 is no timedelta",
        "Bad.lost: State('别') is no state of this workflow",
        "Bad.start: State('START') is no state of this workflow",
        "Bad.alien: fires=<event key_loan.expire> is no event of this workflow",
        "Bad.named: 'begun' is no state of this workflow",
        "Bad.named: fires='finish' is no event of this workflow",
        "Bad.Loud: must be lower-case letters, digits and _",
    ]


def test_an_event_starts_from_every_state_that_a_deadline_covers():
    def make() -> None:
        class Bad(KeyLoan):
            late = Deadline(KeyLoan.out, after=WEEK, fires=KeyLoan.expire)

    assert faults_of(make) == ["Bad.late: fires 'expire', which does not start from 'overdue'"]


def test_a_payload_that_is_no_class_is_reported_where_it_is():
    def make() -> None:
        class Bad(Flow):
            drop = Event(dict, Flow.begun >> Flow.done, zh="弃", en="Drop")
            late = Deadline(Flow.begun, after=WEEK, fires=drop)

    (problem,) = faults_of(make)
    assert "must be a frozen attrs class" in problem


def test_a_deadline_that_hides_another_is_reported():
    def make() -> None:
        class Bad(Flow):
            late = Deadline(Flow.begun, after=WEEK, fires=Flow.finish)
            late = Deadline(Flow.begun, after=2 * WEEK, fires=Flow.finish)  # noqa: PIE794

    assert faults_of(make) == ["Bad.late: declared twice; the second hides the first"]


def test_one_deadline_has_one_name():
    def make() -> None:
        class Bad(Flow):
            late = Deadline(Flow.begun, after=WEEK, fires=Flow.finish)
            later = late

    assert faults_of(make) == ["Bad.later: is the same deadline as 'late'; declare one each"]


def test_a_faulty_state_tree_does_not_hide_what_is_wrong_with_a_deadline():
    def make() -> None:
        class Bad(Workflow[Item]):
            begun = State(zh="开", en="Open")
            done = State(zh="完", en="Done", final=True)
            begin = Event(Item, START >> begun, zh="始", en="Begin")
            finish = Event(begun >> done, zh="终", en="Finish", by=SYSTEM)
            stay = Event(begun >> SAME, zh="留", en="Stay", by=clerk)
            late = Deadline(begun, after=WEEK, fires=stay)

    assert faults_of(make) == ["Bad.late: fires 'stay', which is not open to SYSTEM; add it to by="]


@pytest.mark.parametrize("name", ["name", "action"])
def test_a_deadline_has_a_name_of_its_own(name: str):
    def make() -> None:
        late = Deadline(Flow.begun, after=WEEK, fires=Flow.finish)
        type(Flow)("Bad", (Flow,), {name: late, "__module__": __name__, "__qualname__": "Bad"})

    assert any("the name is taken" in problem for problem in faults_of(make))


OFFICE = ServiceCalendar([Window("08:30", "18:00")], days=every_day(), zone="Asia/Shanghai")


@attrs.frozen
class Chosen:
    hours: int = 1
    calendar: Any = None


class Told(Flow):
    """Has a deadline of every kind."""

    with_settings = Settings(Chosen)
    wait = Event(Flow.begun >> SAME, zh="等", en="Wait")
    early = Deadline(
        [Flow.begun],
        after=4 * HOUR,
        unit="service",
        calendar=OFFICE,
        notify_in=lambda settings: OFFICE,
        rungs=[Rung(share="0.8", to=["u1", clerk]), Rung(offset=HOUR, to=clerk)],
        acknowledged_by=wait,
        zh="早",
        en="Early",
    )
    days = Deadline(Flow.begun, after=3, unit="working_days", calendar=OFFICE, fires=wait)
    each = Deadline(Flow.begun, after=lambda data, settings: HOUR, zh="各", en="Each")
    moment = Deadline(Flow.begun, at=lambda data, settings: None, zh="时", en="Moment")


def test_a_ladder_goes_to_json_and_back():
    definition = Told.definition()
    assert Definition.from_json(definition.to_json()) == definition
    early, days, each, moment = definition.deadlines
    assert early.rungs == (
        RungDefinition("4/5", None, ("u1", "clerk")),
        RungDefinition(None, "P0DT3600S", ("clerk",)),
    )
    assert (early.fires, early.unit, early.acknowledged_by) == (None, "service", ("wait",))
    assert early.calendar == early.notify_in == str(OFFICE)
    assert (days.after, days.zh) == ("P3DT0S", "等")
    assert (each.after, each.at) == ("told.each.after", None)
    assert (moment.after, moment.at) == (None, "told.moment.at")


def test_every_fault_of_a_ladder_is_reported_at_once():
    done = State(zh="毕", en="Over", final=True)

    def make() -> None:
        class Bad(Flow):
            with_settings = Settings(Chosen)
            rest = State(zh="歇", en="Rest")
            pause = Event(Flow.begun >> rest, zh="停", en="Pause")
            again = Event(rest >> Flow.begun, zh="续", en="Again")
            none = Deadline([], after=WEEK, zh="无", en="None")
            both = Deadline(Flow.begun, after=WEEK, at=lambda d, s: None, fires=Flow.finish)
            neither = Deadline(Flow.begun, fires=Flow.finish)
            unit = Deadline(Flow.begun, after=WEEK, unit="weeks", fires=Flow.finish)
            days = Deadline(
                Flow.begun, after=WEEK, unit="working_days", calendar=OFFICE, fires=Flow.finish
            )
            ages = Deadline(
                Flow.begun, after=10**12, unit="working_days", calendar=OFFICE, fires=Flow.finish
            )
            lacks = Deadline(Flow.begun, after=WEEK, unit="service", fires=Flow.finish)
            extra = Deadline(Flow.begun, after=WEEK, calendar=OFFICE, fires=Flow.finish)
            at = Deadline(
                Flow.begun,
                at="noon",
                unit="service",
                calendar=OFFICE,
                rungs=[Rung(share=1, to="x")],
                fires=Flow.finish,
            )
            bare = Deadline(Flow.begun, after=WEEK)
            half = Deadline(Flow.begun, after=WEEK, zh="半")
            other = Deadline(Flow.begun, after=WEEK, pauses=done, fires=Flow.finish)
            holds = Deadline(
                Flow.begun, after=WEEK, pauses=Flow.begun, longest_pause=-WEEK, fires=Flow.finish
            )
            lapses = Deadline(
                Flow.begun, after=WEEK, pauses=rest, longest_pause=WEEK, fires=Flow.finish
            )
            longest = Deadline(Flow.begun, after=WEEK, longest_pause=3, fires=Flow.finish)
            heard = Deadline(
                Flow.begun, after=WEEK, fires=Flow.finish, acknowledged_by=KeyLoan.expire
            )
            rungs = Deadline(
                Flow.begun,
                after=WEEK,
                fires=Flow.finish,
                rungs=[
                    "u1",
                    Rung(to="u1"),
                    Rung(share="0.5", offset=HOUR, to="u1"),
                    Rung(share=0.5, to="u1"),
                    Rung(share="half", to="u1"),
                    Rung(share="-1", to="u1"),
                    Rung(offset=3, to="u1"),
                    Rung(offset=10**5 * WEEK, to="u1"),
                    Rung(offset=HOUR, to=[]),
                    Rung(offset=HOUR, to=["", 3]),
                ],
            )

    assert [problem.removeprefix("Bad.") for problem in faults_of(make)] == [
        "none: names no state",
        "both: needs after= or at=, one of them",
        "neither: needs after= or at=, one of them",
        "unit: unit='weeks' is none of calendar, service, working_days",
        "days: after=datetime.timedelta(days=7) is no number of working days",
        "ages: after=1000000000000 must be positive, and at most a hundred years",
        "lacks: counts service; name the calendar: calendar=…",
        "extra: counts calendar time, and needs no calendar=",
        "at: at='noon' is no function of data and settings",
        "at: at= is a moment, which takes neither unit= nor pauses=",
        "at, rung 0: a share of what? at= has no limit; give offset=",
        "bare: fires no event, so it needs labels of its own in zh and en",
        "half: has no label in en",
        "other: State('毕') is no state of this workflow",
        "holds: both runs and pauses in 'begun'",
        "holds: longest_pause=-7 days, 0:00:00 must be positive, at most a hundred years",
        "lapses: fires 'finish', which does not start from 'rest'",
        "longest: longest_pause= without pauses=",
        "longest: longest_pause=3 is no timedelta",
        "heard: acknowledged_by=<event key_loan.expire> is no event of this workflow",
        "rungs, rung 0: 'u1' is no Rung",
        "rungs, rung 1: needs share= or offset=, one of them",
        "rungs, rung 2: needs share= or offset=, one of them",
        "rungs, rung 3: share=0.5 is not exact; write it as text: '0.8'",
        "rungs, rung 4: share='half' is not exact; write it as text: '0.8'",
        "rungs, rung 5: share=-1 must be positive, and at most 100",
        "rungs, rung 6: offset=3 is no timedelta",
        f"rungs, rung 7: offset={10**5 * WEEK} is more than a hundred years",
        "rungs, rung 8: tells nobody; give to=",
        "rungs, rung 9: to='' is neither a Role nor text",
        "rungs, rung 9: to=3 is neither a Role nor text",
    ]


def test_a_function_of_the_settings_gives_a_calendar_or_says_that_it_is_open():
    def chosen(function: Any) -> Any:
        class Timed(Flow):
            with_settings = Settings(Chosen)
            late = Deadline(
                Flow.begun, after=WEEK, unit="service", calendar=function, fires=Flow.finish
            )

        return Timed.spec.deadlines["late"]

    assert chosen(lambda settings: OFFICE).measure is OFFICE
    open_yet = chosen(lambda settings: settings.calendar)
    assert (open_yet.measure, open_yet.lacks) == (
        None,
        "calendar= gives no ServiceCalendar; choose one",
    )
    assert faults_of(lambda: chosen(lambda settings: 3)) == [
        "Timed.late, calendar: 3 is no ServiceCalendar"
    ]
    (problem,) = faults_of(lambda: chosen(lambda settings: settings.nothing))
    assert "its function raised AttributeError" in problem


class Urged(KeyLoan):
    """Counts from events."""

    unheard = Deadline(KeyLoan.remind, after=WEEK, until=KeyLoan.give_back, zh="未应", en="Unheard")
    kept = Deadline([KeyLoan.lend, KeyLoan.expire], after=2 * WEEK, fires=KeyLoan.remind)


def test_a_deadline_may_count_from_events_and_runs_where_they_lead():
    unheard, kept = Urged.spec.deadlines.values()
    assert (unheard.begun_by, unheard.until) == (("remind",), {"give_back"})
    assert unheard.states == ("lent", "overdue")  # in place: where it may be taken
    assert (kept.begun_by, kept.within) == (("lend", "expire"), {"lent", "overdue"})


def test_what_counts_from_events_goes_to_json_and_back():
    definition = Urged.definition()
    assert Definition.from_json(definition.to_json()) == definition
    unheard, kept = definition.deadlines
    assert (unheard.begun_by, unheard.until) == (("remind",), ("give_back",))
    assert (kept.begun_by, kept.until, kept.states) == (("lend", "expire"), (), ("lent", "overdue"))
    assert Urged.with_settings(strict=True).definition().deadlines == definition.deadlines


def test_every_fault_of_what_counts_from_events_is_reported_at_once():
    def make() -> None:
        class Bad(Flow):
            rest = State(zh="歇", en="Rest")
            pause = Event(Flow.begun >> rest, zh="停", en="Pause")
            again = Event(rest >> Flow.begun, zh="续", en="Again")
            alien = Deadline(KeyLoan.expire, after=WEEK, fires=Flow.finish)
            mixed = Deadline([Flow.begun, Flow.begin], after=WEEK, fires=Flow.finish)
            ends = Deadline(Flow.begun, after=WEEK, until=again, fires=Flow.finish)
            other = Deadline(Flow.begin, after=WEEK, until=KeyLoan.expire, fires=Flow.finish)
            holds = Deadline([Flow.begin, pause], after=WEEK, pauses=rest, zh="停", en="Holds")
            start = Deadline([pause, again], after=WEEK, fires=Flow.finish)

    assert [problem.removeprefix("Bad.") for problem in faults_of(make)] == [
        "alien: <event key_loan.expire> is no event of this workflow",
        "mixed: counts from states and events; make a deadline of each",
        "ends: until= ends what an event began; this one ends as the case leaves its states",
        "other: until=<event key_loan.expire> is no event of this workflow",
        "holds: both runs and pauses in 'rest'",
        "start: fires 'finish', which does not start from 'rest'",
    ]
