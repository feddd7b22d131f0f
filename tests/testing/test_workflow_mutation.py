"""Mutants of workflows: what is planted, that tests meet it wherever they look, what survives."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from propflow import Engine
from propflow.decision import Accepted, decide
from propflow.decision.due import due
from propflow.errors import ProofFailed
from propflow.storage import MemoryStore
from propflow.testing import FakeClock, Step, matrix, mutate, play, prove
from propflow.testing import mutant_processes as processes
from propflow.testing.play import MOMENT
from propflow.testing.workflow_mutation import mutants
from propflow.workflows import Issue
from tests.runtime.deadlines import DAY, HOUR, Answered, Chore
from tests.runtime.ladders import Mends
from tests.testing import shows
from tests.testing.shows import ACTORS, CHIEF, CLERK, INVARIANTS, MONITORS, PAYLOADS, Repair

MATRIX = matrix(Repair)
ENGINE = Engine(MemoryStore(), [Repair])


def nothing(_workflow):
    pass


def compare_the_matrix(workflow):
    assert matrix(workflow) == MATRIX


def test_without_tests_every_change_survives_and_is_named():
    report = mutate(Repair, nothing)
    assert report.killed == ()
    counts = [mutant.field for mutant in report.survivors]
    assert {field: counts.count(field) for field in counts} == {
        "transition": 19,
        "target": 19,
        "guard": 5,
        "by": 14,
        "update": 7,
    }
    assert str(report).startswith("64 of 64 changes went unnoticed\n  ask: without START → asked\n")
    notices = {mutant.notice.en for mutant in report.survivors}
    assert "sign: open to anyone, not to chief, worker alone" in notices
    assert "sign: without the guard another" in notices
    assert "hold: working → held leads to done" in notices
    assert "hold: leaves the data as they are" in notices
    assert all(mutant.notice.zh for mutant in report.survivors)


def test_effects_and_guards_of_one_transition_are_planted_too():
    fields = {(mutant.event, mutant.field) for mutant in mutants(Issue)}
    assert ("declare_emergency", "effects") in fields
    notices = {mutant.notice.en for mutant in mutants(Issue)}
    assert "stabilise: emergency → referred without the guard rest_is_referred" in notices


def test_deadlines_are_left_out_doubled_not_held_and_lose_their_rungs():
    found = [mutant for mutant in mutants(Mends) if mutant.deadline]
    assert all(not mutant.event for mutant in found)
    assert [(m.deadline, m.field) for m in found if m.deadline in {"resolution", "order"}] == [
        ("resolution", "deadline"),
        ("resolution", "limit"),
        *[("resolution", "rung")] * 3,
        ("resolution", "pauses"),
        ("order", "deadline"),
        ("order", "limit"),
        ("order", "rung"),
    ]
    notices = {mutant.notice.en for mutant in found}
    assert "resolution: due after twice the time" in notices
    assert "order: due a day later" in notices
    assert "quiet: not held: begins anew after a hold" in notices
    assert "resolution: without rung 3" in notices
    assert {m.notice.zh for m in found if m.field == "deadline"} >= {"响应（response）:去掉期限"}


def test_what_ends_a_deadline_is_planted_and_nothing_in_one_that_never_fires():
    assert "answer: not ended by an event" in {mutant.notice.en for mutant in mutants(Answered)}
    assert all(spec.unset for spec in Issue.spec.deadlines.values())
    assert not [mutant for mutant in mutants(Issue) if mutant.deadline]


HELD_AN_HOUR = [
    (Mends.report(urgent=True), CLERK),
    (Mends.take(), CLERK),
    (Mends.supervise(until=MOMENT + 30 * HOUR), CLERK),
    (Mends.hold(), CLERK),
    Step(Mends.resume(), CLERK, after=HOUR),
]


def what_runs(spec, deadline):
    """Return what of a deadline runs after each step, with since when and until when."""
    played = [play(Mends, HELD_AN_HOUR[: n + 1]) for n in range(len(HELD_AN_HOUR))]
    data, entries = [each.case.data for each in played], played[-1].entries
    return [
        {d.deadline: (d.since, d.at) for d in found if d.deadline.partition("#")[0] == deadline}
        for found in (due(spec, entries[: n + 1], data[: n + 1]) for n in range(len(entries)))
    ]


@pytest.mark.parametrize(
    "mutant", [m for m in mutants(Mends) if m.deadline], ids=lambda m: m.notice.en
)
def test_a_deadline_is_due_as_its_mutant_says(mutant):
    before = what_runs(Mends.spec, mutant.deadline)
    after = what_runs(mutant.planted_in(Mends.spec), mutant.deadline)
    if mutant.field == "deadline":
        assert any(before)
        assert not any(after)
    elif mutant.field == "rung":
        assert [len(each) for each in after] == [max(len(each) - 1, 0) for each in before]
    elif mutant.field == "limit":
        assert [each.keys() for each in after] == [each.keys() for each in before]
        both = [(b[name], a[name]) for b, a in zip(before, after, strict=True) for name in b]
        assert all(since == then and at < later for (since, at), (then, later) in both)
    else:
        assert (after[:3], after[3]) == (before[:3], {})
        assert {since for since, _ in before[4].values()} == {2}
        assert {since for since, _ in after[4].values()} == {5}


def given_up_in_a_day(_workflow):
    """Sweep just before and at each limit."""
    clock = FakeClock(MOMENT)
    engine = Engine(MemoryStore(), [Chore], clock=clock)
    case = engine.fire(engine.start(Chore.open(), by=CLERK), Chore.plan(), by=CLERK)
    for hours, fired in ((1, 1), (22, 0), (1, 1), (47, 0), (1, 1)):
        clock.turn(hours * HOUR)
        assert engine.run_due().fired == fired
    assert engine.get(case.id, Chore).state == "closed"


def given_up_some_day(_workflow):
    clock = FakeClock(MOMENT)
    engine = Engine(MemoryStore(), [Chore], clock=clock)
    case = engine.fire(engine.start(Chore.open(), by=CLERK), Chore.plan(), by=CLERK)
    clock.turn(100 * DAY)
    engine.run_due()
    assert engine.get(case.id, Chore).state == "given_up"


def test_a_test_at_the_limits_notices_a_deadline_and_one_far_behind_them_does_not():
    def of_deadlines(mutants):
        return {(m.deadline, m.field) for m in mutants if m.deadline}

    every = {(name, field) for name in Chore.spec.deadlines for field in ("deadline", "limit")}
    strict = mutate(Chore, given_up_in_a_day)
    assert (of_deadlines(strict.killed), of_deadlines(strict.survivors)) == (every, set())
    weak = mutate(Chore, given_up_some_day)
    assert of_deadlines(weak.killed) == {("giving_up", "deadline")}
    assert ("giving_up", "limit") in of_deadlines(weak.survivors)


def test_the_matrix_notices_all_but_updates():
    report = mutate(Repair, compare_the_matrix)
    assert {mutant.field for mutant in report.survivors} == {"update"}


def test_nothing_of_a_mutant_stays_in_this_process():
    mutate(Repair, nothing)
    assert matrix(Repair) == MATRIX


def opened_and_checked(_workflow):
    """Ask what is there already: the class, an engine of before, settings of now."""
    case = ENGINE.start(PAYLOADS[0], by=CLERK)
    ENGINE.fire(case, Repair.check(), by=CLERK)
    chosen = Repair.with_settings(off_by_one=True)
    played = play(chosen, [(PAYLOADS[0], CLERK), (Repair.check(), CHIEF)])
    assert played.refused is not None
    assert played.refused.reasons[0].code == "wrong_role"
    asked = play(shows.Faulty, [(PAYLOADS[0], CLERK)]).case
    assert asked is not None
    now = asked.opened_at
    answer = decide(shows.Faulty, asked, Repair.check(), CLERK, now)
    assert isinstance(answer, Accepted)
    assert answer.case.state == "checked"


def test_tests_meet_the_change_wherever_they_took_the_class_from():
    killed = {(m.event, m.field) for m in mutate(Repair, opened_and_checked).killed}
    assert killed == {
        ("ask", "transition"),
        ("ask", "target"),
        ("check", "transition"),
        ("check", "target"),
        ("check", "by"),
    }


def proof(workflow):
    prove(workflow, actors=ACTORS, payloads=PAYLOADS, invariants=INVARIANTS, monitors=MONITORS)


def test_a_proof_notices_what_its_claims_are_about():
    killed = {m.notice.en for m in mutate(Repair, proof).killed}
    assert "assign: without the guard priced" in killed
    assert "sign: without the guard another" in killed
    assert "hold: without the guard holds_left" in killed
    assert "fail: without the guard rounds_left" in killed  # the budget is hit, or the cap
    assert "check: open to anyone, not to clerk alone" not in killed


def test_tests_that_fail_on_the_unchanged_workflow_are_to_be_mended_first():
    with pytest.raises(ProofFailed):
        mutate(shows.Faulty, proof)


def hanging(workflow):
    while not workflow.spec.events["check"].by:
        pass


def test_a_mutant_on_which_the_tests_do_not_end_is_noticed():
    report = mutate(Repair, hanging, seconds=5)
    assert [mutant.notice.en for mutant in report.killed] == [
        "check: open to anyone, not to clerk alone"
    ]


def test_a_book_wants_a_function():
    from propflow.rulebooks import load

    with pytest.raises(TypeError, match="a function that takes the book"):
        mutate(load("sheet_staff_image"), ["tests"])


# With pytest -------------------------------------------------------------------------------------

HOST = """
import attrs
from propflow import START, Actor, Event, Role, State, Workflow

