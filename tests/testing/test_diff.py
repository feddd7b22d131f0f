"""What differs between two definitions is said whole, and what would strand open cases too."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from propflow import Deadline, Rung
from propflow.definition import ANY, PREVIOUS, START, Event, Role, Settings, State, Workflow, guard
from propflow.definition.document import DeadlineDefinition, Definition
from propflow.testing import diff
from propflow.testing.diff import Difference
from propflow.workflows import Issue
from tests.runtime.deadlines import Chore
from tests.testing.shows import Repair

keeper = Role("keeper", zh="管", en="Keeper")
head = Role("head", zh="主管", en="Head")


@attrs.frozen
class Loan:
    key: str
    note: str = ""


@attrs.frozen
class Loan2:
    key: int
    place: str = ""


@attrs.frozen
class Chosen:
    most: int = 2


@guard(zh="可", en="may")
def may(_case, _context):
    return True


class First(Workflow[Loan]):
    name = "key_loan"
    requested = State(zh="待", en="Requested")
    lent = State(zh="借", en="Lent")
    lost = State(zh="丢", en="Lost")
    held = State(zh="停", en="Held")
    returned = State(zh="还", en="Returned", final=True)
    request = Event(Loan, START >> requested, zh="请", en="Request")
    lend = Event(requested >> lent, zh="发", en="Lend", by=keeper)
    lose = Event(lent >> lost, zh="丢", en="Lose")
    hold = Event([requested, lent, lost] >> held, zh="停", en="Hold")
    resume = Event(held >> PREVIOUS, zh="复", en="Resume")
    give_back = Event([lent, lost] >> returned, zh="还", en="Give back", by=keeper)


class Second(Workflow[Loan2]):
    name = "key_loan"
    version = 2
    with_settings = Settings(Chosen)
    requested = State(zh="待", en="Asked")
    out = State(zh="外", en="Out")
    lent = State(zh="借", en="Lent", within=out, initial=True)
    held = State(zh="停", en="Held")
    checked = State(zh="查", en="Checked")
    returned = State(zh="还", en="Returned", final=True)
    request = Event(Loan2, START >> requested, zh="请", en="Request")
    lend = Event((requested >> lent).when(may), zh="发", en="Lend", by=[keeper, head])
    hold = Event([requested, lent] >> held, zh="停", en="Hold", guards=[may])
    resume = Event(held >> PREVIOUS, zh="复", en="Resume")
    give_back = Event(lent >> checked, zh="还", en="Give back", by=keeper)
    check = Event(checked >> returned, zh="查", en="Check")


def test_every_difference_is_named_in_its_place():
    found = diff(First, Second)
    assert (found.old, found.new) == ("key_loan version 1", "key_loan version 2")
    assert found.text("en").splitlines()[1:-2] == [
        "  changed workflow key_loan, version: 1 → 2",
        "  changed workflow key_loan, settings: – → most=2",
        "  changed data field key, type: str → int",
        "  removed data field note",
        "  added data field place",
        "  changed state requested, English label: Requested → Asked",
        "  changed state lent, lies within: – → out",
        "  changed state lent, initial: False → True",
        "  removed state lost",
        "  added state out",
        "  added state checked",
        "  changed payload field request.key, type: str → int",
        "  removed payload field request.note",
        "  added payload field request.place",
        "  changed event lend, open to: keeper → keeper, head",
        "  changed transition requested --lend--> lent, guards: – → may",
        "  removed event lose",
        "  removed transition lent --lose--> lost",
        "  changed event hold, guards: – → may",
        "  removed transition lost --hold--> held",
        "  removed transition held --resume--> lost",
        "  retargeted transition lent --give_back--> returned, target: returned → checked",
        "  removed transition lost --give_back--> returned",
        "  added event check",
        "  added transition checked --check--> returned",
    ]


def test_open_cases_without_a_place_or_a_way_back_are_stranded():
    found = diff(First, Second)
    assert [(each.state, each.previous) for each in found.stranded] == [
        ("lost", None),
        ("held", "lost"),
    ]
    assert found.text("en").splitlines()[-2:] == [
        "! cases that rest in lost have no place in the new definition",
        "! cases that rest in held and came from lost have no way back",
    ]
    assert found.text("zh").splitlines()[-2:] == [
        "! 处于“丢”(lost)的案件在新定义中没有去处",
        "! 从 lost 进入“停”(held)的案件无法返回",
    ]
    back = diff(Second, First)
    assert [(each.state, each.previous) for each in back.stranded] == [("checked", None)]


class Split(Workflow[Loan]):
    name = "key_loan"
    version = 3
    requested = State(zh="待", en="Requested")
    lent = State(zh="借", en="Lent")
    inside = State(zh="内", en="Inside", within=lent, initial=True)
    lost = State(zh="丢", en="Lost", final=True)
    request = Event(Loan, START >> requested, zh="请", en="Request")
    lend = Event(requested >> lent, zh="发", en="Lend", by=keeper)
    lose = Event(ANY >> lost, zh="丢", en="Lose")


def test_a_case_cannot_rest_in_a_state_that_holds_others():
    assert [each.state for each in diff(First, Split).stranded] == ["lent", "held"]


@pytest.mark.parametrize("workflow", [Issue, Repair, First])
def test_what_is_the_same_has_no_difference(workflow):
    read = Definition.from_json(workflow.definition().to_json())
    found = diff(read, workflow)
    assert (found.differences, found.stranded) == ((), ())
    assert str(found).endswith("\n  no difference")
    assert found.text("zh").endswith("\n  没有差别")


def test_a_difference_is_data_and_has_both_labels():
    (found,) = [each for each in diff(First, Second).differences if each.kind == "retargeted"]
    assert attrs.asdict(found) == {
        "kind": "retargeted",
        "part": "transition",
        "name": "lent --give_back--> returned",
        "field": "target",
        "before": "returned",
        "after": "checked",
    }
    assert found.notice.zh == "改向流转 lent --give_back--> returned 的去向:returned → checked"


def test_settings_are_compared_by_value():
    (found,) = diff(Second, Second.with_settings(most=3)).differences
    assert (found.field, found.before, found.after) == ("settings", "most=2", "most=3")


class Timed(Chore):
    name = "chore"
    answer = Deadline(
        Chore.plan,
        after=timedelta(hours=2),
        rungs=[Rung(share="0.8", to="head")],
        until=Chore.urge,
        zh="未应",
        en="Unanswered",
    )


class TimedAnew(Chore):
    name = "chore"
    answer = Deadline(Chore.plan, after=timedelta(hours=3), zh="未应", en="Unanswered")
    plain = Deadline(Chore.at_work, after=timedelta(days=9), fires=Chore.urge)


def test_deadlines_are_compared_whole():
    assert [str(each.notice.en) for each in diff(Timed, TimedAnew).differences] == [
        "changed deadline answer, limit: P0DT7200S → P0DT10800S",
        "changed deadline answer, rungs: 4/5 head → –",
        "changed deadline answer, ended by: urge → –",
        "added deadline plain",
    ]


def test_every_part_of_a_deadline_has_a_label_in_a_difference():
    for part in attrs.fields(DeadlineDefinition):
        if part.name != "name":
            notice = Difference("changed", "deadline", "x", part.name, "1", "2").notice
            assert notice.zh.endswith(":1 → 2")
