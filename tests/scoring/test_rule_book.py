from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from propflow.errors import InexactNumber, InvalidPoints, InvalidRuleBook, UnknownRule
from propflow.scoring import (
    Account,
    CheckItem,
    Clause,
    Condition,
    Consequence,
    Count,
    Deduction,
    Label,
    Provenance,
    RuleBook,
    Section,
    Unit,
    Unspecified,
)
from propflow.scoring.book_faults import faults


def wording(rule_id):
    return {
        "id": rule_id,
        "clause": "1",
        "text_zh": "原文",
        "text_zh_clean": "读法",
        "text_en": "text",
    }


def deduction(rule_id, **fields):
    default = {"points": "1", "unit": Unit.PERSON, "provenance": Provenance.EXPLICIT}
    return Deduction(**wording(rule_id), **(default | fields))


def clause(rule_id):
    return Clause(**wording(rule_id), provenance=Provenance.EXPLICIT)


def book(*rules, sections=()):
    title = Label(zh="表", en="Sheet")
    return RuleBook(
        id="sheet", title=title, account=Account.DEPARTMENT, rules=rules, sections=sections
    )


def open_points(rule_id, **fields):
    return deduction(rule_id, points=Unspecified, provenance=Provenance.UNSPECIFIED, **fields)


def problems_of(*rules, sections=()):
    with pytest.raises(InvalidRuleBook) as refusal:
        book(*rules, sections=sections)
    return [str(problem) for problem in refusal.value.problems]


MEN_AND_WOMEN = (Condition(id="men", zh="男", en="men"), Condition(id="women", zh="女", en="women"))


def test_a_book_tells_its_rules_in_their_order():
    sheet = book(clause("head"), deduction("a"), open_points("b"), clause("foot"))
    assert [rule.id for rule in sheet.deductions] == ["a", "b"]
    assert sheet.rule("foot").clause == "1"
    assert sheet.unspecified() == ("b",)


def test_a_rule_that_is_not_there_is_named():
    with pytest.raises(UnknownRule, match="no rule 'x' in sheet"):
        book(deduction("a")).rule("x")


def test_a_float_for_points_is_refused_when_the_rule_is_made():
    with pytest.raises(InexactNumber):
        deduction("a", points=0.5)


def test_with_values_gives_a_new_book_and_leaves_the_old_one():
    sheet = book(clause("head"), deduction("a"), open_points("b"), open_points("c"))
    revised = sheet.with_values({"b": "0.5", "a": 2})
    assert [rule.points for rule in revised.deductions] == [Decimal(2), Decimal("0.5"), Unspecified]
    assert [rule.set_by_host for rule in revised.deductions] == [True, True, False]
    assert revised.rule("b").provenance is Provenance.UNSPECIFIED
    assert revised.unspecified() == ("c",)
    assert sheet.unspecified() == ("b", "c")
    assert not sheet.deductions[0].set_by_host


def test_with_values_names_every_unknown_rule():
    with pytest.raises(UnknownRule) as refusal:
        book(clause("head"), deduction("a")).with_values({"x": "1", "a": "1", "head": "1"})
    assert refusal.value.rules == ("x", "head")


def test_with_values_names_every_wrong_number():
    with pytest.raises(InexactNumber, match="the values for sheet have 2 problems"):
        book(deduction("a"), deduction("b")).with_values({"a": 0.5, "b": "-1"})


def test_with_values_cannot_take_a_value_away():
    with pytest.raises(InvalidPoints):
        book(deduction("a")).with_values({"a": Unspecified})


def test_conditions_are_switched_off_one_by_one():
    sheet = book(deduction("a", conditions=MEN_AND_WOMEN), deduction("b"))
    without_women = sheet.switch_off("a", "women")
    assert [each.applies for each in without_women.rule("a").conditions] == [True, False]
    assert without_women.rule("a").in_force
    without_both = without_women.switch_off("a", "men")
    assert [each.applies for each in without_both.rule("a").conditions] == [False, False]
    assert not without_both.rule("a").in_force
    assert sheet.rule("a").in_force
    assert sheet.rule("b").in_force


@pytest.mark.parametrize(
    ("rule", "condition", "named"),
    [("x", "men", "x"), ("head", "men", "head"), ("a", "children", "a/children")],
)
def test_switching_off_what_is_not_there_is_refused(rule, condition, named):
    sheet = book(clause("head"), deduction("a", conditions=MEN_AND_WOMEN))
    with pytest.raises(UnknownRule) as refusal:
        sheet.switch_off(rule, condition)
    assert refusal.value.rules == (named,)


@pytest.mark.parametrize(
    ("fields", "every_time"),
    [
        ({}, False),
        ({"count": Count.OCCURRENCE}, True),
        ({"unit": Unit.OCCURRENCE}, True),
        ({"unit": Unit.FLAT}, False),
    ],
)
def test_a_rule_counts_every_time_by_its_unit_or_by_its_switch(fields, every_time):
    assert deduction("a", **fields).counts_every_time is every_time


