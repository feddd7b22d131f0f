"""`propflow lint`: every problem with its place, and honest exit codes."""

from __future__ import annotations

import textwrap
from datetime import UTC, datetime, timedelta

import pytest

SOUND = """
    import attrs
    from propflow import START, Event, State, Workflow

    @attrs.frozen
    class Loan:
        key: str

    class KeyLoan(Workflow[Loan]):
        lent = State(zh="已借出", en="Lent")
        returned = State(zh="已归还", en="Returned", final=True)
        lend = Event(Loan, START >> lent, zh="发放", en="Lend")
        give_back = Event(lent >> returned, zh="归还", en="Give back")
"""

FAULTY = """
    class Broken(Workflow[Loan]):
        lent = State(zh="已借出")
        lost = State(zh="已遗失", en="Lost")
        returned = State(zh="已归还", en="Returned", final=True)
        lend = Event(Loan, START >> lent, zh="发放", en="Lend")
        give_back = Event(lent >> returned, zh="归还", en="Give back")
"""


@pytest.fixture
def module(tmp_path):
    """Write a module and return its path."""

    def write(*parts, name="flows.py"):
        path = tmp_path / name
        path.write_text("".join(textwrap.dedent(part) for part in parts), encoding="utf-8")
        return path

    return write


def test_a_sound_module_has_one_line_for_each_workflow(command, module):
    second = SOUND.partition("class KeyLoan")[2].replace("(Workflow", "class CardLoan(Workflow", 1)
    result = command("lint", module(SOUND, f"\n    {second}"))
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "key_loan version 1: 2 states, 2 events, no problem",
        "card_loan version 1: 2 states, 2 events, no problem",
    ]


def test_one_class_of_a_module_can_be_named(command, module):
    assert command("lint", f"{module(SOUND)}:KeyLoan").exit_code == 0


def test_limits_that_nobody_has_set_are_named(command):
    result = command("lint", "propflow.workflows")
    (issue,) = (line for line in result.output.splitlines() if line.startswith("issue "))
    assert issue.endswith(
        "no problem; nobody has set handling_limit, rectification_limit, verification_limit"
    )


def test_the_shipped_workflows_are_sound(command):
    result = command("lint", "propflow.workflows")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == [
        "complaint",
        "concealment_inquiry",
        "daily_digest",
        "emergency_event",
        "improvement_plan",
        "inspection_sheet",
        "issue",
        "ledger_entry",
        "ledger_month",
        "obstruction",
        "patrol",
        "repair_order",
        "scorecard_review",
        "violation_slip",
    ]


def test_every_problem_is_printed_with_its_place(command, module):
    path = module(SOUND, FAULTY)
    result = command("lint", path)
    assert result.exit_code == 1
    line = path.read_text(encoding="utf-8").splitlines().index("class Broken(Workflow[Loan]):") + 1
    assert result.output.splitlines() == [
        f"{path}:{line}: the workflow Broken has 3 problems:",
        "  - Broken.lent: has no label in en",
        "  - Broken.lost: cannot be reached from START",
        "  - Broken.lost: is a dead end; draw a transition out, or mark it final",
        "What stands below that class was not checked yet.",
    ]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("missing.py", "there is no such file"),
        ("no_such_module_anywhere", "there is no module 'no_such_module_anywhere' here"),
        ("propflow.nothing", "there is no module 'propflow.nothing' here"),
        ("not-a-module", "neither a dotted module name nor the path of a .py file"),
        ("json", "it defines no workflow"),
        ("propflow.workflows:Isue", "has no workflow 'Isue'; it has Complaint, "),
    ],
)
def test_what_cannot_be_found_is_wrong_use(command, target, words):
    result = command("lint", target)
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert line.startswith("propflow: cannot load ")
    assert words in line


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = (", "SyntaxError: '(' was never closed"),
        ("import no_such_library", "it imports 'no_such_library', which is not installed"),
        ("x = 1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(7)", "SystemExit: 7"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
def test_a_module_that_cannot_be_imported_is_one_line(command, module, source, words):
    result = command("lint", module(source))
    assert result.exit_code == 2
    (line,) = result.output.splitlines()
    assert words in line
    assert "flows.py" in line


def test_the_stack_trace_is_shown_to_who_asks(command, module):
    result = command("lint", module("x = 1 / 0"), "--traceback")
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.output
    assert "x = 1 / 0" in result.output


def test_a_module_finds_what_lies_beside_it_and_answers_for_its_own_classes_alone(command, module):
    module(SOUND, name="loans_beside.py")
    result = command("lint", module("from loans_beside import KeyLoan\n"))
    assert result.exit_code == 2
    assert "it defines no workflow" in result.output


def test_a_file_may_have_the_name_of_a_library(command, module):
    assert command("lint", module(SOUND, name="json.py")).exit_code == 0
    import json

    assert json.loads("1") == 1


def test_a_dotted_name_is_looked_up_in_this_folder(process, module, tmp_path):
    module(SOUND, name="my_flows.py")
    result = process("lint", "my_flows")
    assert (result.returncode, result.stderr) == (0, b"")


def test_the_exit_codes_of_a_real_process(process, module):
    assert process("lint", module(SOUND)).returncode == 0
    assert process("lint", module(SOUND, FAULTY)).returncode == 1
    assert process("lint", "missing.py").returncode == 2
    assert process("lint").returncode == 2


def test_a_calendar_that_ends_soon_is_warned_of(command, module):
    today = datetime.now(UTC).date()  # noqa: TID251  # the command asks the clock
    calendars = f"""
        from datetime import date
        from propflow.calendar import ServiceCalendar, Window, every_day

        def until(last):
            days = every_day(last=date.fromisoformat(last))
            return ServiceCalendar([Window("08:00", "18:00")], days=days, zone="UTC")

        SOON = until("{today + timedelta(days=30)}")
        LONG = until("{today + timedelta(days=300)}")
    """
    path = module(SOUND, calendars)
    result = command("lint", path)
    assert result.exit_code == 0
    (warning,) = [line for line in result.output.splitlines() if line.startswith("warning")]
    assert f"the calendar SOON ends with {today + timedelta(days=30)}" in warning
    assert "warning" not in command("lint", path, "--calendar-days", "20").output
    assert command("lint", path, "--calendar-days", "400").output.count("warning") == 2
