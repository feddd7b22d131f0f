"""`propflow prove`, `matrix`, `diff` and `mutate`: what they print, and honest exit codes."""

from __future__ import annotations

import textwrap

import pytest

from propflow import Actor, Engine
from propflow.cli.loading import load_workflows, shipped
from propflow.storage.sqlalchemy import SQLStore
from propflow.testing import matrix
from propflow.workflows import Issue

FLOWS = """
    import attrs
    from propflow import START, Actor, Event, Role, State, Workflow
    from propflow.testing import Suite, invariant

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

    class Shorter(Workflow[Loan]):
        name = "key_loan"
        version = 2
        requested = State(zh="待", en="Requested")
        returned = State(zh="还", en="Returned", final=True)
        request = Event(Loan, START >> requested, zh="请", en="Request")
        lend = Event(requested >> returned, zh="发", en="Lend", by=keeper)

    @invariant
    def never_lent(case):
        "No key is ever lent."
        return case.state != "lent"

    GIVEN = {"actors": [Actor("k", [keeper])], "payloads": [KeyLoan.request(key="B1")]}
    SOUND = Suite(KeyLoan, **GIVEN)
    WRONG = Suite(KeyLoan, **GIVEN, invariants=[never_lent])
"""


@pytest.fixture
def flows(tmp_path, monkeypatch):
    path = tmp_path / "flows.py"
    path.write_text(textwrap.dedent(FLOWS), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return path


def test_a_suite_is_proved(command, flows):
    done = command("prove", f"{flows}:SOUND")
    assert done.exit_code == 0
    assert done.stdout == (
        "key_loan: proved over 3 states and 3 steps, at most 3 deep; 3 of 3 transitions fired\n"
    )


def test_a_suite_that_fails_shows_the_script(command, flows):
    done = command("prove", f"{flows}:WRONG")
    assert done.exit_code == 1
    assert "invariant never_lent: does not hold: No key is ever lent. (2 steps)" in done.stderr
    assert "def test_key_loan_never_lent():" in done.stderr


def test_the_cases_that_would_be_stranded_are_named(command, flows, tmp_path):
    definitions = [f"{flows}:KeyLoan", f"{flows}:Shorter"]
    assert command("diff", *definitions).exit_code == 1
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    against = ("diff", *definitions, "--lang", "en", "--against", url, "--prefix", "pf_")
    absent = command(*against)
    assert (absent.exit_code, "a file that is there" in absent.stderr) == (2, True)
    assert not (tmp_path / "cases.db").exists()
    (tmp_path / "cases.db").touch()
    empty = command(*against)
    assert (empty.exit_code, "propflow db upgrade URL" in empty.stderr) == (1, True)
    store = SQLStore(url, prefix="pf_")
    store.create_tables()
    assert command(*against).exit_code == 0  # there is none that could be
    (loans,) = load_workflows(definitions[0])
    engine = Engine(store, [loans])
    keeper = Actor("k", ["keeper"])
    for tenant in ("", "p2"):
        scoped = engine.scoped(tenant) if tenant else engine
        for case_id in ("asked", "lent"):
            scoped.start(loans.action("request", {"key": "B1"}), by=keeper, id=case_id)
        scoped.fire("lent", loans.action("lend"), by=keeper)
    store.close()
    done = command(*against)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-3:] == [
        "! lent: lent, from requested",
        "! p2 lent: lent, from requested",
        "stranded cases: 2",
    ]


@pytest.mark.parametrize("target", ["emergency_event", "flows.py:KeyLoan"])
def test_a_workflow_alone_is_proved_with_what_can_be_derived(command, flows, target):
    assert flows.exists()
    done = command("prove", target)
    assert done.exit_code == 0
    assert "transitions fired" in done.stdout
    assert "Actors and payloads are derived" in done.stderr


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_workflow_alone_is_proved(command, name):
    done = command("prove", name)
    assert done.exit_code == 0
    assert f"{name}: proved over " in done.stdout
    assert "never fired: START" not in done.stdout.replace("START --reverse--> posted", "")