def test_all_faults_between_rules_are_reported_at_once():
    assert problems_of(
        deduction("a", section="二"),
        deduction("a"),
        deduction("b", points=Unspecified),
        deduction("c", unit=Unit.FLAT, count=Count.OCCURRENCE),
        deduction("d", conditions=MEN_AND_WOMEN[:1] * 2),
        sections=(Section(number="一", zh="甲", en="A"),),
    ) == [
        "rule 'a': section '二' is not among the book's sections",
        "rule 'a': the id is taken by an earlier rule; give it one of its own",
        "rule 'b': points are unspecified, but the provenance says 'explicit'",
        (
            "rule 'c': a flat rule is charged once per inspection; "
            "to count each time, use unit occurrence"
        ),
        "rule 'd': two conditions share the id 'men'",
    ]


def test_an_exclusion_must_name_another_deduction_by_the_same_unit():
    assert problems_of(
        clause("head"),
        deduction("a", excluded_by=("a", "x", "head", "b")),
        deduction("b", unit=Unit.PLACE),
    ) == [
        "rule 'a': excluded_by names 'a', which is not another rule of this book",
        "rule 'a': excluded_by names 'x', which is not another rule of this book",
        "rule 'a': excluded_by names 'head', which is not a deduction by person",
        "rule 'a': excluded_by names 'b', which is not a deduction by person",
    ]


def test_rules_may_not_exclude_each_other_in_a_circle():
    assert problems_of(
        deduction("a", excluded_by=("b",)),
        deduction("b", excluded_by=("c",)),
        deduction("c", excluded_by=("a",)),
    ) == [
        "rule 'a': excluded_by names 'b', which this rule excludes in turn",
        "rule 'b': excluded_by names 'c', which this rule excludes in turn",
        "rule 'c': excluded_by names 'a', which this rule excludes in turn",
    ]


def test_a_chain_of_exclusions_is_no_circle():
    chain = book(
        deduction("a"), deduction("b", excluded_by=("a",)), deduction("c", excluded_by=("b", "a"))
    )
    assert len(chain.rules) == 3


def check_item(rule_id, **fields):
    return CheckItem(**wording(rule_id), provenance=Provenance.EXPLICIT, **fields)


def consequence(rule_id, **fields):
    return Consequence(**wording(rule_id), provenance=Provenance.EXPLICIT, **fields)


def test_overlaps_name_other_check_items_of_the_book():
    assert problems_of(
        clause("head"),
        check_item("a", overlaps=("a", "x", "head", "b")),
        check_item("b", overlaps=("a",)),
    ) == [
        f"rule 'a': overlaps names {name!r}, which is not another check item of this book"
        for name in ("a", "x", "head")
    ]


def test_a_consequence_names_a_deduction_of_the_book():
    assert problems_of(
        deduction("a"),
        clause("head"),
        consequence("b", base_rule="a"),
        consequence("c", base_rule="head", warnings=-1),
        consequence("d", base_rule="x"),
    ) == [
        "rule 'c': warnings are below zero",
        "rule 'c': base_rule names 'head', which is not a deduction of this book",
        "rule 'd': base_rule names 'x', which is not a deduction of this book",
    ]


def test_what_a_rule_that_could_not_be_read_would_say_is_not_held_against_others():
    rules = [("broken", None), ("a", check_item("a", overlaps=("broken",)))]
    rules.append(("b", consequence("b", base_rule="broken")))
    assert list(faults(rules, ())) == []


def test_a_book_tells_what_kinds_of_rules_it_holds():
    mixed = book(deduction("a"), check_item("b"), consequence("c"), clause("d"))
    assert [rule.id for rule in mixed.check_items] == ["b"]
    assert [rule.id for rule in mixed.consequences] == ["c"]
    assert mixed.score_items == ()


def test_whatever_a_rule_needs_of_the_host_is_unspecified():
    mixed = book(open_points("a"), consequence("b", needs=("base_rule",)), clause("c"))
    needy = attrs.evolve(mixed, rules=(*mixed.rules, deduction("d", needs=("scale",))))
    assert needy.unspecified() == ("a", "b", "d")


def test_a_book_of_deductions_says_whose_points_they_are():
    with pytest.raises(InvalidRuleBook, match="the book does not say whose"):
        RuleBook(id="sheet", title=Label(zh="表", en="Sheet"), rules=(deduction("a"),))


def test_an_entry_of_the_contents_may_not_take_the_id_of_a_rule():
    with pytest.raises(InvalidRuleBook, match="the id is taken by an earlier rule"):
        attrs.evolve(book(deduction("a")), contents=(clause("a"),))


def test_a_rule_that_could_not_be_read_may_still_be_named():
    reader = deduction("a", excluded_by=("broken",))
    assert list(faults([("broken", None), ("a", reader)], (), Account.PERSON)) == []


def test_sections_that_could_not_be_read_are_not_missed():
    assert list(faults([("a", deduction("a", section="一"))], None)) == []
