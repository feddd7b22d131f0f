"""The random walk: it passes on a sound workflow and store, and finds faults of either."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from propflow.errors import ProofFailed
from propflow.storage import MemoryStore
from propflow.testing import paths, stateful
from tests.testing import shows
from tests.testing.shows import ACTORS, INVARIANTS, PAYLOADS, Repair

GIVEN = {"store": MemoryStore, "actors": ACTORS, "payloads": PAYLOADS}
CLAIMS = {"invariants": INVARIANTS, "monitors": [shows.four_eyes]}
PREFIXES = paths(Repair, actors=ACTORS, payloads=PAYLOADS)
# Found is enough here: how Hypothesis shortens a walk is its own matter.
SEARCH = settings(
    max_examples=100,
    stateful_step_count=30,
    database=None,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

TestRepair = stateful(Repair, **GIVEN, **CLAIMS, prefixes=PREFIXES).TestCase
TestRepair.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)


def found_by(machine):
    with pytest.raises(ProofFailed) as raised:
        run_state_machine_as_test(machine, settings=SEARCH)
    (failure,) = raised.value.failures
    return failure


def test_a_fault_of_the_workflow_is_found_with_a_script_that_leads_there():
    ways = paths(shows.Faulty, actors=ACTORS, payloads=PAYLOADS)
    failure = found_by(stateful(shows.Faulty, **GIVEN, **CLAIMS, prefixes=ways))
    assert failure.name in {each.name for each in (*INVARIANTS, shows.four_eyes)}
    assert not failure.script.play().keeps(failure.script.claim)


def test_there_is_a_rule_for_every_event():
    machine = stateful(Repair, **GIVEN)
    rules = {rule.function.__name__ for rule in machine.setup_state().rules}
    assert rules == set(Repair.spec.events)


class Forgetful(MemoryStore):
    """A store that loses the last entry of a longer history."""

    def history(self, *args, **kwargs):
        return [each for each in super().history(*args, **kwargs) if each.revision < 3]


def test_a_store_that_loses_an_entry_is_found():
    failure = found_by(stateful(Repair, **(GIVEN | {"store": Forgetful}), prefixes=PREFIXES))
    assert (failure.kind, failure.name) == ("store", "replay")
    assert len(failure.script) >= 3


def test_a_walk_without_prefixes_runs_too():
    machine = stateful(Repair, **GIVEN, **CLAIMS)
    run_state_machine_as_test(machine, settings=settings(SEARCH, max_examples=10))
