"""The machine that a host gets: for diagrams, and for objects of its own."""

from __future__ import annotations

from typing import Any

import pytest
from transitions import MachineError
from transitions.extensions.nesting import HierarchicalMachine

from propflow.decision.machine import host_machine
from propflow.definition import SYSTEM, Actor, Context
from tests.decision.drawn import player
from tests.decision.steps import ANYONE, HEAD, KEEPER, NOON
from tests.decision.test_decide import Exam, Points
from tests.definition.flows import Flow
from tests.definition.loans import KeyLoan, Loan, LoanSettings, Return


class Key:
    """An object of the host's own, with the attributes of a case that guards read."""

    state: str
    previous: str | None = None

    def __init__(self, data: Any = None) -> None:
        self.data = data or Loan("B1", "u7")


def thing_in(state: str, *, workflow: Any = KeyLoan, data: Any = None) -> Any:
    thing = Key(data)
    host_machine(workflow.spec).add_model(thing, initial=state)
    return thing


def by(actor: Actor) -> Context:
    return Context(actor, NOON, NOON, settings=LoanSettings())


def test_a_thing_gets_a_method_for_each_event_and_moves_by_it():
    key = thing_in("START")
    assert key.request(context=by(ANYONE), payload=None)
    assert key.state == "requested"
    assert key.lend(context=by(KEEPER))
    assert key.state == "out/lent"
    assert key.expire(context=by(SYSTEM))
    assert key.state == "out/overdue"
    assert key.give_back(context=by(KEEPER), payload=Return("good"))
    assert key.state == "returned"


def test_a_new_thing_is_before_its_opening():
    key = Key()
    host_machine(KeyLoan.spec).add_model(key)
    assert key.state == "START"


@pytest.mark.parametrize(
    ("actor", "moves"), [(KEEPER, True), (ANYONE, False), (HEAD, False), (SYSTEM, False)]
)
def test_roles_are_asked(actor: Actor, moves: object):
    key = thing_in("requested")
    assert key.lend(context=by(actor)) is moves
    assert key.state == ("out/lent" if moves else "requested")


def test_the_system_is_asked_for_where_an_event_names_it():
    assert thing_in("out/lent").remind(context=by(SYSTEM)) is True
    assert thing_in("out/lent").remind(context=by(KEEPER)) is True
    assert thing_in("out/lent").remind(context=by(ANYONE)) is False
    assert thing_in("out/lent").expire(context=by(Actor("x", [player, "SYSTEM"]))) is False


@pytest.mark.parametrize(("borrower", "moves"), [("u7", True), ("k1", False)])
def test_guards_are_asked(borrower: str, moves: object):
    key = thing_in("requested", data=Loan("B1", borrower))
    assert key.lend(context=by(KEEPER)) is moves


@pytest.mark.parametrize(("condition", "moves"), [("good", True), ("", False)])
def test_guards_see_the_payload(condition: str, moves: object):
    key = thing_in("out/lent")
    assert key.give_back(context=by(KEEPER), payload=Return(condition)) is moves


@pytest.mark.parametrize(
    ("points", "state"), [(95, "praise"), (60, "ok"), (10, "sat"), (-1, "sat")]
)
def test_guards_of_one_transition_choose_among_several(points: int, state: str):
    exam = thing_in("sat", workflow=Exam)
    assert exam.grade(context=by(ANYONE), payload=Points(points)) is (state != "sat")
    assert exam.state == state


@pytest.mark.parametrize(("previous", "state"), [("lent", "out/lent"), ("requested", "requested")])
def test_a_way_back_is_found_by_what_the_thing_remembers(previous: str, state: str):
    key = thing_in("held")
    assert key.resume(context=by(HEAD)) is False
    key.previous = previous
    assert key.resume(context=by(HEAD)) is True
    assert key.state == state


def test_acting_in_place_leaves_the_thing_where_it_is():
    key = thing_in("out/overdue")
    assert key.remind(context=by(KEEPER)) is True
    assert key.state == "out/overdue"


def test_an_event_of_another_state_is_an_error_of_the_machine():
    with pytest.raises(MachineError, match="lend"):
        thing_in("returned").lend(context=by(KEEPER))


def test_a_machine_is_hierarchical_where_states_nest():
    assert isinstance(host_machine(KeyLoan.spec), HierarchicalMachine)
    assert not isinstance(host_machine(Flow.spec), HierarchicalMachine)


def test_a_machine_knows_final_states_and_draws_no_events_of_its_own():
    machine = host_machine(KeyLoan.spec)
    assert {name for name in machine.states if machine.get_state(name).final} == {
        "returned",
        "lost",
    }
    assert set(machine.events) == set(KeyLoan.spec.events)


def test_two_machines_of_one_definition_share_nothing():
    first, second = thing_in("requested"), thing_in("requested")
    assert first.lend(context=by(KEEPER))
    assert second.state == "requested"
