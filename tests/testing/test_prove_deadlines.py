"""Deadlines in a proof: they come due as they do in an engine, and what they do is seen."""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from propflow import Engine
from propflow.decision.due import due
from propflow.definition import (
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Actor,
    Deadline,
    Event,
    Rung,
    Settings,
    State,
    Workflow,
    guard,
)
from propflow.definition.own_step import OWN_STEPS
from propflow.errors import InvalidTrial, ProofFailed
from propflow.storage import MemoryStore
from propflow.testing import (
    FakeClock,
    Monitor,
    Step,
    Suite,
    Transition,
    can_end,
    invariant,
    play,
    prove,
    suite_of,
)
from propflow.testing.exploring import Explorer
from propflow.testing.play import MOMENT
from propflow.testing.trial import trial_of
from tests.runtime.deadlines import DAY, HOUR, Chore
from tests.runtime.ladders import Mending, Mends, office

ANNA = Actor("anna")
CHORE = {"actors": [ANNA], "payloads": [Chore.open(place="roof")]}
MENDING = {
    "actors": [ANNA],
    "payloads": [
        Mends.report(),
        Mends.report(urgent=True),
        Mends.change(urgent=True),
        Mends.supervise(until=MOMENT + 30 * HOUR),
    ],
}


def chore_in_short(job):
    return job.locked, min(job.urged, 1)


def repair_in_short(repair):
    return repair.urgent, repair.until


def explored(workflow, given, abstract, **more):
    trial = trial_of(workflow, *given.values(), MOMENT, {}, deadlines=None, **more)
    explorer = Explorer(trial, abstract, (), 10_000, 200)
    return [*explorer.run()]


def in_an_engine(workflow, steps):
    """Return what an engine makes of some steps: its own steps are left out."""
    clock = FakeClock(MOMENT)
    engine = Engine(MemoryStore(), [workflow], clock=clock)
    case = None
    for step in steps:
        clock.turn(step.after)
        if step.deadline:
            sweep_until(engine, case, step.deadline)
            case = engine.get("case-1", workflow)
        elif case is None:
            case = engine.start(step.action, by=step.actor, id="case-1")
        else:
            case = engine.fire(case, step.action, by=step.actor)
    return case, [e for e in engine.history(case) if e.event not in OWN_STEPS]


def sweep_until(engine, case, deadline):
    """Sweep until a deadline has fired; nothing but rungs and what is refused may come before."""
    while True:
        sweep = engine.run_due(limit=1)
        assert sweep.fired or sweep.unfired
        entry = engine.history(case)[-1]
        if sweep.fired and entry.event not in OWN_STEPS:
            assert entry.key.startswith(f"propflow:deadline:{deadline}:")
            return


def without_places(entries):
    """Leave out what counts propflow's own steps, which a proof does not take."""
    return [attrs.evolve(entry, revision=0, key=None) for entry in entries]


@pytest.mark.parametrize("pauses", [{}, {"pauses": [HOUR], "within": 3 * HOUR}])
def test_every_case_of_a_proof_is_one_that_an_engine_has(pauses):
    nodes = explored(Chore, CHORE, chore_in_short, **pauses)
    assert any(step.deadline for node in nodes for step in node.steps())
    for node in nodes:
        case, entries = in_an_engine(Chore, node.steps())
        played = play(Chore, node.steps())
        assert [*played.entries] == entries
        assert (played.case, node.case, node.entry) == (case, case, entries[-1])


def test_every_case_with_ladders_and_calendars_is_one_that_an_engine_has():
    nodes = explored(Mends, MENDING, repair_in_short)
    assert {step.deadline for node in nodes for step in node.steps()} == {
        "",
        "resolution",
        "warranty",
        "quiet",
        "order",
    }
    inner = {node.before for node in nodes}
    for node in [node for node in nodes if node not in inner]:  # their histories have the others
        _, entries = in_an_engine(Mends, node.steps())
        played = play(Mends, node.steps())
        assert without_places(played.entries) == without_places(entries)
        assert node.entry == played.entries[-1]


def test_what_runs_on_a_case_is_what_its_history_says():
    for workflow, given, abstract in (
        (Chore, CHORE, chore_in_short),
        (Mends, MENDING, repair_in_short),
    ):
        for node in explored(workflow, given, abstract):
            played = [play(workflow, node.steps()[: n + 1]) for n in range(len(node.steps()))]
            data = [each.case.data for each in played]
            found = sorted(node.running, key=lambda each: each.deadline)
            every = due(workflow.spec, played[-1].entries, data)
            assert found == [each for each in every if "#" not in each.deadline]


