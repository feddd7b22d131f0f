"""Day files as they are read: what is understood, and every way to be wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from propflow.cli.day.entries import CHINA, Observation, Step
from propflow.definition import Actor
from propflow.scoring import Finding
from propflow.workflows import Issue, RepairOrder, Severity
from propflow.workflows.issue_data import EmergencyDeclaration, Found
from tests.cli.days import HEAD, problems, read

RECORD = "9:02,zhang,issue.record,issue-01,,place=hall,description=oil\n"


def test_what_is_declared():
    day = read(",,plan,fire,,id=EP-01\n,,points,ded_no_badge,,points=0.5\n")
    assert (day.file, day.title, day.date) == ("day.csv", "Monday", dt.date(2025, 3, 10))
    assert day.people["li"].actor == Actor("li", ["inspector", "cs_assistant"])
    assert day.people["li"].name == "Li Mei"
    assert (day.plans, day.points) == ({"fire": "EP-01"}, {"ded_no_badge": "0.5"})
    assert day.entries == ()


def test_a_step_is_a_typed_action_at_a_moment_of_china():
    day = read(RECORD.replace("\n", ',photos=a.jpg; b.jpg,"zone=north, ""A"""\n'))
    (step,) = day.entries
    payload = Found("hall", "oil", zone='north, "A"', photos=("a.jpg", "b.jpg"))
    assert step == Step(
        mark=step.mark,
        at=dt.datetime(2025, 3, 10, 9, 2, tzinfo=CHINA),
        by=day.people["zhang"],
        on="issue-01",
        action=Issue.record(**{a: getattr(payload, a) for a in Found.__slots__ if a[0] != "_"}),
        opens=True,
        refusal=None,
    )
    assert step.at.utcoffset() == dt.timedelta(hours=8)


def test_values_are_read_as_what_the_field_asks_for():
    day = read(
        RECORD + "9:03,zhang,issue.declare_emergency,issue-01,refused: no_emergency_plan,"
        "kind=fire,severity=A\n"
        "9:04,li,repair_order.report,repair-01,refused,place=x,description=y,urgent=true\n"
        "9:05,li,repair_order.report,repair-01,,place=x,description=y,urgent=false\n"
        "9:06,li,repair_order.quote,repair-01,refused: a; b,quote=12.50\n"
    )
    _, declared, first, second, quoted = day.entries
    assert declared.action.payload == EmergencyDeclaration("fire", severity=Severity.A)
    assert declared.refusal == frozenset({"no_emergency_plan"})
    assert (first.action.payload.urgent, first.refusal) == (True, frozenset())
    assert second.action.payload.urgent is False
    assert quoted.action == RepairOrder.quote(quote=Decimal("12.50"))
    assert quoted.refusal == frozenset({"a", "b"})


def test_a_finding_names_its_sheet():
    day = read("9:30,li,finding,ded_no_uniform,,persons=p2; p1,department=desk,inspection=am\n")
    (noted,) = day.entries
    at = dt.datetime(2025, 3, 10, 9, 30, tzinfo=CHINA)
    finding = Finding(
        "ded_no_uniform",
        persons=["p1", "p2"],
        department="desk",
        inspection="am",
        found_at=at,
        by="li",
    )
    person = day.people["li"]
    assert noted == Observation(noted.mark, at, person, "sheet_staff_image", finding)


def test_people_may_be_declared_after_what_they_did():
    day = read(RECORD.replace("zhang", "new") + ",new,person,,,roles=inspector\n")
    assert day.entries[0].by.name == "new"


def test_a_date_as_spreadsheets_rewrite_it():
    assert read("", HEAD.replace("2025-03-10", "2025/3/10")).date == dt.date(2025, 3, 10)


def test_the_emergency_of_an_issue_is_named_by_the_issue():
    day = read(RECORD + "9:30,li,emergency_event.recover,issue-01/emergency_event,refused\n")
    assert day.entries[1].on == "issue-01/emergency_event"