keeper = Role("keeper", zh="管", en="Keeper")

@attrs.frozen
class Loan:
    key: str

class KeyLoan(Workflow[Loan]):
    requested = State(zh="待", en="Requested")
    lent = State(zh="借", en="Lent")
    returned = State(zh="还", en="Returned", final=True)
    request = Event(Loan, START >> requested, zh="请", en="Request")
    lend = Event(requested >> lent, zh="发", en="Lend", by=keeper)
    give_back = Event(lent >> returned, zh="还", en="Give back", by=keeper)
"""
TESTS = """
from pathlib import Path
from host_loans import KeyLoan
from propflow import Actor
from propflow.testing import play

with Path("collected.txt").open("a") as file:
    file.write("once\\n")

KURT = Actor("kurt", ["keeper"])

def test_a_key_is_lent():
    steps = [(KeyLoan.request(key="B1"), Actor("anna")), (KeyLoan.lend(), KURT)]
    assert play(KeyLoan, steps).case.state == "lent"

def test_only_by_a_keeper():
    steps = [(KeyLoan.request(key="B1"), Actor("anna")), (KeyLoan.lend(), Actor("anna"))]
    assert play(KeyLoan, steps).refused is not None
"""
PROGRAM = """
from host_loans import KeyLoan
from propflow.testing import mutate

