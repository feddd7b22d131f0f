from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.errors import InvalidFinding, UnknownRule
from propflow.rulebooks import load, shipped
from propflow.scoring import (
    Account,
    CheckItem,
    Clause,
    Consequence,
    Deduction,
    Finding,
    Rule,
    RuleBook,
    ScoreItem,
    ScoreSection,
    ScoreTotal,
    Severity,
    Unit,
    Unspecified,
    assess,
    changes,
    replay,
)
from propflow.scoring.book_changes import _FIELDS

A = load("sheet_staff_image")
B = load("sheet_order_fire_safety")
REVISED = A.with_values({"ded_no_uniform": "2", "ded_no_badge": "0.5"})
QUARTER = [
    Finding("ded_no_uniform", persons=["p1", "p2"], department="d1"),
    Finding("ded_no_badge", persons=["p3"], department="d2"),
    Finding("ded_office_untidy", places=["R1"], department="d2"),
]


def without(book, rule_id):
    return attrs.evolve(book, rules=tuple(rule for rule in book.rules if rule.id != rule_id))


def notices(old, new):
    return [(change.notice.zh, change.notice.en) for change in changes(old, new)]


def test_the_last_quarter_under_a_changed_book_rule_by_rule():
    told = replay(QUARTER, A, REVISED)
    assert [
        (each.rule, each.before.points, each.after.points, each.difference) for each in told.rules
    ] == [
        ("ded_no_uniform", 2, 4, 2),
        ("ded_no_badge", Unspecified, Decimal("0.5"), Unspecified),
        ("ded_office_untidy", 1, 1, 0),
    ]
    assert told.dropped == ()
    assert told.after.total == Decimal("5.5")


def test_the_last_quarter_under_a_changed_book_account_by_account():
    told = replay(QUARTER, A, REVISED)
    assert [
        (each.account, each.holder, each.before, each.after, each.difference)
        for each in told.accounts
    ] == [
        (Account.DEPARTMENT, "d1", 2, 4, 2),
        (Account.DEPARTMENT, "d2", Unspecified, Decimal("1.5"), Unspecified),
    ]


def test_a_rule_that_only_one_book_has_costs_nothing_under_the_other():
    shorter = without(A, "ded_office_untidy")
    told = replay(QUARTER, A, shorter)
    (effect,) = [each for each in told.rules if each.rule == "ded_office_untidy"]
    assert (effect.after, effect.difference) == (None, -1)
    assert told.dropped == (QUARTER[2],)
    back = replay(QUARTER, shorter, A)
    assert [each.rule for each in back.rules if each.before is None] == ["ded_office_untidy"]
    assert back.dropped == (QUARTER[2],)


def test_several_books_on_either_side():
    flat = Finding("ded_patrol_route_missing", department="d3")
    told = replay([*QUARTER[:1], flat], A, [A, B])
    assert [(each.holder, each.difference) for each in told.accounts] == [("d1", 0), ("d3", 1)]


def test_a_rule_that_neither_side_holds_is_named():
    with pytest.raises(UnknownRule) as refusal:
        replay([Finding("x"), Finding("ded_no_uniform"), Finding("y")], A, B)
    assert refusal.value.rules == ("x", "y")
    assert refusal.value.books == ("sheet_staff_image", "sheet_order_fire_safety")


def test_findings_that_the_changed_book_cannot_count_are_named():
    rules = tuple(
        attrs.evolve(rule, unit=Unit.PLACE) if rule.id == "ded_no_uniform" else rule
        for rule in A.rules
    )
    with pytest.raises(InvalidFinding, match="counted by place"):
        replay(QUARTER, A, attrs.evolve(A, rules=rules))


@given(st.lists(st.sampled_from(QUARTER)))
def test_under_the_same_book_nothing_changes(findings):
    told = replay(findings, REVISED, REVISED)
    assert told.before == told.after == assess(REVISED, findings)
    assert {each.difference for each in (*told.rules, *told.accounts)} <= {0}


