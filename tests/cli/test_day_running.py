"""Days as they are run: what becomes of each step, and what a file that goes astray is told."""

from __future__ import annotations

from decimal import Decimal
from importlib import resources

import pytest

from propflow.cli.day.entries import Observation
from propflow.cli.day.reading import read_day
from propflow.cli.day.running import Taken, TurnedDown, run_day
from propflow.cli.loading import shipped
from propflow.errors import UnspecifiedPointsError
from propflow.storage import MemoryStore
from tests.cli.days import problems, run

RECORD = "9:02,zhang,issue.record,issue-01,,place=hall,description=oil\n"


@pytest.fixture(scope="module")
def shipped_day():
    file = resources.files("propflow.cli") / "days" / "inspection_day.csv"
    day = read_day(file.read_bytes(), file.name, shipped())
    return run_day(day, MemoryStore(), shipped())


def test_the_shipped_day_ends_as_its_lines_say(shipped_day):
    ended = {file.name: (file.case.state, file.case.revision) for file in shipped_day.cases}
    assert ended == {
        "issue-01": ("verified", 3),
        "issue-02": ("verified", 7),
        "issue-03": ("on_hold", 5),
        "issue-03/emergency_event": ("reviewed", 6),
        "issue-04": ("cancelled", 2),
        "issue-05": ("referred", 2),
        "complaint-01": ("closed", 10),
        "repair-01": ("closed", 14),
    }
    assert all(len(file.history) == file.case.revision for file in shipped_day.cases)


def test_the_shipped_day_refuses_three_steps(shipped_day):
    refused = [h for h in shipped_day.happened if isinstance(h, TurnedDown)]
    assert [(h.step.on, [r.code for r in h.refused.reasons]) for h in refused] == [
        ("issue-01", ["not_the_fixer"]),
        ("issue-03", ["no_emergency_plan"]),
        ("repair-01", ["price_agreed"]),
    ]


def test_the_shipped_day_opens_its_emergency_in_the_commit_of_the_issue(shipped_day):
    (opening,) = [h for h in shipped_day.happened if isinstance(h, Taken) and h.also]
    assert opening.step.action.event == "declare_emergency"
    (name,) = opening.also
    (emergency,) = [file for file in shipped_day.cases if file.name == name]
    (issue,) = [file for file in shipped_day.cases if file.name == "issue-03"]
    assert name == "issue-03/emergency_event"
    assert emergency.history[0].recorded_at == issue.history[1].recorded_at
    assert emergency.case.data.plan == "EP-07"


def test_the_shipped_day_checks_one_issue_twice(shipped_day):
    (issue,) = [file for file in shipped_day.cases if file.name == "issue-02"]
    assert [entry.event for entry in issue.history] == [
        "record", "refer", "accept", "rectify", "verify_fail", "rectify", "verify_pass",
    ]  # fmt: skip
    assert issue.case.data.rounds == 1


def test_the_sheets_of_the_shipped_day(shipped_day):
    staff, order = shipped_day.sheets
    assert [(line.rule, line.count, line.points) for line in staff.completed.lines] == [
        ("ded_no_uniform", 1, Decimal(1)),  # E017, noted twice
        ("ded_no_badge", 2, Decimal(1)),  # E017 and E021, 0.5 each as the host says
        ("ded_hair_nails", 1, Decimal(1)),
        ("ded_office_untidy", 2, Decimal(2)),  # the desk and the archive
    ]
    assert staff.completed.total == 5
    with pytest.raises(UnspecifiedPointsError) as missing:
        _ = staff.shipped.total
    assert missing.value.rules == ("ded_no_badge",)
    assert [(line.rule, line.count, line.points) for line in order.completed.lines] == [
        ("ded_fire_equipment_skill", 2, Decimal(2)),
        ("ded_patrol_route_missing", 1, Decimal(1)),  # noted twice, charged once
        ("ded_duty_log_defective", 1, Decimal(1)),
    ]
    assert order.completed.total == order.shipped.total == 4


def test_who_may_do_what_is_asked_for_cases_that_go_on(shipped_day):
    may = {
        (file.name, person): [option.event for option in options]
        for file in shipped_day.cases
        for person, options in file.options.items()
        if options
    }
    assert may == {
        ("issue-03", "wang"): ["resume"],
        ("issue-03", "zhao"): ["resume"],
        ("issue-05", "chen"): ["cancel"],
        ("issue-05", "wang"): ["accept", "send_back"],
        ("issue-05", "zhao"): ["accept", "send_back"],
    }


def test_a_day_happens_in_the_order_of_its_lines():
    day = run(
        RECORD + "9:03,li,finding,ded_no_uniform,,persons=p\n9:04,li,issue.fix_on_site,issue-01\n"
    )
    opened, noted, fixed = day.happened
    assert opened.case.state == "found"
    assert isinstance(noted, Observation)
    assert fixed.case.state == "fixed_on_site"
    assert day.cases[0].case.data.found_at == opened.step.at


def test_steps_that_end_otherwise_than_expected_are_all_told():
    text = (
        "9:00,zhang,issue.record,issue-01,,place=,description=oil\n"
        "9:01,zhang,issue.refer,issue-01,,department=x\n"
        "9:02,zhang,issue.record,issue-02,,place=a,description=b\n"
        "9:03,li,issue.fix_on_site,issue-02\n"
        "9:04,li,issue.verify_pass,issue-02,refused: no_such_reason\n"
        "9:05,zhang,issue.verify_pass,issue-02\n"
        "9:06,zhang,issue.record,issue-03,refused,place=a,description=b\n"
        "9:07,zhang,issue.record,issue-04,,place=a,description=b\n"
        "9:08,zhang,emergency_event.recover,issue-04/emergency_event\n"
    )
    found = problems(text, how=run)
    assert [(line, column) for line, column, _ in found] == [(1, 12), (5, 9), (7, 12), (9, 12)]
    accepted, other, refused, missing = (message for _, _, message in found)
    assert accepted == (
        "expected issue.record on issue-01 to be accepted; it was refused: "
        "the patrol record lacks: place 巡检记录缺少:地点 [record_complete]"
    )
    assert other.startswith("expected issue.verify_pass on issue-02 to be refused for no_such_reas")
    assert other.endswith("整改人不得验证自己的整改 [not_the_fixer]")
    assert refused == "expected issue.record on issue-03 to be refused; it was accepted"
    assert missing.startswith("emergency_event.recover on issue-04/emergency_event failed: no case")


def test_any_refusal_may_be_expected_without_its_codes():
    day = run(RECORD + "9:03,zhang,issue.accept,issue-01,refused\n")
    assert {reason.code for reason in day.happened[1].refused.reasons} == {
        "wrong_role",
        "wrong_state",
    }


def test_an_issue_may_open_a_second_emergency():
    head_and_plan = (
        RECORD + ",,plan,fire,,id=EP\n,he,person,,,roles=plan_leader; related_department\n"
    )
    declare = "{},zhang,issue.declare_emergency,issue-01,,kind=fire\n"
    text = (
        head_and_plan
        + declare.format("9:03")
        + "9:04,he,issue.stabilise,issue-01,,report=r,refer_to=x\n"
        "9:05,he,issue.send_back,issue-01,,reason=again\n"
        + declare.format("9:06")
        + "9:07,he,emergency_event.start_plan,issue-01/emergency_event-2,,severity=A\n"
    )
    day = run(text)
    assert {file.name: file.case.state for file in day.cases} == {
        "issue-01": "emergency",
        "issue-01/emergency_event": "reported",
        "issue-01/emergency_event-2": "plan_started",
    }