def test_deadlines_and_rungs_that_came_are_counted():
    proof = prove(Chore, **CHORE, abstract=chore_in_short)
    assert (proof.due, proof.never_due) == (("urging", "giving_up", "closing"), ())
    assert (proof.never_fired, proof.never_reached) == ((), ())
    assert "25 of 25 transitions fired; 3 of 3 deadlines came due" in str(proof)
    proof = prove(Mends, **MENDING, abstract=repair_in_short)
    assert proof.never_due == ()
    assert {"response#0", "resolution", "resolution#2", "warranty#0"} <= {*proof.due}


def test_deadlines_may_be_left_out_and_then_no_time_passes():
    proof = prove(Lending, **LENDING, deadlines=())
    assert (proof.due, proof.never_due) == ((), ("reminding", "expiry", "expiry#0"))
    assert proof.never_reached == ("called_in",)
    assert "0 of 3 deadlines came due" in str(proof)
    assert "never due: expiry#0" in str(proof)
    assert Suite(Lending, **LENDING, deadlines=["reminding"]).prove().due == ("reminding",)


def test_a_deadline_that_lacks_its_calendar_comes_in_no_proof_as_in_no_engine():
    proof = prove(Mending, **MENDING, abstract=repair_in_short)
    assert proof.due == ("quiet", "order", "order#0")
    with pytest.raises(InvalidTrial) as raised:
        prove(Mending, **MENDING, deadlines=["resolution", "no_such"])
    first, second = raised.value.problems
    assert "calendar= gives no ServiceCalendar" in first.message
    assert "'no_such' is none; there is response, " in second.message


# Faults -----------------------------------------------------------------------------------------


@attrs.frozen
class Faults:
    on_hold_too: bool = False
    days: int = 7
    broken: bool = False


@attrs.frozen
class Loan:
    reminders: int = 0
    expired: bool = False


@guard(zh="未收回", en="it was not called in")
def not_expired(case, context):
    return not case.data.expired


def _days(data, settings):
    if settings.broken:
        raise ValueError("out of order")
    return settings.days * DAY


class Lending(Workflow[Loan]):
    with_settings = Settings(Faults)

    lent = State(zh="借出", en="Lent")
    disputed = State(zh="争议", en="In dispute")
    called_in = State(zh="收回中", en="Called in")
    returned = State(zh="归还", en="Returned", final=True)

    lend = Event(START >> lent, zh="借", en="Lend")
    dispute = Event(lent >> disputed, zh="争议", en="Dispute")
    settle = Event(disputed >> PREVIOUS, zh="了结", en="Settle")
    remind = Event(
        lent >> SAME,
        zh="催",
        en="Remind",
        by=SYSTEM,
        update=lambda case, payload, context: attrs.evolve(case.data, reminders=1),
    )
    expire = Event(
        [lent, disputed] >> called_in,
        zh="到期",
        en="Expire",
        by=SYSTEM,
        update=lambda case, payload, context: attrs.evolve(case.data, expired=True),
    )
    give_back = Event([lent, disputed] >> returned, zh="还", en="Give back", guards=[not_expired])
    fetch = Event(called_in >> returned, zh="取回", en="Fetch")

    reminding = Deadline(lent, after=5 * DAY, fires=remind, pauses=disputed)
    expiry = Deadline(
        lent, after=_days, fires=expire, pauses=disputed, rungs=[Rung(share="0.8", to="head")]
    )


class HoldLost(Lending):
    """Expires in a dispute, too."""

    name = "lending"
    version = 2
    expiry = Deadline([Lending.lent, Lending.disputed], after=_days, fires=Lending.expire)


Hasty = Lending.with_settings(days=4)
Broken = Lending.with_settings(broken=True)

LENDING = {"actors": [ANNA], "payloads": ()}


@invariant
def reminded_first(case):
    """Nothing is called in before somebody was reminded."""
    return case.state != "called_in" or case.data.reminders > 0


def _source(seen, entry):
    return entry.source if entry.event == "expire" else seen


not_in_dispute = Monitor("", _source, lambda source: source != "disputed", name="not_in_dispute")
CLAIMS = {"invariants": [reminded_first], "monitors": [not_in_dispute]}


def failure_of(workflow, **more):
    with pytest.raises(ProofFailed) as raised:
        prove(workflow, **(LENDING | CLAIMS | more))
    (failure,) = raised.value.failures
    return failure


def run_printed(script, *replaced):
    names = {}
    exec(script.as_pytest().replace(*replaced) if replaced else script.as_pytest(), names)  # noqa: S102 - our own output
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    test()