def test_a_change_of_points_reads_like_a_notice():
    assert notices(A, A.with_values({"ded_no_badge": "0.50"})) == [
        (
            "一.4 未佩戴工号牌,每发现1人扣分。 分值：未给出 → 0.5",
            (
                "一.4 No staff-number badge: points per person (the number is missing). "
                "points: not given → 0.5"
            ),
        ),
        (
            "一.4 未佩戴工号牌,每发现1人扣分。 由使用单位设定：否 → 是",
            (
                "一.4 No staff-number badge: points per person (the number is missing). "
                "set by the host: no → yes"
            ),
        ),
    ]


def test_a_change_knows_its_rule_field_and_values():
    (points, _) = changes(A, A.with_values({"ded_office_untidy": "2"}))
    assert (points.rule, points.field, points.before, points.after) == (
        *("ded_office_untidy", "points"),
        *(Decimal(1), Decimal(2)),
    )


def test_rules_that_come_and_go_are_told_with_their_wording():
    shorter = without(A, "ded_office_untidy")
    (gone,) = changes(A, shorter)
    assert gone.notice.zh == "废止 二.8 办公场所不整齐,每发现一处扣1分。"
    assert gone.notice.en == "Removed: 二.8 Office untidy: 1 point per place."
    assert (gone.field, gone.before, gone.after) == (None, A.rule("ded_office_untidy"), None)
    (come,) = changes(shorter, A)
    assert come.notice.zh == "新增 二.8 办公场所不整齐,每发现一处扣1分。"
    assert come.notice.en.startswith("Added: 二.8 ")


def test_a_rule_of_another_kind_is_another_rule():
    form = A.rule("sheet_signatures")
    turned = attrs.evolve(A.deductions[0], id=form.id)
    rules = tuple(turned if rule is form else rule for rule in A.rules)
    told = changes(A, attrs.evolve(A, rules=rules))
    assert [each.notice.en.split(":")[0] for each in told] == ["Removed", "Added"]


def test_a_change_of_order_is_told():
    turned = attrs.evolve(A, rules=A.rules[::-1])
    assert notices(A, turned) == [("条款顺序有变", "The rules stand in another order.")]


def test_changes_of_the_book_itself_come_first_and_every_value_is_said():
    severity = Severity("grave", "严重", "grave", "2")
    first, *rest = A.deductions
    revised = attrs.evolve(
        A,
        account=Account.PERSON,
        title=attrs.evolve(A.title, zh="新表"),
        incomplete=True,
        source="",
        rules=(attrs.evolve(first, cap="5", severities=(severity,), section=None),),
    )
    old = attrs.evolve(A, rules=(first,))
    assert notices(old, revised) == [
        (
            "本规则 名称：服务质量检查评分标准:员工服务形象 → 新表",
            f"this book title: {A.title.en} → {A.title.en}",
        ),
        ("本规则 扣分对象：department → person", "this book account: department → person"),
        ("本规则 出处：seed.txt → 无", "this book source: seed.txt → none"),
        ("本规则 残缺：否 → 是", "this book incomplete: no → yes"),
        *(
            (f"一.1 {first.text_zh_clean} {zh}", f"一.1 {first.text_en} {en}")
            for zh, en in (
                ("所属部分：一 → 无", "section: 一 → none"),
                ("每次检查封顶：无 → 5", "cap: none → 5"),
                (
                    "轻重等级：无 → （id grave，zh 严重，en grave，multiplier 2）",
                    "severities: none → (id grave, zh 严重, en grave, multiplier 2)",
                ),
            )
        ),
    ]
    assert len(rest) == 12


def test_two_values_are_told_apart_by_a_comma():
    first = A.deductions[0]
    old = attrs.evolve(A, rules=(first,))
    new = attrs.evolve(A, rules=(attrs.evolve(first, same_as=("x", "y")),))
    assert notices(old, new)[0][0].endswith("同一事项：uniform_worn → x、y")
    assert notices(old, new)[0][1].endswith("same matter as: uniform_worn → x, y")


@pytest.mark.parametrize("name", shipped())
def test_a_book_does_not_differ_from_itself(name):
    assert changes(load(name), load(name)) == ()


def test_every_field_of_every_rule_and_book_has_its_words():
    kinds = (RuleBook, Rule, Clause, Deduction, ScoreItem, ScoreSection, ScoreTotal)
    fields = {
        field.name for kind in (*kinds, CheckItem, Consequence) for field in attrs.fields(kind)
    }
    assert fields - {"rules", "contents"} == set(_FIELDS)
