"""Plans decide as the `transitions` machine of the same definition does."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from propflow.decision import Plan, decide, plan_of, replay
from propflow.decision.plan import Move, compile_plan
from propflow.definition import ANY, PREVIOUS, SAME, START, Case, Event, State, Workflow
from tests.decision.comparison import action_of, walk
from tests.decision.drawn import ACTORS, NUMBERS, Board, Fired, Turn, table_guard, walks, workflows
from tests.decision.steps import NOON

OPENINGS = ["begin", "o0"]


@st.composite
def walked(draw: st.DrawFn) -> tuple[type[Workflow[Board]], Fired, list[Fired]]:
    workflow = draw(workflows())
    openings = [name for name in OPENINGS if name in workflow.spec.events]
    start = Fired(draw(st.sampled_from(openings)), draw(st.integers(0, NUMBERS - 1)), ACTORS[0])
    return workflow, start, draw(walks(workflow))


@given(walked())
def test_plans_and_machines_agree_on_every_event(
    drawn: tuple[type[Workflow[Board]], Fired, list[Fired]],
):
    workflow, start, steps = drawn
    assert walk(plan_of(workflow), start, steps).difference is None


@given(walked())
def test_the_history_of_any_walk_leads_to_its_case(
    drawn: tuple[type[Workflow[Board]], Fired, list[Fired]],
):
    workflow, start, steps = drawn
    done = walk(plan_of(workflow), start, steps)
    assume(done.case is not None)
    assert replay(workflow, "c1", done.entries) == done.case
    assert [entry.revision for entry in done.entries] == list(range(1, len(done.entries) + 1))


@given(walked(), st.data())
def test_a_refusal_changes_nothing_and_an_answer_can_be_had_again(
    drawn: tuple[type[Workflow[Board]], Fired, list[Fired]], data: st.DataObject
):
    workflow, start, steps = drawn
    case = walk(plan_of(workflow), start, steps).case
    assume(case is not None)
    assert case is not None
    before = attrs.evolve(case)
    for fired in data.draw(walks(workflow, longest=5)):
        action = action_of(plan_of(workflow), fired)
        first, second = (decide(workflow, case, action, fired.actor, NOON) for _ in range(2))
        assert case == before
        if first.accepted:
            assert first == second
        else:
            assert first.reasons == second.reasons
            assert first.reasons
            assert not hasattr(first, "case")


HIGH = table_guard("high", [False, False, True, True], sees_payload=True)
ODD = table_guard("odd", [False, True, False, True], sees_payload=True)


class Fixed(Workflow[Board]):
    """Has one of everything that a plan could get wrong."""

    calm = State(zh="静", en="Calm")
    busy = State(zh="忙", en="Busy")
    low = State(zh="低", en="Low", within=busy, initial=True)
    top = State(zh="高", en="Top", within=busy)
    held = State(zh="停", en="Held")
    done = State(zh="完", en="Done", final=True)

    begin = Event(Turn, START >> calm, zh="始", en="Begin")
    go = Event(
        Turn,
        (calm >> busy).when(HIGH),
        (calm >> top).when(ODD),
        busy >> calm,
        zh="走",
        en="Go",
    )
    rise = Event(Turn, low >> top, zh="升", en="Rise", guards=[ODD])
    note = Event([calm, busy] >> SAME, zh="记", en="Note")
    hold = Event([calm, busy] >> held, zh="停", en="Hold")
    resume = Event(held >> PREVIOUS, zh="续", en="Resume")
    finish = Event(Turn, (ANY >> done).when(HIGH, ODD), zh="终", en="Finish")
    reopen = Event(done >> calm, zh="重", en="Reopen")


def long_walk() -> list[Fired]:
    chosen = random.Random(7)
    events = list(Fixed.spec.events)
    return [
        Fired(chosen.choice(events), chosen.randrange(NUMBERS), ACTORS[0]) for _ in range(1_500)
    ]


def difference(plan: Plan[Any]) -> str | None:
    return walk(plan, Fired("begin", 0, ACTORS[0]), long_walk()).difference


def with_moves(
    event: str, state: str, change: Callable[[tuple[Move, ...]], tuple[Move, ...]]
) -> Plan[Any]:
    """Return the plan with other moves of one event in one state."""
    plan = compile_plan(Fixed.spec)
    moves = dict(plan.events[event].moves)
    moves[state] = change(moves[state])
    if not moves[state]:
        del moves[state]
    return attrs.evolve(
        plan, events={**plan.events, event: attrs.evolve(plan.events[event], moves=moves)}
    )


def test_a_sound_plan_passes_the_comparison():
    assert difference(compile_plan(Fixed.spec)) is None
    assert difference(with_moves("go", "calm", lambda moves: moves)) is None


FAULTS: dict[str, tuple[str, str, Callable[[tuple[Move, ...]], tuple[Move, ...]]]] = {
    "wrong target": ("go", "calm", lambda m: (attrs.evolve(m[0], target="held"), *m[1:])),
    "parent's target": ("go", "calm", lambda m: (attrs.evolve(m[0], target="top"), *m[1:])),
    "moves in place": ("note", "top", lambda m: (attrs.evolve(m[0], target="low"),)),
    "dropped guard": ("go", "calm", lambda m: (attrs.evolve(m[0], guards=()), *m[1:])),
    "one guard of two": ("finish", "low", lambda m: (attrs.evolve(m[0], guards=m[0].guards[:1]),)),
    "swapped order": ("go", "calm", lambda m: (m[1], m[0])),
    "dropped move": ("go", "calm", lambda m: m[:1]),
    "dropped state": ("hold", "top", lambda _: ()),
    "forgotten way back": (
        "resume",
        "held",
        lambda m: (attrs.evolve(m[0], previous=None), *m[1:]),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_planted_in_a_plan_is_caught_by_the_comparison(fault: str):
    event, state, change = FAULTS[fault]
    found = difference(with_moves(event, state, change))
    assert found is not None
    assert f"event='{event}'" in found


@pytest.mark.parametrize(
    ("event", "change"),
    [
        ("rise", {"guards": ()}),
        ("rise", {"roles": frozenset({"nobody"})}),
    ],
)
def test_a_fault_planted_in_an_event_is_caught_by_the_comparison(
    event: str, change: dict[str, Any]
):
    plan = compile_plan(Fixed.spec)
    broken = attrs.evolve(plan.events[event], **change)
    found = difference(attrs.evolve(plan, events={**plan.events, event: broken}))
    assert found is not None
    assert f"event='{event}'" in found


def test_the_states_that_the_checks_take_for_entered_are_those_of_the_machine():
    assert Fixed.spec.tree.entered("busy") == "low"
    high = Case("c1", "calm", None, Board(), 1, "fixed", 1, NOON)
    answer = decide(Fixed, high, Fixed.go(2), ACTORS[0], NOON)
    assert answer.accepted
    assert answer.case.state == "low"
