"""The random walk: it passes on a sound workflow and store, and finds faults of either."""

from __future__ import annotations

import os
from datetime import timedelta

import attrs
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from propflow.errors import ProofFailed
from propflow.storage import MemoryStore
from propflow.testing import Script, Step, stateful, walk
from propflow.testing.script import Ground
from propflow.testing.shortening import shortened
from propflow.testing.walk import Walk, shortest
from tests.testing import shows
from tests.testing.shows import ACTORS, CHIEF, CLERK, INVARIANTS, MATE, PAYLOADS, WORKER, Repair
from tests.testing.test_prove import Choosy

GIVEN = {"store": MemoryStore, "actors": ACTORS, "payloads": PAYLOADS}
CLAIMS = {"invariants": INVARIANTS, "monitors": shows.MONITORS, "limits": [shows.MOST_WORK]}
FAULTS = {
    "missing_guard": "work_is_priced",
    "grown_points": "points_are_capped",
    "missing_four_eyes": "four_eyes",
    "off_by_one": "holds_are_limited",
    "hold_restarts": "within_two_days",
}
# Ten runs take a minute; one of them is enough to see that nothing broke.
RUNS = range(10 if os.environ.get("PROPFLOW_HYPOTHESIS") == "thorough" else 1)
SEARCH = settings(
    max_examples=400,
    stateful_step_count=50,
    database=None,
    derandomize=False,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

TestRepair = stateful(Repair, **GIVEN, **CLAIMS).TestCase
TestRepair.settings = settings(TestRepair.settings, max_examples=20, stateful_step_count=30)


def run(machine, number=0, **more):
    """Run one machine; the same number draws the same."""
    run_state_machine_as_test(seed(number)(machine), settings=settings(SEARCH, **more))


def found_by(machine, number=0):
    with pytest.raises(ProofFailed) as raised:
        run(machine, number)
    (failure,) = raised.value.failures
    return failure


def found_in_a_run(number):
    found = {}
    for fault, claim in FAULTS.items():
        machine = stateful(Repair.with_settings(**{fault: True}), **GIVEN, **CLAIMS)
        try:
            run(machine, number)
        except ProofFailed as failed:
            (failure,) = failed.failures
            assert failure.name == claim
            found[fault] = failure
    return found


@pytest.mark.parametrize("number", RUNS)
def test_a_run_finds_at_least_four_of_the_five_faults(number):
    found = found_in_a_run(number)
    assert len(found) >= 4
    for failure in found.values():
        assert len(failure.script) <= 13
        played = failure.script.play()
        assert played.refused is None
        assert not played.keeps(failure.script.claim)


def test_what_is_found_is_printed_as_a_test_that_runs_as_it_stands():
    failure = found_by(stateful(shows.Faulty, **GIVEN, **CLAIMS))
    text = failure.script.as_pytest()
    names = {}
    exec(text, names)  # noqa: S102 - our own output
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    with pytest.raises(AssertionError):
        test()


def test_there_is_a_rule_for_every_event():
    machine = stateful(Repair, **GIVEN)
    rules = {rule.function.__name__ for rule in machine.setup_state().rules}
    assert rules - {"_try_anything", "begin_again"} == set(Repair.spec.events) - {"ask"}


def test_half_of_the_walks_start_from_explored_prefixes():
    far, near = (stateful(Repair, **GIVEN, prefixes=each) for each in (None, ()))
    for machine in (far, near):
        run(machine, max_examples=60, stateful_step_count=1)
    assert far.coverage.never_reached == ()
    assert {"working", "held", "done", "closed"} <= set(near.coverage.never_reached)


def test_every_transition_that_can_be_taken_is_taken():
    machine = stateful(Repair, **GIVEN)
    run(machine, max_examples=60)
    assert [str(each) for each in machine.coverage.never_fired] == ["checked --assign--> assigned"]


def test_coverage_counts_what_was_taken_and_what_was_refused():
    machine = stateful(Repair, **GIVEN)
    run(machine, max_examples=20)
    coverage = machine.coverage
    assert coverage.cases >= 20
    assert coverage.accepted == coverage.fired.total() > coverage.cases
    assert coverage.refused > 0
    text = str(coverage)
    assert text.startswith(f"repair: {coverage.cases} cases with {coverage.accepted} steps and ")
    assert "of 19 transitions, " in text
    assert "never fired: checked --assign--> assigned" in text


# Stores that do not keep what they are given -----------------------------------------------------


class Forgetful(MemoryStore):
    """A store that loses the last entry of a longer history."""

    def history(self, *args, **kwargs):
        return [each for each in super().history(*args, **kwargs) if each.revision < 3]


class Keyless(MemoryStore):
    """A store that does not write down the keys of requests."""

    def apply(self, tx, changes, *, last=False):
        bare = [attrs.evolve(c, entry=attrs.evolve(c.entry, key=None)) for c in changes]
        return super().apply(tx, bare, last=last)


def test_a_store_that_loses_an_entry_is_found_with_the_fewest_steps():
    failure = found_by(stateful(Repair, **(GIVEN | {"store": Forgetful})))
    assert (failure.kind, failure.name) == ("store", "history")
    assert len(failure.script) == 3
    text = failure.script.as_pytest()
    assert "store=Forgetful," in text
    names = {}
    exec(text, names)  # noqa: S102 - our own output
    with pytest.raises(ProofFailed, match="store history"):
        names["test_repair_walks"]()
    sound = {}
    exec(text.replace("Forgetful", "MemoryStore"), sound)  # noqa: S102 - likewise
    sound["test_repair_walks"]()


def test_a_store_that_forgets_keys_is_found():
    with pytest.raises(ProofFailed, match="a request that came twice has another answer") as raised:
        walk(Repair, [(PAYLOADS[0], CLERK), (Repair.check(), CLERK)], store=Keyless)
    (failure,) = raised.value.failures
    assert (failure.kind, failure.name, len(failure.script)) == ("store", "key", 1)


# Single walks ------------------------------------------------------------------------------------


def test_a_walk_returns_its_case_and_passes_over_what_is_refused():
    steps = [
        (PAYLOADS[0], CLERK),
        (Repair.assign(), CHIEF),
        (Repair.check(), CHIEF),
        Step(Repair.check(), CLERK, after=timedelta(days=1), late=timedelta(hours=1)),
    ]
    case = walk(Repair, steps, store=MemoryStore, invariants=INVARIANTS)
    assert (case.state, case.revision) == ("checked", 2)
    assert walk(Repair, steps[1:2], store=MemoryStore) is None


def test_time_that_passes_before_a_refused_step_is_not_forgotten():
    walking = Walk(Repair, Ground(MemoryStore))
    walking.take(Step(PAYLOADS[0], CLERK))
    walking.take(Step(Repair.assign(), CHIEF, after=timedelta(hours=1)))
    walking.take(Step(Repair.check(), CLERK, after=timedelta(hours=2)))
    walking.reload()
    walking.close()
    assert [step.after for step in walking.taken] == [timedelta(0), timedelta(hours=3)]
    played = Script(Repair, walking.taken).play()
    assert [e.recorded_at for e in played.entries] == [e.recorded_at for e in walking.entries]


def test_a_function_that_breaks_is_found_with_its_steps():
    steps = [Step(Choosy.open(""), CLERK)]
    with pytest.raises(ProofFailed, match="Named does not take it") as raised:
        walk(Choosy, steps, store=MemoryStore)
    (failure,) = raised.value.failures
    assert shortest(failure).script.steps == tuple(steps)


# Shortening --------------------------------------------------------------------------------------


def test_a_long_script_is_shortened_in_milliseconds():
    round_trip = [(Repair.hold(), WORKER), (Repair.resume(), WORKER)]
    begun = [
        (PAYLOADS[0], CLERK),
        (Repair.check(), CLERK),
        *[(Repair.price(), CLERK), (Repair.haggle(), CLERK)] * 4,
        (Repair.price(), CLERK),
        (Repair.agree(), CLERK),
        (Repair.assign(), CHIEF),
        (Repair.begin(), WORKER),
        *round_trip * 2,
        (Repair.late(), CHIEF),
        (Repair.begin(), MATE),
        (Repair.finish(), WORKER),
        (Repair.sign(), MATE),
    ]
    steps = [Step(action, actor, after=timedelta(minutes=5)) for action, actor in begun]
    workflow = Repair.with_settings(missing_four_eyes=True)
    with pytest.raises(ProofFailed) as raised:
        walk(workflow, steps, store=MemoryStore, monitors=[shows.four_eyes])
    (failure,) = raised.value.failures
    assert len(failure.script) == len(steps) == 22
    tried = []
    shorter = shortened(
        failure.script.steps, lambda each: tried.append(each) or _breaks(failure, each)
    )
    assert [step.action.event for step in shorter] == [
        *("ask", "check", "price", "agree", "assign", "begin", "finish", "sign"),
    ]
    assert not any(step.after for step in shorter)
    assert shortest(failure).script.steps == shorter
    assert len(tried) < 1_500  # at some twenty microseconds each


def _breaks(failure, steps):
    played = attrs.evolve(failure.script, steps=steps).play()
    return played.refused is None and not played.keeps(failure.script.claim)


def test_time_that_matters_stays_when_steps_are_left_out():
    steps = (Step("open", CLERK), *(Step("on", CLERK, after=timedelta(days=1)) for _ in range(4)))

    def fails(some):
        return sum((step.after for step in some), timedelta(0)) >= timedelta(days=3)

    shorter = shortened(steps, fails)
    assert len(shorter) == 2
    assert shorter[1].after == timedelta(days=4)