print(mutate(KeyLoan, ["test_host.py"]))
"""
SPAWNING = """
from host_loans import KeyLoan
from propflow.testing import mutant_processes, mutate, workflow_mutation

if __name__ == "__main__":
    mutant_processes.CAN_FORK = False
    first, second, *_ = workflow_mutation.mutants(KeyLoan)
    workflow_mutation.mutants = lambda _: [first, second]  # each takes a second
    print(mutate(KeyLoan, ["test_host.py"]))
"""


def run_at(folder, program):
    (folder / "host_loans.py").write_text(HOST, encoding="utf-8")
    (folder / "program.py").write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )


def test_the_tests_of_a_host_are_run_by_pytest_and_collected_once(tmp_path):
    (tmp_path / "test_host.py").write_text(TESTS, encoding="utf-8")
    done = run_at(tmp_path, PROGRAM)
    assert done.stderr == ""
    assert done.stdout == textwrap.dedent("""\
        4 of 8 changes went unnoticed
          request: START → requested leads to lent
          give_back: without lent → returned
          give_back: lent → returned leads to requested
          give_back: open to anyone, not to keeper alone
        """)
    assert (tmp_path / "collected.txt").read_text().splitlines() == ["once"]
    assert not (tmp_path / ".pytest_cache").exists()


def test_where_a_process_cannot_fork_each_mutant_starts_anew(tmp_path):
    (tmp_path / "test_host.py").write_text(TESTS, encoding="utf-8")
    done = run_at(tmp_path, SPAWNING)
    assert done.stderr == ""
    assert done.stdout == textwrap.dedent("""\
        1 of 2 changes went unnoticed
          request: START → requested leads to lent
        """)


@pytest.mark.parametrize("program", [PROGRAM, SPAWNING], ids=["fork", "spawn"])
def test_tests_that_fail_anyway_say_so(tmp_path, program):
    (tmp_path / "test_host.py").write_text("def test_it():\n    assert 0\n", encoding="utf-8")
    done = run_at(tmp_path, program)
    assert "UnsoundTests: the tests fail on key_loan as it is" in done.stderr
    assert ("assert 0" in done.stderr) is (program == PROGRAM)


@pytest.mark.parametrize("tests", ["import nothing_there\n", ""])
def test_tests_that_cannot_be_collected_say_so(tmp_path, tests):
    (tmp_path / "test_host.py").write_text(tests, encoding="utf-8")
    done = run_at(tmp_path, PROGRAM)
    assert "UnsoundTests: the tests fail on key_loan as it is" in done.stderr


def test_a_process_that_is_spawned_notices_too(monkeypatch):
    monkeypatch.setattr(processes, "CAN_FORK", False)
    some = mutants(Repair)[:2]
    found = processes.each_in_a_process(Repair, some, opened_and_checked, 60)
    assert list(found) == [True, True]