# A ^ stands before the place of the fault.
ONE_FAULT = {
    ",,^plan,fire": "expected a cell id=… for plan (cell C5)",
    ",,plan,^,,id=x": "expected the type of emergency that the plan is for (cell D5)",
    ",,^points,ded_no_badge": "expected a cell points=… for points (cell C5)",
    ",,points,^ded_no_badge,,points=-1": "-1 is below zero",
    ",,points,^ded_no_badge,,points=half": "'half' is not a number of points",
    ",,points,^ded_no_bagde,,points=1": "did you mean 'ded_no_badge'?",
    ",,^day,2025-03-11": "expected one day in a file, found a second (cell C5)",
    ",x,person,,,^roles=inspecter": "did you mean 'inspector'?; there are cs_assistant, ",
    ",^li,person": "expected each person once, found 'li' again (cell B5)",
    ",^,person,,,name=x": "expected the person's id (cell B5)",
    ",x,person,^y": "expected nothing under on for person, found 'y' (cell D5)",
    ",x,person,,,^age=3": "expected a field of person, found 'age'; it takes name, roles",
    "^9.30,li,finding,ded_patrol_route_missing": "expected a time such as 09:30, found ",
    "^24:00,li,finding,ded_patrol_route_missing": "expected a time such as 09:30, found ",
    "^,li,finding,ded_patrol_route_missing": "expected a time such as 09:30, found ''",
    "9:30,^zhng,finding,ded_patrol_route_missing": "found 'zhng'; did you mean 'zhang'? (cell B5)",
    "9:30,li,finding,^ded_no_uniform": "the rule is counted by person",
    "9:30,li,finding,^ded_office_untidy,,persons=p": "the rule is counted by place",
    "9:30,li,finding,ded_no_uniform,^refused,persons=p": "expected nothing under expect",
    "9:30,li,finding,^sheet_signatures": "expected a deduction of sheet_staff_image or ",
    "9:30,li,finding,^": "expected a deduction of ",
    "9:30,li,^": "expected workflow.event, finding, day, person, plan or points, found ''",
    "9:30,li,^isue.record,i,,place=a,description=b": "did you mean 'issue.record'?",
    "9:30,li,^issue.record,i,,place=a": "expected a cell description=… for issue.record",
    "9:30,li,issue.record,^,,place=a,description=b": "expected the case's name",
    "9:30,li,issue.record,^a/b,,place=a,description=b": "expected a name without /",
    "9:30,li,issue.accept,^i": "expected a case that an earlier line opens, found 'i'",
    "9:30,li,issue.record,i,^no,place=a,description=b": "expected nothing, refused, or ",
    "9:30,li,issue.record,i,^refused:,place=a,description=b": "expected nothing, refused",
    "9:30,li,issue.record,i,,place=a,description=b,^photo=c": "did you mean 'photos'?",
    "9:30,li,issue.record,i,,place=a,description=b,^place=c": "expected each field once",
    "9:30,li,issue.record,i,,place=a,description=b,^c": "expected field=value, found 'c'",
    "9:30,li,repair_order.report,i,,place=a,description=b,^urgent=yes": (
        "expected true or false as urgent, found 'yes'"
    ),
    "9:30,li,repair_order.report,i,,place=a,description=b,^kind=cheap": (
        "expected one of owner, large, public_area, paid as kind, found 'cheap'"
    ),
}


@pytest.mark.parametrize("marked", ONE_FAULT)
def test_one_fault_at_its_place(marked):
    ((line, column, message),) = problems(marked.replace("^", "") + "\n")
    assert (line, column) == (1, marked.index("^") + 1)
    assert ONE_FAULT[marked] in message


AFTER_A_GOOD_LINE = {
    "^9:00,li,finding,ded_patrol_route_missing": "expected 09:02:00 or later, ",
    "9:03,li,complaint.close,^issue-01": "expected a case of complaint, found 'issue-01' of issue",
    "9:03,li,issue.accept,^isue-01": "found 'isue-01'; did you mean 'issue-01'?",
    "9:03,li,issue.accept,^issue-01/x": "expected a case of issue, found 'issue-01/x' of x",
    "9:03,li,issue.record,^issue-01,,place=a,description=b": "expected a new name, found ",
    "9:03,li,issue.accept,issue-01,,^x=1": "found 'x'; it takes none",
    "9:03,li,issue.declare_emergency,issue-01,,kind=a,^severity=Z": (
        "expected one of A, B, C as severity, found 'Z'"
    ),
}


@pytest.mark.parametrize("marked", AFTER_A_GOOD_LINE)
def test_one_fault_after_a_good_line(marked):
    ((line, column, message),) = problems(f"{RECORD}{marked.replace('^', '')}\n")
    assert (line, column) == (2, marked.index("^") + 1)
    assert AFTER_A_GOOD_LINE[marked] in message


def test_a_number_is_asked_for_in_words():
    text = (
        "9:00,li,repair_order.report,r,,place=a,description=b\n"
        "9:01,li,repair_order.quote,r,,quote=x\n"
    )
    ((_, _, message),) = problems(text)
    assert message.startswith("expected a number such as 12.50 as quote, found 'x'")


def test_one_fact_says_one_thing():
    text = (
        "9:00,li,finding,ded_no_uniform,,persons=a,fact=f\n"
        "9:00,li,finding,ded_no_badge,,persons=a,fact=f\n"
        "9:00,li,finding,ded_hair_nails,,persons=b,fact=f\n"
    )
    ((number, column, message),) = problems(text)
    assert (number, column) == (3, 17)
    assert "with other persons" in message


def test_all_faults_of_a_file_at_once_in_order():
    marked = (
        ",,^plan,fire\n"
        '9:00,li,issue.record,^"i,,place=a\n'
        "8:30,^le,^issue.recrd,i\n"
        "8:31,li,issue.record,j,,place=a,description=b,^photo=b\n"
        "^8:20,li,issue.accept,^k,^maybe,^x=1\n"
    )
    places = []
    for number, line in enumerate(marked.splitlines(), 1):
        before = line.split("^")[:-1]
        places += [(number, len("".join(before[: n + 1])) + 1) for n in range(len(before))]
    found = problems(marked.replace("^", ""))
    assert [(line, column) for line, column, _ in found] == places
    assert len(places) == 9


def test_a_file_without_a_date_a_header_or_anything():
    header = HEAD.splitlines(keepends=True)[0]
    assert problems("", header) == [(0, 1, "expected a line ,,day,2025-03-10 with the date")]
    assert problems("", "") == [(1, 1, "expected a header and lines, found none")]
    ((line, column, message),) = problems("", "when,who\n,,day,2025-03-10\n")
    assert (line + 2, column) == (1, 1)
    assert message.startswith("expected the header time,who,what,on,expect,fields, found when,who")


def test_a_wrong_date():
    ((*_, message),) = problems("", HEAD.replace("2025-03-10", "2025-02-30"))
    assert message.startswith("expected a date such as 2025-03-10, found '2025-02-30'")
