"""A `transitions` machine becomes a workflow, and what it cannot carry is named at once."""

from __future__ import annotations

import pytest
from transitions import Machine
from transitions.extensions import HierarchicalMachine

from propflow.decision import plan_of
from propflow.decision.machine import host_machine
from propflow.definition import Actor, guard
from propflow.errors import FunctionRaised, InvalidDefinition
from propflow.testing import from_transitions, play, prove
from tests.testing.shows import Repair

ANNA = Actor("anna")


def door(**more):
    return Machine(
        model=None,
        states=["closed", "open", {"name": "gone", "final": True}],
        transitions=[
            ["push", "closed", "open"],
            ["pull", "open", "closed"],
            ["knock", "closed", None],
            ["again", "open", "="],
            ["break_down", ["closed", "open"], "gone"],
        ],
        initial="closed",
        **more,
    )


def test_states_and_transitions_are_carried_over():
    read = from_transitions(door(), name="front_door")
    workflow = read.workflow
    assert (workflow.spec.name, workflow.__name__) == ("front_door", "FrontDoor")
    events = ["open_case", "push", "pull", "knock", "again", "break_down", "knock", "pull"]
    assert [problem.where for problem in read.left_out] == ["labels", "data", "roles"]
    steps = [(workflow.action(event), ANNA) for event in ["open_case", "push", "pull", "knock"]]
    assert [entry.target for entry in play(workflow, steps).entries] == [
        *("closed", "open", "closed", "closed"),
    ]
    proof = prove(workflow, actors=[ANNA], payloads=())
    assert proof.never_fired == ()
    assert {each.event for each in proof.fired} == set(events)


@guard(zh="天亮", en="it is light")
def light(_case, _context):
    return True


def careful():
    machine = door(
        before_state_change="log",
        send_event=True,
        queued=True,
        ignore_invalid_triggers=True,
    )
    machine.add_transition(
        "sneak", "closed", "open", conditions="is_dark", unless=["is_light"], before="tiptoe"
    )
    machine.states["open"].add_callback("enter", "let_cold_in")
    return machine


def test_everything_that_is_left_out_is_named_at_once():
    read = from_transitions(careful(), name="door")
    assert [f"{problem.where}: {problem.message}" for problem in read.left_out][3:] == [
        "before_state_change: log runs before every step; write it as an update or an effect",
        "ignore_invalid_triggers: a step that is not open is refused, not ignored",
        "queued: a step that follows is an effect: StartCase, FireCase",
        "closed: ignores steps that are not open; here they are refused",
        "open.on_enter: let_cold_in runs on entering it; write it as an effect of the events",
        "open: ignores steps that are not open; here they are refused",
        "gone: ignores steps that are not open; here they are refused",
        "closed --sneak--> open: before: tiptoe; write it as an update or an effect",
        "closed --sneak--> open: the condition 'is_dark' raises until it is written as a guard",
        (
            "closed --sneak--> open: the condition 'not is_light' "
            "raises until it is written as a guard"
        ),
    ]


def test_a_condition_raises_until_it_is_written_as_a_guard():
    workflow = from_transitions(careful(), name="door").workflow
    steps = [(workflow.action("open_case"), ANNA), (workflow.action("sneak"), ANNA)]
    with pytest.raises(FunctionRaised, match="is_dark"):
        play(workflow, steps)
    written = from_transitions(
        careful(), name="door", guards={"is_dark": light, "not is_light": light}
    )
    workflow = written.workflow
    steps = [(workflow.action("open_case"), ANNA), (workflow.action("sneak"), ANNA)]
    assert play(workflow, steps).case.state == "open"
    assert not any("condition" in problem.message for problem in written.left_out)


def test_states_that_nest_stay_nested():
    machine = HierarchicalMachine(
        model=None,
        states=[
            "closed",
            {"name": "open", "initial": "wide", "children": ["wide", "ajar"]},
            "gone",
        ],
        transitions=[
            ["push", "closed", "open"],
            ["lean", "open_wide", "open_ajar"],
            ["pull", "open", "closed"],
            ["break_down", "open", "gone"],
        ],
        initial="closed",
    )
    read = from_transitions(machine, name="door")
    spec = read.workflow.spec
    assert spec.states["open_wide"].within is spec.states["open"]
    assert spec.states["open_wide"].initial
    moves = plan_of(read.workflow).events["pull"].moves
    assert {state: move.target for state, (move,) in moves.items()} == {
        "open_wide": "closed",
        "open_ajar": "closed",
    }
    assert spec.states["gone"].final
    assert not spec.states["open_ajar"].final


def test_names_that_cannot_stay_are_changed_and_said():
    machine = Machine(
        model=None,
        states=["on hold", "version", "done"],
        transitions=[["done", "on hold", "version"], ["import", "version", "done"]],
        initial="on hold",
    )
    read = from_transitions(machine, name="odd")
    assert {*read.workflow.spec.states} == {"on_hold", "version_", "done"}
    assert {*read.workflow.spec.events} == {"open_case", "do_done", "import_"}
    assert [problem.where for problem in read.left_out][:4] == [
        *("on hold", "version", "done", "import"),
    ]


def test_what_cannot_work_is_refused_with_every_place():
    machine = Machine(
        model=None,
        states=["a", "b", "c"],
        transitions=[["go", "a", "b"], ["back", "b", "a"]],
        initial="a",
    )
    with pytest.raises(InvalidDefinition, match="c"):
        from_transitions(machine, name="odd")


def test_a_machine_of_propflow_comes_back_as_it_was():
    machine = host_machine(Repair.spec)
    read = from_transitions(machine, name="repair")
    assert next(problem.where for problem in read.left_out) == "START"  # is called start here
    plan, before = plan_of(read.workflow), plan_of(Repair)
    for name, event in before.events.items():
        found = plan.events[name].moves
        assert {s: [m.target for m in ms] for s, ms in found.items()} == {
            s.lower(): [m.target for m in ms] for s, ms in event.moves.items()
        }
