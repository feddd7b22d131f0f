"""What is due, from the history alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from propflow.decision.clocks import clocks
from propflow.decision.due import Due, changed, due, key_of, latest_run, part_of
from propflow.definition import SYSTEM, Actor, Entry
from tests.runtime.deadlines import DAY, HOUR, Chore
from tests.runtime.ladders import Mends
from tests.runtime.nags import Nagged

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SPEC = Chore.spec


def entry(revision: int, source: str, target: str, *, key: str | None = None, hours: int = 0):
    moment = NOON + timedelta(hours=revision)
    occurred_at = moment + timedelta(hours=hours)
    return Entry(Actor("w1"), "e", None, source, target, occurred_at, moment, revision, key)


OPENED = entry(1, "START", "waiting")
PLANNED = entry(2, "waiting", "planned")
URGING = Due("urging", 2, PLANNED.recorded_at + HOUR)
GIVING_UP = Due("giving_up", 2, PLANNED.recorded_at + DAY)


def test_nothing_is_due_before_a_state_with_a_deadline():
    assert due(SPEC, []) == ()
    assert due(SPEC, [OPENED]) == ()


def test_a_deadline_runs_from_the_entry_that_came_to_its_state():
    assert due(SPEC, [OPENED, PLANNED]) == (GIVING_UP, URGING)
    assert due(SPEC, [OPENED, PLANNED, entry(3, "planned", "planned")]) == (GIVING_UP, URGING)
    assert due(SPEC, [OPENED, PLANNED, entry(3, "planned", "started")]) == (GIVING_UP, URGING)


def test_it_ends_with_the_state_and_begins_anew_with_it():
    left = [OPENED, PLANNED, entry(3, "planned", "held")]
    assert due(SPEC, left) == ()
    (giving_up, urging) = due(SPEC, [*left, entry(4, "held", "planned")])
    assert (giving_up.since, urging.since) == (4, 4)
    assert urging.at == NOON + timedelta(hours=4) + HOUR


def test_a_deadline_that_fired_is_due_no_more():
    fired = entry(3, "planned", "planned", key=key_of("1", URGING))
    assert due(SPEC, [OPENED, PLANNED, fired]) == (GIVING_UP,)
    other = entry(3, "planned", "planned", key="a request of the host's")
    assert due(SPEC, [OPENED, PLANNED, other]) == (GIVING_UP, URGING)


def test_it_counts_from_when_it_happened_or_was_recorded_whichever_came_first():
    past = due(SPEC, [OPENED, entry(2, "waiting", "planned", hours=-5)])
    assert past[1].at == URGING.at - timedelta(hours=5)
    future = due(SPEC, [OPENED, entry(2, "waiting", "planned", hours=5)])
    assert future[1].at == URGING.at


def test_a_moment_after_the_end_of_time_is_the_end_of_time():
    last = datetime.max.replace(tzinfo=UTC)
    (giving_up, _) = due(SPEC, [Entry(SYSTEM, "e", None, "waiting", "planned", last, last, 1)])
    assert giving_up.at == last


def test_a_key_names_case_deadline_and_entry_and_fits():
    keys = {
        key_of(case_id, Due(name, since, NOON))
        for case_id in ("1", "2", "x" * 255, "y" * 255)
        for name in ("urging", "a" * 120)
        for since in (1, 2**31)
    }
    assert len(keys) == 16
    assert max(map(len, keys)) <= 255
    assert key_of("1", URGING) == "propflow:deadline:urging:2:1"


def test_a_part_of_a_deadline_has_a_name_of_its_own():
    spec = Mends.spec
    assert part_of(spec, "resolution") == (spec.deadlines["resolution"], None)
    assert part_of(spec, "resolution#2") == (spec.deadlines["resolution"], 2)
    for name in ("resolution#3", "response", "nothing", "nothing#0"):  # response fires no event
        assert part_of(spec, name) is None


def nagging(*steps: tuple[str, str]) -> list[Entry]:
    """A history of `Nagged` from (event, target), an hour apart."""
    entries = [Entry(SYSTEM, "ask", None, "START", "new", NOON, NOON, 1)]
    for revision, (event, target) in enumerate(steps, 2):
        moment = NOON + revision * HOUR
        source = entries[-1].target
        entries.append(Entry(SYSTEM, event, None, source, target, moment, moment, revision))
    return entries


def running(*steps: tuple[str, str]) -> dict[str, tuple[int, datetime]]:
    return {each.deadline: (each.since, each.at) for each in due(Nagged.spec, nagging(*steps))}


def test_what_counts_from_an_event_waits_for_it():
    assert running() == {"again": (1, NOON + 4 * HOUR)}
    moment = NOON + 2 * HOUR
    assert running(("urge", "new")) == {
        "again": (1, NOON + 4 * HOUR),
        "paused": (2, moment + 3 * HOUR),
        "unanswered#0": (2, moment + HOUR / 2),
    }


def test_it_goes_on_from_state_to_state_and_begins_anew_with_its_event():
    assert running(("urge", "new"), ("take", "taken"))["paused"][0] == 2
    assert running(("urge", "new"), ("note", "new"))["paused"][0] == 2
    again = running(("urge", "new"), ("take", "taken"), ("urge", "taken"))
    assert (again["paused"][0], again["unanswered#0"][0]) == (4, 4)


def test_it_ends_with_what_it_waits_for_and_with_its_states():
    assert list(running(("urge", "new"), ("answer", "new"))) == ["again"]
    assert running(("urge", "new"), ("finish", "done")) == {}
    assert running(("finish", "done"), ("reopen", "taken")) == {}  # nobody has asked again
    rested = running(("urge", "new"), ("rest", "rested"), ("wake", "new"))
    assert list(rested) == ["again", "paused"]  # `unanswered` does not pause there: it has ended
    assert rested["paused"][1] == NOON + 6 * HOUR


def test_its_clock_stops_where_the_case_stays():
    entries = nagging(("urge", "new"), ("answer", "new"))
    (unanswered, paused, again) = clocks(Nagged.spec, entries, (), NOON + 9 * HOUR)
    assert (unanswered.net, unanswered.over, unanswered.late) == (HOUR, True, False)
    assert (paused.net, paused.over) == (HOUR, True)
    assert (again.net, again.over, again.late) == (9 * HOUR, False, True)


def test_its_clock_on_hold_stops_with_what_it_waits_for():
    entries = nagging(("urge", "new"), ("rest", "rested"), ("answer", "rested"), ("note", "rested"))
    (paused,) = (
        c for c in clocks(Nagged.spec, entries, (), NOON + 9 * HOUR) if c.deadline == "paused"
    )
    assert (paused.net, paused.held, paused.over, paused.on_hold) == (HOUR, HOUR, True, False)


def test_what_begins_it_anew_may_be_its_own_event():
    fired = Entry(
        SYSTEM, "nag", None, "new", "new", NOON, NOON, 2, key_of("1", Due("again", 1, NOON))
    )
    (again,) = due(Nagged.spec, [*nagging(), fired])
    assert (again.since, again.at) == (2, NOON + 4 * HOUR)


# A row that its host has moved -------------------------------------------------------------------


def test_a_step_from_elsewhere_ends_what_ran_and_begins_what_runs_there():
    away = entry(3, "held", "held")
    assert due(SPEC, [OPENED, PLANNED, away]) == ()
    back = entry(4, "started", "started")
    (giving_up, urging) = due(SPEC, [OPENED, PLANNED, away, back])
    assert (giving_up.since, urging.since) == (4, 4)
    within = entry(3, "started", "started")
    assert due(SPEC, [OPENED, PLANNED, within]) == (GIVING_UP, URGING)
    found = entry(2, "planned", "planned")
    assert [each.since for each in due(SPEC, [OPENED, found])] == [2, 2]


def test_a_step_changes_by_where_the_last_one_left_the_case():
    names = ("urging", "giving_up")
    assert changed(SPEC, entry(3, "held", "held"), "planned") == ((), names)
    assert changed(SPEC, entry(3, "held", "held")) == ((), ())
    begun, ended = changed(SPEC, entry(3, "planned", "planned"), "held")
    assert (sorted(each.deadline for each in begun), ended) == (sorted(names), ())
    assert changed(SPEC, entry(3, "started", "planned"), "planned") == ((), ())


def test_what_the_host_ended_has_no_clock_and_no_run():
    history = [OPENED, PLANNED]
    now = NOON + DAY
    deadline = SPEC.deadlines["urging"]
    assert [each.deadline for each in clocks(SPEC, history, (), now)] == ["urging", "giving_up"]
    assert clocks(SPEC, history, (), now, "held") == ()
    assert len(clocks(SPEC, history, (), now, "started")) == 2
    assert latest_run(SPEC, deadline, history, (), "held") is None
    assert latest_run(SPEC, deadline, [*history, entry(3, "held", "held")], ()) is None
    left = [*history, entry(3, "planned", "held")]
    ended = latest_run(SPEC, deadline, left, (), "waiting")
    assert ended is not None
    assert ended.over