def test_without_a_fault_the_proof_holds_while_time_passes_and_while_it_does_not():
    proof = prove(Lending, **LENDING, **CLAIMS)
    assert [str(each) for each in proof.never_fired] == ["disputed --expire--> called_in"]
    assert proof.due == ("reminding", "expiry", "expiry#0")
    proof = prove(Lending, **LENDING, **CLAIMS, pauses=[3 * DAY, 9 * DAY], within=30 * DAY)
    assert [str(each) for each in proof.never_fired] == ["disputed --expire--> called_in"]


def test_a_limit_that_is_too_short_is_found_with_the_shortest_script():
    script = failure_of(Hasty).script
    assert str(script) == "lend (anna) → expire (SYSTEM, 4 days, 0:00:00 later, expiry is due)"
    assert script.steps[-1] == Step(
        Lending.action("expire"), SYSTEM, after=4 * DAY, deadline="expiry"
    )
    assert (
        "Step(Hasty.action('expire'), SYSTEM, after=timedelta(days=4), deadline='expiry')"
        in script.as_pytest()
    )
    with pytest.raises(AssertionError):
        run_printed(script)
    run_printed(script, "Hasty", "Lending")


def test_a_script_draws_the_waiting_and_the_firing():
    assert failure_of(Hasty).script.as_mermaid().splitlines()[-2:] == [
        "    a1->>case: expire(), 4 days, 0#58;00#58;00 later, expiry is due",
        "    Note over case: called_in",
    ]


def test_a_deadline_that_fires_on_hold_is_found():
    failure = failure_of(HoldLost, invariants=())
    assert [step.action.event for step in failure.script.steps] == ["lend", "dispute", "expire"]
    with pytest.raises(AssertionError):
        run_printed(failure.script)
    run_printed(failure.script, "HoldLost", "Lending")


def test_a_limit_that_breaks_is_found_where_it_is_asked_for():
    failures = failure_of(Broken)
    assert (failures.kind, failures.name, len(failures.script)) == ("broken", "lend", 1)
    with pytest.raises(Exception, match="after="):
        run_printed(failures.script)
    run_printed(failures.script, "Broken", "Lending")


def test_a_hold_stops_the_clock_and_it_goes_on_from_there():
    steps = [
        (Lending.lend(), ANNA),
        Step(Lending.dispute(), ANNA, after=6 * DAY),
        Step(Lending.settle(), ANNA, after=20 * DAY),
    ]
    fires = Step(Lending.action("expire"), SYSTEM, after=DAY, deadline="expiry")
    assert play(Lending, [*steps, fires]).case.state == "called_in"
    early = play(Lending, [*steps, attrs.evolve(fires, after=DAY - timedelta(microseconds=1))])
    assert [reason.code for reason in early.refused.reasons] == ["not_due"]
    assert (early.case.state, early.refused.reasons[0].zh) == ("lent", "“到期”未到期")


@pytest.mark.parametrize("deadline", ["reminding", "no_such", "expiry#0"])
def test_a_deadline_takes_its_own_event_and_no_other(deadline):
    step = Step(Lending.action("expire"), SYSTEM, after=30 * DAY, deadline=deadline)
    assert play(Lending, [(Lending.lend(), ANNA), step]).refused.event == "expire"


# What becomes of a case -------------------------------------------------------------------------


class Left(Workflow[Loan]):
    """Comes to its end only by a deadline, of which another version has none."""

    first = State(zh="一", en="First")
    last = State(zh="终", en="Last", final=True)
    open = Event(START >> first, zh="开", en="Open")
    end = Event(first >> last, zh="结", en="End", by=SYSTEM)
    ending = Deadline(first, after=100 * DAY, fires=end)


class Forgotten(Left):
    name = "left"
    version = 2
    ending = Deadline(Left.first, after=100 * DAY, zh="止", en="Ending")


def test_what_only_waits_for_a_deadline_is_no_dead_end():
    assert prove(Left, **LENDING).due == ("ending",)
    failure = failure_of(Forgotten)
    assert (failure.kind, failure.name) == ("dead end", "first")
    with pytest.raises(AssertionError):
        run_printed(failure.script)
    run_printed(failure.script, "Forgotten", "Left")


def test_whether_a_case_can_end_by_a_deadline_shows_in_its_history():
    opened = play(Left, [(Left.open(), ANNA)])
    assert can_end(Left, opened.case, **LENDING, history=opened.entries)
    assert not can_end(Left, opened.case, **LENDING)
    assert not can_end(Left, opened.case, **LENDING, history=opened.entries, deadlines=())


def test_later_than_the_last_moment_nothing_comes_due_and_nothing_is_stuck():
    proof = prove(Left, **LENDING, pauses=[DAY], within=5 * DAY)
    assert (proof.due, proof.never_reached) == ((), ("last",))


def _lift(case, payload, context):
    return attrs.evolve(case.data, expired=False)