def test_a_budget_can_be_set(command):
    done = command("prove", "issue", "--max-states", 5)
    assert done.exit_code == 1
    assert "hit max_states=5" in done.stderr


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("flows.py:NOTHING", "has no suite and no workflow 'NOTHING'"),
        ("no_such", "neither shipped"),
    ],
)
def test_a_suite_that_is_not_there_is_wrong_use(command, flows, target, says):
    assert flows.exists()
    done = command("prove", target)
    assert done.exit_code == 2
    assert says in done.stderr


def test_a_matrix_is_printed_written_and_compared(command, tmp_path):
    file = tmp_path / "issue.matrix.md"
    assert command("matrix", "issue").stdout == matrix(Issue)
    missing = command("matrix", "issue", file)
    assert missing.exit_code == 1
    assert "is not there" in missing.stderr
    assert command("matrix", "issue", file, "--write").exit_code == 0
    assert file.read_text("utf-8") == matrix(Issue)
    assert command("matrix", "issue", file).stdout == f"{file}: is what the workflow does\n"
    file.write_text(file.read_text("utf-8").replace("found", "lost"), "utf-8")
    changed = command("matrix", "issue", file)
    assert changed.exit_code == 1
    assert "differs from the workflow" in changed.stderr
    assert command("matrix", "issue", "--write").exit_code == 2


def test_definitions_are_compared(command, flows):
    done = command("diff", f"{flows}:KeyLoan", f"{flows}:Shorter", "--lang", "both")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert "  删除状态 lent" in lines
    assert "  removed state lent" in lines
    assert lines[-1] == "! cases that rest in lent have no place in the new definition"
    back = command("diff", f"{flows}:Shorter", f"{flows}:KeyLoan", "--lang", "zh")
    assert back.exit_code == 0
    assert back.stdout.startswith("key_loan version 2 → key_loan version 1\n  更改流程 key_loan")


def test_a_file_is_loaded_once(command, flows):
    same = command("diff", f"{flows}:KeyLoan", f"{flows}:KeyLoan", "--lang", "en")
    assert (same.exit_code, same.stdout.splitlines()[1:]) == (0, ["  no difference"])
    (first,) = load_workflows(f"{flows}:KeyLoan")
    (again,) = load_workflows(f"{flows.parent / '.' / flows.name}:KeyLoan")
    assert first is again


def test_a_definition_may_come_from_a_file(command, tmp_path):
    file = tmp_path / "issue.json"
    file.write_text(Issue.definition().to_json(), encoding="utf-8")
    done = command("diff", file, "issue")
    assert (done.exit_code, done.stdout) == (
        0,
        "issue version 1 → issue version 1\n  no difference\n",
    )
    file.write_text("{}", encoding="utf-8")
    broken = command("diff", file, "issue")
    assert (broken.exit_code, "holds no definition" in broken.stderr) == (2, True)
    missing = command("diff", tmp_path / "none.json", "issue")
    assert (missing.exit_code, "cannot be read" in missing.stderr) == (2, True)


TESTS = """
    from flows import SOUND, KeyLoan
    from propflow.testing import play

    def test_a_key_is_lent():
        (payload,), (actor,) = SOUND.payloads, SOUND.actors
        steps = [(payload, actor), (KeyLoan.lend(), actor), (KeyLoan.give_back(), actor)]
        states = [play(KeyLoan, steps[:count]).case.state for count in (1, 2, 3)]
        assert states == ["requested", "lent", "returned"]
"""


def test_changes_that_nobody_notices_are_listed(process, flows):
    (flows.parent / "test_flows.py").write_text(textwrap.dedent(TESTS), encoding="utf-8")
    done = process("mutate", "flows:KeyLoan", "test_flows.py")
    assert done.stdout.decode().splitlines() == [
        "2 of 8 changes went unnoticed",
        "  lend: open to anyone, not to keeper alone",
        "  give_back: open to anyone, not to keeper alone",
    ]
    assert done.returncode == 1
    assert done.stderr == b""


def test_tests_that_fail_anyway_are_shown(process, flows):
    (flows.parent / "test_flows.py").write_text("def test_it():\n    assert 0\n", encoding="utf-8")
    done = process("mutate", "flows:KeyLoan", "test_flows.py", "--seconds", 30)
    assert done.returncode == 1
    assert b"the tests fail on key_loan as it is" in done.stderr
