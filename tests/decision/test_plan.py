"""Plans: what a machine answered, kept as tables."""

from __future__ import annotations

import gc
import types
import weakref

import attrs
import pytest

from propflow.decision import plan_of
from propflow.decision.plan import compile_plan
from tests.definition.flows import Flow
from tests.definition.loans import KeyLoan


def test_a_plan_is_compiled_once_for_a_workflow():
    assert plan_of(KeyLoan) is plan_of(KeyLoan)
    assert plan_of(KeyLoan) is not plan_of(KeyLoan.with_settings(strict=True))


def test_a_plan_does_not_keep_its_workflow_alive():
    passing = types.new_class("Passing", (Flow,))
    plan_of(passing)
    gone = weakref.ref(passing)
    del passing
    gc.collect()
    assert gone() is None


def test_a_plan_lists_the_moves_of_an_event_by_state():
    plan = plan_of(KeyLoan)
    moves = {state: [move.target for move in m] for state, m in plan.events["resume"].moves.items()}
    assert moves == {"held": ["requested", "lent", "overdue"]}
    assert {state: m[0].target for state, m in plan.events["remind"].moves.items()} == {
        "lent": "lent",
        "overdue": "overdue",
    }
    assert list(plan.events["request"].moves) == ["START"]
    assert plan.events["lend"].moves["requested"][0].target == "lent"


def test_a_plan_cannot_be_changed():
    plan = plan_of(KeyLoan)
    for part, name in [(plan, "spec"), (plan.events["lend"], "moves")]:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(part, name, None)


def test_an_event_that_leads_nowhere_has_no_moves():
    lend = attrs.evolve(KeyLoan.spec.events["lend"], transitions=())
    spec = attrs.evolve(KeyLoan.spec, events={**KeyLoan.spec.events, "lend": lend})
    plan = compile_plan(spec)
    assert plan.events["lend"].moves == {}
    assert plan.events["give_back"].moves.keys() >= {"lent"}