class Blocked(Workflow[Loan]):
    """What is due first is refused until what is due later has come."""

    first = State(zh="一", en="First")
    last = State(zh="终", en="Last", final=True)
    open = Event(Loan, START >> first, zh="开", en="Open")
    end = Event(first >> last, zh="结", en="End", by=SYSTEM, guards=[not_expired])
    lift = Event(first >> SAME, zh="解", en="Lift", by=SYSTEM, update=_lift)
    ending = Deadline(first, after=DAY, fires=end)
    lifting = Deadline(first, after=3 * DAY, fires=lift)


def test_a_deadline_that_is_refused_holds_up_no_other_and_comes_late():
    given = {"actors": [ANNA], "payloads": [Blocked.open(expired=True)]}
    assert prove(Blocked, **given).due == ("ending", "lifting")
    (last,) = [n for n in explored(Blocked, given, lambda data: data) if n.case.state == "last"]
    assert [step.deadline for step in last.steps()] == ["", "lifting", "ending"]
    assert (last.entry.occurred_at - MOMENT, last.now - MOMENT, last.entry.late) == (
        DAY,
        3 * DAY,
        True,
    )
    assert play(Blocked, last.steps()).entries[-1] == last.entry


def test_who_comes_before_the_sweep_finds_the_deadline_open_and_it_fires_late():
    nodes = explored(Lending, LENDING, lambda data: data, pauses=[9 * DAY], within=9 * DAY)
    late = next(node for node in nodes if node.entry.late)
    assert [step.action.event for step in late.steps()] == ["lend", "dispute", "settle", "remind"]


class Ticking(Workflow[Loan]):
    here = State(zh="此", en="Here")
    there = State(zh="彼", en="There")
    last = State(zh="终", en="Last", final=True)
    open = Event(START >> here, zh="开", en="Open")
    go = Event(here >> there, zh="去", en="Go", by=SYSTEM)
    come = Event(there >> here, zh="来", en="Come")
    end = Event([here, there] >> last, zh="结", en="End", by=SYSTEM)
    going = Deadline(here, after=HOUR, fires=go)
    ending = Deadline([here, there], after=100 * DAY, fires=end)


class Stuck(Ticking):
    """Nothing but a deadline ends it, which is not tried."""

    name = "ticking"
    version = 2


def test_a_budget_names_the_deadline_whose_time_grows():
    failure = failure_of(Ticking, invariants=(), monitors=(), max_states=30)
    assert failure.name == "max_states"
    assert "what grows most is the time left of ending, with" in failure.says
    assert 'time_left="order" tells fewer times apart' in failure.says


def test_told_apart_by_their_order_deadlines_are_few():
    proof = prove(Ticking, **LENDING, time_left="order")
    assert (proof.due, proof.never_fired) == (
        ("going", "ending"),
        (Transition("end", "here", "last"),),  # it takes a hundred days to be there by then
    )
    assert Suite(Ticking, **LENDING, time_left="order").prove() == proof
    assert suite_of(Ticking).prove().due == proof.due
    exact = prove(Chore, **CHORE, abstract=chore_in_short)
    by_order = prove(Chore, **CHORE, abstract=chore_in_short, time_left="order")
    assert (by_order.fired, by_order.due) == (exact.fired, exact.due)
    assert by_order.states <= exact.states


def test_what_is_overdue_differs_from_what_is_to_come():
    given = {"actors": [ANNA], "payloads": [Blocked.open(expired=True)]}
    exact, by_order = (prove(Blocked, **given, time_left=each) for each in ("exact", "order"))
    assert exact == by_order


def test_how_times_are_told_apart_stands_in_the_script():
    assert "time_left" not in failure_of(Forgotten).script.as_pytest()
    script = failure_of(Stuck, time_left="order", deadlines=["going"]).script
    assert "time_left='order'," in script.as_pytest()
    assert "deadlines=['going']," in script.as_pytest()
    with pytest.raises(AssertionError):
        run_printed(script)


def test_what_is_due_at_one_moment_may_come_in_any_order():
    class AtOnce(Lending):
        name = "lending"
        version = 3
        reminding = Deadline(Lending.lent, after=7 * DAY, fires=Lending.remind)

    with pytest.raises(ProofFailed, match="reminded_first"):
        prove(AtOnce, **LENDING, invariants=[reminded_first])
    assert prove(AtOnce, **LENDING).due == ("reminding", "expiry", "expiry#0")


def test_where_the_calendar_ends_nothing_is_known_to_be_stuck():
    short = Mending.with_settings(calendar=office(last=date(2026, 1, 2)))
    proof = prove(short, actors=[ANNA], payloads=MENDING["payloads"], abstract=repair_in_short)
    assert {"response#0", "quiet"} <= {*proof.due}
    assert "warranty" in proof.never_due
