"""The proof: five planted faults are found with shortest scripts, and budgets name what grows."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import NamedTuple

import attrs
import pytest

from propflow.decision import Accepted, decide, new_case, plan_of
from propflow.definition import PREVIOUS, SAME, START, SYSTEM, Event, Fact, State, Workflow, guard
from propflow.errors import InvalidTrial, NaiveDatetime, ProofFailed
from propflow.storage import MemoryStore
from propflow.testing import (
    Monitor,
    Transition,
    can_end,
    invariant,
    open_only_to,
    prove,
    stateful,
    walk,
)
from tests.testing import shows
from tests.testing.shows import ACTORS, CHIEF, CLERK, INVARIANTS, PAYLOADS, Faulty, Repair

FAULTS = {
    "missing_guard": ("work_is_priced", 4),
    "missing_four_eyes": ("four_eyes", 8),
    "hold_restarts": ("within_two_days", 9),
    "grown_points": ("points_are_capped", 10),
    "off_by_one": ("holds_are_limited", 11),
}


DAY = timedelta(days=1)
TIMED = {"hold_restarts": {"pauses": [DAY, 2 * DAY], "within": 4 * DAY}}


def proved(workflow, **more):
    given = {
        "actors": ACTORS,
        "payloads": PAYLOADS,
        "invariants": INVARIANTS,
        "monitors": shows.MONITORS,
    }
    return prove(workflow, **(given | more))


def walked(workflow, **more):
    return stateful(workflow, store=MemoryStore, actors=ACTORS, payloads=PAYLOADS, **more)


def walking(workflow, **more):
    return walk(workflow, [], store=MemoryStore, **more)


def failures_of(workflow, **more):
    with pytest.raises(ProofFailed) as raised:
        proved(workflow, **more)
    return {failure.name: failure for failure in raised.value.failures}


def shortest_by_brute_force(workflow, holds, most):
    """Return the length of the shortest history that breaks something, without the explorer.

    It goes through all histories, one length after another, and forgets nothing but repetitions
    of the very same case and history of signing.
    """
    plan = plan_of(workflow)
    actions = [*PAYLOADS, *(Repair.action(n) for n in plan.events if n != "ask")]
    openings = [new_case(plan, a, case_id="c", opened_at=NOON) for a in PAYLOADS]
    level = {(case, ()) for case in openings}
    for length in range(1, most + 1):
        after = set()
        for (case, entries), action, actor in product(level, actions, ACTORS):
            answer = decide(workflow, case, action, actor, NOON)
            if isinstance(answer, Accepted):
                kept = (*entries, answer.entry) if action.event in {"begin", "sign"} else entries
                if not holds(answer.case, kept):
                    return length
                after.add((attrs.evolve(answer.case, revision=0), kept))
        level = after
    return None


NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


def test_the_workflow_is_as_large_as_it_is_said_to_be():
    transitions = [t for e in Repair.spec.events.values() for t in e.transitions]
    assert (len(Repair.spec.states), len(transitions)) == (11, 19)


def test_without_a_fault_the_proof_holds_and_says_what_it_went_through():
    proof = proved(Repair)
    assert len(proof.fired) == 18
    assert proof.never_fired == (Transition("assign", "checked", "assigned"),)
    assert proof.never_reached == ()
    assert f"proved over {proof.states} states" in str(proof)
    assert "never fired: checked --assign--> assigned" in str(proof)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_alone_is_found_at_its_depth_and_nothing_else(fault):
    name, depth = FAULTS[fault]
    found = failures_of(Repair.with_settings(**{fault: True}), **TIMED.get(fault, {}))
    assert {each: len(failure.script) for each, failure in found.items()} == {name: depth}


@pytest.mark.parametrize("fault", ["missing_guard", "missing_four_eyes"])
def test_no_shorter_script_exists(fault):
    name, depth = FAULTS[fault]

    def holds(case, entries):
        if name == "four_eyes":
            return shows.four_eyes.check(entries) is None
        return getattr(shows, name).holds(case)

    workflow = Repair.with_settings(**{fault: True})
    assert shortest_by_brute_force(workflow, holds, depth) == depth


def test_all_five_faults_are_found_at_once():
    found = failures_of(Faulty, **TIMED["hold_restarts"])
    assert {name: len(failure.script) for name, failure in found.items()} == {
        "work_is_priced": 4,
        "four_eyes": 6,
        "within_two_days": 7,
        "points_are_capped": 8,
        "holds_are_limited": 9,
    }


def test_every_script_leads_where_it_says():
    for failure in failures_of(Faulty).values():
        played = failure.script.play()
        assert played.refused is None
        assert not played.keeps(failure.script.claim)
        shorter = attrs.evolve(failure.script, steps=failure.script.steps[:-1])
        assert shorter.play().keeps(failure.script.claim)


def test_every_script_is_a_test_that_runs_as_it_stands():
    for failure in failures_of(Faulty).values():
        text = failure.script.as_pytest()
        names = {}
        exec(text, names)  # noqa: S102 - our own output
        (test,) = [value for name, value in names.items() if name.startswith("test_")]
        with pytest.raises(AssertionError):
            test()
        mended = {}
        exec(text.replace("Faulty", "Repair"), mended)  # noqa: S102 - likewise
        mended[test.__name__]()


def test_a_script_is_drawn_as_a_sequence():
    text = failures_of(Faulty)["work_is_priced"].script.as_mermaid()
    assert text.splitlines() == [
        "sequenceDiagram",
        "    actor a0 as clerk-1",
        "    actor a1 as chief-1",
        "    actor a2 as worker-1",
        "    participant case as repair",
        "    a0->>case: ask(what='tap')",
        "    Note over case: asked",
        "    a0->>case: check()",
        "    Note over case: checked",
        "    a1->>case: assign()",
        "    Note over case: assigned",
        "    a2->>case: begin()",
        "    Note over case: working",
    ]


# Time that passes -------------------------------------------------------------------------------


def test_without_a_fault_the_proof_holds_whenever_the_steps_are_taken():
    proof = proved(Repair, **TIMED["hold_restarts"])
    assert proof.never_reached == ()
    assert proof.states > proved(Repair).states


def test_a_fault_of_time_is_found_only_where_time_passes():
    workflow = Repair.with_settings(hold_restarts=True)
    assert proved(workflow).never_reached == ()
    with pytest.raises(ProofFailed):
        proved(workflow, pauses=[DAY], within=3 * DAY)
    assert proved(workflow, pauses=[DAY], within=2 * DAY).never_reached == ()


def test_a_script_says_how_much_time_passes_and_runs_as_it_stands():
    workflow = Faulty
    found = failures_of(workflow, invariants=(), **TIMED["hold_restarts"])["within_two_days"]
    script = found.script
    assert sum((step.after for step in script.steps), timedelta(0)) > 2 * DAY
    assert "2 days, 0:00:00 later" in str(script)
    assert "2 days, 0#58;00#58;00 later" in script.as_mermaid()
    text = script.as_pytest()
    assert "after=timedelta(days=2)" in text
    names = {}
    exec(text, names)  # noqa: S102 - our own output
    with pytest.raises(AssertionError):
        names["test_repair_within_two_days"]()
    mended = {}
    exec(text.replace("Faulty", "Repair"), mended)  # noqa: S102 - likewise
    mended["test_repair_within_two_days"]()


@attrs.frozen
class Count:
    number: int = 0


@guard(zh="已过三天", en="three days are over")
def three_days_over(case, context):
    return context.now - case.opened_at >= 3 * DAY


@guard(zh="三天之内", en="three days are not over")
def three_days_left(case, context):
    return not three_days_over(case, context)


class Waiting(Workflow[Count]):
    first = State(zh="一", en="First")
    last = State(zh="终", en="Last", final=True)
    open = Event(START >> first, zh="开", en="Open")
    end = Event(first >> last, zh="结", en="End", guards=[three_days_over])


class Missed(Workflow[Count]):
    first = State(zh="一", en="First")
    second = State(zh="二", en="Second")
    last = State(zh="终", en="Last", final=True)
    open = Event(START >> first, zh="开", en="Open")
    on = Event(first >> second, zh="进", en="On")
    end = Event(second >> last, zh="结", en="End", guards=[three_days_left])


BARE = {"payloads": (), "invariants": (), "monitors": ()}


def test_what_only_waits_is_no_dead_end():
    assert failures_of(Waiting, **BARE).keys() == {"first"}
    assert proved(Waiting, **BARE, pauses=[3 * DAY]).never_fired == ()
    assert proved(Waiting, **BARE, pauses=[DAY, 3 * DAY], within=2 * DAY).never_reached == ("last",)


def test_a_case_that_can_end_no_more_says_when():
    failure = failures_of(Missed, **BARE, pauses=[3 * DAY], within=7 * DAY)["second"]
    assert [step.after for step in failure.script.steps] == [timedelta(0), 3 * DAY]
    names = {}
    exec(failure.script.as_pytest(), names)  # noqa: S102 - our own output
    with pytest.raises(AssertionError):
        names["test_missed_can_end"]()


def test_no_time_and_time_that_runs_back_are_no_pauses():
    with pytest.raises(InvalidTrial) as raised:
        proved(Repair, pauses=[DAY, timedelta(0), -DAY])
    assert [problem.where for problem in raised.value.problems] == ["pauses[1]", "pauses[2]"]


# Cases that cannot end --------------------------------------------------------------------------


@guard(zh="从不", en="never")
def never(_case, _context):
    return False


def _more(case, _payload, _context):
    return Count(case.data.number + 1)


class Stuck(Workflow[Count]):
    first = State(zh="一", en="First")
    second = State(zh="二", en="Second")
    third = State(zh="三", en="Third")
    last = State(zh="终", en="Last", final=True)
    open = Event(START >> first, zh="开", en="Open")
    on = Event(first >> second, zh="进", en="On")
    around = Event(first >> third, third >> SAME, zh="转", en="Around", update=_more)
    end = Event([first, second, third] >> last, zh="结", en="End", guards=[never])


class Circle(Workflow[Count]):
    first = State(zh="一", en="First")
    second = State(zh="二", en="Second")
    last = State(zh="终", en="Last", final=True)
    open = Event(START >> first, zh="开", en="Open")
    on = Event(first >> second, zh="进", en="On")
    back = Event(second >> PREVIOUS, zh="回", en="Back")
    end = Event(second >> last, zh="结", en="End", guards=[never])


def test_a_state_without_a_way_out_is_a_dead_end():
    found = failures_of(
        Stuck, payloads=(), invariants=(), monitors=(), abstract=lambda data: min(data.number, 2)
    )
    assert {(f.kind, f.name, len(f.script)) for f in found.values()} == {
        ("dead end", "second", 2),
        ("dead end", "third", 3),
    }


def test_a_circle_without_a_way_out_is_no_end():
    found = failures_of(Circle, payloads=(), invariants=(), monitors=())
    assert {(f.kind, f.name, len(f.script)) for f in found.values()} == {("no end", "first", 1)}
    (failure,) = found.values()
    names = {}
    exec(failure.script.as_pytest(), names)  # noqa: S102 - our own output
    with pytest.raises(AssertionError):
        names["test_circle_can_end"]()


def test_a_case_that_can_end_is_told_from_one_that_cannot():
    opened = failures_of(Circle, payloads=(), invariants=(), monitors=())["first"].script.play()
    assert not can_end(Circle, opened.case, actors=[CLERK], payloads=())
    asked = failures_of(Faulty)["work_is_priced"].script.play()
    assert can_end(Faulty, asked.case, actors=ACTORS, payloads=PAYLOADS)
    ended = attrs.evolve(asked.case, state="closed")
    assert can_end(Faulty, ended, actors=[CLERK], payloads=PAYLOADS)


# Budgets ----------------------------------------------------------------------------------------


class Number(NamedTuple):
    nothing: int
    number: int


class Endless(Workflow[Count]):
    first = State(zh="一", en="First")
    last = State(zh="终", en="Last", final=True)
    open = Event(START >> first, zh="开", en="Open")
    more = Event(first >> SAME, zh="加", en="More", update=_more)
    end = Event(first >> last, zh="结", en="End")


@pytest.mark.parametrize("budget", ["max_states", "max_depth"])
@pytest.mark.parametrize(
    ("more", "culprit"),
    [
        ({}, "number"),
        ({"abstract": lambda data: (data.number % 2, data.number)}, "abstract[1]"),
        ({"abstract": lambda data: data.number}, "abstract"),
        ({"abstract": lambda data: Number(0, data.number)}, "number"),
        (
            {
                "abstract": lambda data: 0,
                "monitors": [Monitor(0, lambda n, _: n + 1, lambda n: True, name="counts")],
            },
            "the monitor counts",
        ),
    ],
)
def test_a_budget_that_is_hit_names_what_grows(budget, more, culprit):
    given = {"payloads": (), "invariants": (), "monitors": (), budget: 30}
    found = failures_of(Endless, **(given | more))
    assert found.keys() == {budget}
    assert found[budget].kind == "budget"
    assert f"{budget}=30" in found[budget].says
    assert f"what grows most is {culprit}, with" in found[budget].says


def test_a_budget_that_is_too_small_names_the_state_where_nothing_else_is_told_apart():
    given = {"payloads": (), "invariants": (), "monitors": (), "max_states": 1}
    found = failures_of(Circle, **given, abstract=lambda data: ())
    assert "what grows most is the state, with 1 values" in found["max_states"].says


def test_a_budget_stops_where_it_says():
    proof = proved(
        Endless, payloads=(), invariants=(), monitors=(), abstract=lambda d: min(d.number, 3)
    )
    exact = {"max_states": proof.states, "max_depth": proof.depth}
    for name, value in exact.items():
        given = {"payloads": (), "invariants": (), "monitors": ()}
        given["abstract"] = lambda d: min(d.number, 3)
        assert proved(Endless, **given, **{name: value}) == proof
        assert failures_of(Endless, **given, **{name: value - 1}).keys() == {name}


# What is tried ----------------------------------------------------------------------------------


def test_everything_that_does_not_fit_is_said_at_once():
    with pytest.raises(InvalidTrial) as raised:
        prove(Repair, actors=[], payloads=[Stuck.action("open")])
    assert [problem.where for problem in raised.value.problems] == ["actors", "payloads[0]", "ask"]


def test_what_is_no_actor_and_no_action_is_named_at_its_place():
    with pytest.raises(InvalidTrial) as raised:
        proved(Repair, actors=[*ACTORS, "u"], payloads=[*PAYLOADS, Repair.ask])
    assert [str(problem) for problem in raised.value.problems] == [
        f"actors[{len(ACTORS)}]: 'u' is no actor; give Actor(id, roles=[…])",
        f"payloads[{len(PAYLOADS)}]: {Repair.ask!r} is no action; call the event to make one",
    ]


@pytest.mark.parametrize("call", [proved, walked, walking])
def test_a_function_without_its_decorator_is_no_property(call):
    with pytest.raises(InvalidTrial) as raised:
        call(Repair, invariants=[*INVARIANTS, bool], monitors=[INVARIANTS[0]])
    assert [problem.where for problem in raised.value.problems] == [
        f"invariants[{len(INVARIANTS)}]",
        "monitors[0]",
    ]
    assert "decorate the function: @invariant" in raised.value.problems[0].message


def test_a_failure_is_told_in_the_number_that_it_has():
    with pytest.raises(ProofFailed, match=r": 1 of the properties does not hold\n"):
        proved(Endless, payloads=[], invariants=[], monitors=[], max_states=5)
    with pytest.raises(ProofFailed, match=r": [2-9] of the properties do not hold\n"):
        proved(Faulty)


def test_an_abstraction_must_be_hashable():
    with pytest.raises(InvalidTrial, match=r"abstract: .*unhashable"):
        proved(Repair, abstract=lambda data: [data.points])


def test_the_moment_must_say_its_offset():
    with pytest.raises(NaiveDatetime):
        proved(Repair, now=datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused


arrears = Fact("arrears")
ANSWERS = {"arrears": True}


@guard(zh="无欠费", en="nothing is owed")
def nothing_owed(_case, context):
    return not context.fact(arrears)


class Asking(Workflow[Count]):
    needs = (arrears,)
    first = State(zh="一", en="First")
    last = State(zh="终", en="Last", final=True)
    open = Event(START >> first, zh="开", en="Open")
    end = Event(first >> last, zh="结", en="End", guards=[nothing_owed], by=SYSTEM)


def test_facts_are_answered_and_stand_in_the_script():
    given = {"payloads": (), "invariants": (), "monitors": (), "actors": [SYSTEM]}
    assert proved(Asking, **given, facts={"arrears": False}).never_fired == ()
    found = failures_of(Asking, **given, facts=ANSWERS, now=NOON)
    text = found["first"].script.as_pytest()
    assert "facts=ANSWERS" in text
    assert "now=datetime.fromisoformat('2026-03-02T12:00:00+00:00')" in text
    names = {}
    exec(text, names)  # noqa: S102 - our own output
    with pytest.raises(AssertionError):
        names["test_asking_can_end"]()


def test_a_function_that_breaks_is_a_failure_with_its_script():
    found = failures_of(Asking, payloads=(), invariants=(), monitors=(), actors=[SYSTEM])
    assert found["end"].kind == "broken"
    assert "nothing_owed" in found["end"].says
    assert len(found["end"].script) == 2
    assert "test_asking_end_works" in found["end"].script.as_pytest()
    assert "Note over case: first" in found["end"].script.as_mermaid()


def test_roles_are_held_against_a_table_of_the_hosts():
    table = {"sign": [shows.chief], "drop": shows.clerk, "check": SYSTEM}
    found = failures_of(Repair, invariants=(), monitors=[open_only_to(table)])
    assert len(found["open_only_to"].script) == 2  # whoever checks is no system
    found = failures_of(Repair, invariants=(), monitors=[open_only_to({"sign": [shows.chief]})])
    last = found["open_only_to"].script.steps[-1]
    assert (last.action.event, last.actor.id) == ("sign", "worker-2")
    right = open_only_to({"sign": [shows.chief, shows.worker]})
    assert proved(Repair, monitors=[right]).never_reached == ()


def test_a_monitor_reads_any_history():
    entries = failures_of(Faulty)["four_eyes"].script.play().entries
    assert shows.four_eyes.check(entries) == entries[-1]
    assert shows.four_eyes.check(entries[:-1]) is None


def test_an_invariant_and_a_monitor_have_names():
    @invariant
    def unsaid(_case):
        return True

    assert (unsaid.name, unsaid.says) == ("unsaid", "unsaid")
    assert Monitor(0, lambda n, _: n, bool).name == "<lambda>"
    assert CHIEF in ACTORS


@attrs.frozen
class Named:
    name: str = attrs.field(validator=attrs.validators.min_len(1))


@attrs.frozen
class Naming:
    name: str


class Choosy(Workflow[Named]):
    first = State(zh="一", en="First")
    last = State(zh="终", en="Last", final=True)
    open = Event(Naming, START >> first, zh="开", en="Open")
    end = Event(first >> last, zh="结", en="End")


def test_a_payload_that_the_data_do_not_take_is_a_failure():
    given = {"invariants": (), "monitors": ()}
    assert proved(Choosy, payloads=[Choosy.open("a")], **given).states == 2
    found = failures_of(Choosy, payloads=[Choosy.open("a"), Choosy.open("")], **given)
    assert found.keys() == {"open"}
    assert (found["open"].kind, len(found["open"].script)) == ("broken", 1)
    assert "Named does not take it" in found["open"].says
