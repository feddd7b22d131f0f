"""Deadlines in random walks: they come due, neither early nor twice, and what they do is seen."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from propflow.definition import Actor
from propflow.errors import ProofFailed
from propflow.storage import MemoryStore
from propflow.testing import Monitor, Step, invariant, stateful, walk
from propflow.testing.play import MOMENT
from tests.runtime.deadlines import DAY, HOUR, Chore
from tests.runtime.ladders import Mends

ANNA = Actor("anna")
CHORE = {"actors": [ANNA], "payloads": [Chore.open(place="roof")]}
SEARCH = settings(
    max_examples=60,
    stateful_step_count=30,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def run(machine):
    run_state_machine_as_test(seed(1)(machine), settings=SEARCH)


def found_by(machine):
    with pytest.raises(ProofFailed) as raised:
        run(machine)
    (failure,) = raised.value.failures
    return failure


class Early(MemoryStore):
    """Hands out what is due in a day."""

    def claim(self, tx, wanted):
        return super().claim(tx, attrs.evolve(wanted, now=wanted.now + DAY))


@invariant
def urged_once(case):
    """Nobody is urged twice."""
    return case.data.urged < 2


never_given_up = Monitor(
    "", lambda _, entry: entry.event, lambda event: event != "give_up", name="never_given_up"
)


def test_what_only_a_deadline_fires_is_walked():
    machine = stateful(Chore, store=MemoryStore, **CHORE)
    run(machine)
    fired = {each.event for each in machine.coverage.fired}
    assert {"urge", "give_up", "close"} <= fired


def test_ladders_holds_and_limits_by_the_data_are_walked_soundly():
    payloads = [
        Mends.report(),
        Mends.report(urgent=True),
        Mends.change(urgent=True),
        Mends.supervise(until=MOMENT + 30 * HOUR),
    ]
    machine = stateful(Mends, store=MemoryStore, actors=[ANNA], payloads=payloads)
    run(machine)
    assert "remind" in {each.event for each in machine.coverage.fired}


def test_a_claim_before_its_time_is_found():
    failure = found_by(stateful(Chore, store=Early, **CHORE))
    assert (failure.kind, failure.name) == ("store", "deadline")
    assert "was not due" in failure.says


def test_what_a_deadline_breaks_is_found_and_shown_as_a_test_that_waits():
    failure = found_by(stateful(Chore, store=MemoryStore, **CHORE, monitors=[never_given_up]))
    assert failure.name == never_given_up.name
    assert [step.deadline for step in failure.script.steps][-1] == "giving_up"
    assert "deadline='giving_up'" in failure.script.as_pytest()


def test_a_walk_that_is_given_waits_too():
    steps = [
        Step(Chore.open(place="roof"), ANNA),
        Step(Chore.plan(), ANNA),
        Step(Chore.urge(), ANNA, after=HOUR, deadline="urging"),
    ]
    case = walk(Chore, steps, store=MemoryStore, invariants=[urged_once])
    assert case.data.urged == 1
