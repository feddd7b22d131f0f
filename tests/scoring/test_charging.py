"""Rulings A33, A37, A57 and A59 where they meet, against an oracle that tries every way."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, combinations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propflow.rulebooks import load
from propflow.scoring import Account, Count, Finding, Provenance, Unspecified, assess
from propflow.scoring.rule_book import RuleBook

A = load("sheet_staff_image")


def rule(rule_id, points="1", **fields):
    provenance = Provenance.UNSPECIFIED if points is Unspecified else Provenance.EXPLICIT
    plain = {"same_as": (), "excluded_by": (), "provenance": provenance}
    return attrs.evolve(A.deductions[0], id=rule_id, points=points, **(plain | fields))


def book(*rules, name="book"):
    return RuleBook(id=name, title=A.title, account=A.account, rules=rules, sections=A.sections)


def on(rule_id, *persons, **fields):
    return Finding(rule_id, persons=persons or ("p1",), **fields)


def charged(books, *findings):
    return {line.rule: line.count for line in assess(books, findings).lines}


def asides(books, *findings):
    return [
        (aside.finding.rule, aside.subject, aside.instead, aside.ruling)
        for aside in assess(books, findings).set_aside
    ]


def test_of_rules_on_one_matter_one_is_charged_for_a_person_in_an_inspection():
    ours = book(rule("a", "1", same_as=("dress",)), rule("b", "2", same_as=("dress",)))
    findings = [on("a", "p1", "p2"), on("b", "p1"), on("b", "p3", inspection="i2")]
    assert charged(ours, *findings) == {"a": 1, "b": 2}
    assert asides(ours, *findings) == [("a", "p1", "b", "A33")]


def test_of_equal_rules_on_one_matter_the_earlier_book_is_charged():
    first = book(rule("a", same_as=("dress",)))
    second = book(rule("b", same_as=("dress",)), name="other")
    assert charged([first, second], on("b"), on("a")) == {"a": 1}
    assert charged([second, first], on("b"), on("a")) == {"b": 1}


def test_a_rule_with_points_is_charged_before_one_without():
    ours = book(rule("a", Unspecified, same_as=("x",)), rule("b", "0", same_as=("x",)))
    assert charged(ours, on("a"), on("b")) == {"b": 1}
    assert charged(ours, on("a")) == {"a": 1}


def test_a_rule_on_the_matter_of_two_others_is_weighed_against_both():
    ours = book(
        rule("all", "1.5", same_as=("left", "right")),
        rule("x", same_as=("left",)),
        rule("y", same_as=("right",)),
    )
    assert charged(ours, on("all"), on("x")) == {"all": 1}
    assert charged(ours, on("all"), on("x"), on("y")) == {"x": 1, "y": 1}
    assert asides(ours, on("all"), on("x"), on("y")) == [("all", "p1", "x", "A33")]


def test_a_matter_that_two_accounts_judge_stands_in_both():
    sheet = book(rule("a", same_as=("dress",)))
    slips = book(rule("slip", same_as=("dress",)), name="slips")
    slips = attrs.evolve(slips, account=Account.PERSON)
    assert charged([sheet, slips], on("a"), on("slip")) == {
        "a": 1,
        "slip": 1,
    }


def test_one_fact_is_charged_once_and_under_its_dearest_rule():
    ours = book(rule("a", "1"), rule("b", "2"), rule("c", Unspecified))
    findings = [on(each, "p1", "p2", fact="f1") for each in ("a", "b", "c")]
    assert charged(ours, *findings) == {"b": 2}
    assert asides(ours, *findings) == [
        ("a", "p1", "b", "A57"),
        ("c", "p1", "b", "A57"),
        ("a", "p2", "b", "A57"),
        ("c", "p2", "b", "A57"),
    ]


@pytest.mark.parametrize(("one", "two"), [("f1", "f2"), ("f2", "f1")])
def test_a_fact_moves_over_where_another_fact_can_take_its_place(one, two):
    ours = book(rule("a", "2"), rule("b", "1"))
    first, second, again = on("a", fact=one), on("b", fact=two), on("a", fact=two)
    assert charged(ours, first, second) == {"a": 1, "b": 1}
    assert charged(ours, first, second, again) == {"a": 1, "b": 1}
    assert charged(ours, second, again) == {"a": 1}


def test_a_fact_named_twice_under_one_rule_is_charged_once_even_if_every_time_counts():
    ours = book(rule("a", count=Count.OCCURRENCE))
    assert charged(ours, on("a", fact="f1"), on("a", fact="f1"), on("a", fact="f2")) == {"a": 2}
    assert charged(ours, on("a"), on("a")) == {"a": 2}


def test_an_excluded_rule_charges_nothing_where_the_other_is_found():
    ours = book(rule("none"), rule("partial", "9", excluded_by=("none",)))
    findings = [on("none", "p1"), on("partial", "p1", "p2"), on("partial", "p1", inspection="i2")]
    assert charged(ours, *findings) == {"none": 1, "partial": 2}
    assert asides(ours, *findings) == [("partial", "p1", "none", "A59")]


def test_many_findings_on_one_person_settle_as_fast_as_they_are_read():
    ours = book(
        *[rule(f"a{n}", same_as=(f"g{n}",)) for n in range(30)],
        *[rule(f"b{n}", "2", same_as=(f"g{n}",)) for n in range(30)],
    )
    findings = [on(each.id) for each in ours.deductions]
    assert charged(ours, *findings) == {f"b{n}": 1 for n in range(30)}


POINTS = st.sampled_from(["0", "0.5", "1", "2", Unspecified])
GROUPS = st.lists(st.sampled_from(["x", "y"]), max_size=2, unique=True).map(tuple)
RULES = st.lists(st.tuples(POINTS, GROUPS, st.sampled_from(Count)), min_size=1, max_size=4).map(
    lambda kinds: [
        rule(f"r{n}", points, same_as=groups, count=count)
        for n, (points, groups, count) in enumerate(kinds)
    ]
)
NOTES = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, "f1", "f2"])), max_size=6)


def every_way(claims):
    return chain.from_iterable(combinations(claims, size) for size in range(len(claims) + 1))


def allowed(way):
    """The four rulings, each as it is written."""
    for one, two in combinations(way, 2):
        same_rule = one[0].id == two[0].id
        if one[1] == two[1]:
            return False  # A57
        if same_rule and one[0].count is Count.DISTINCT:
            return False  # A37
        if not same_rule and set(one[0].same_as) & set(two[0].same_as):
            return False  # A33
    return True


def worth(way):
    points = [each.points for each, _ in way if each.points is not Unspecified]
    return (sum(points, Decimal(0)), len(points), len(way))


@settings(max_examples=400)
@given(RULES, NOTES)
def test_the_dearest_of_all_allowed_ways_is_charged(rules, notes):
    noted = [(rules[index % len(rules)], fact) for index, fact in notes]
    findings = [on(each.id, fact=fact) for each, fact in noted]
    claims = [(each, fact or number) for number, (each, fact) in enumerate(noted)]
    once = list({(each.id, seen): (each, seen) for each, seen in claims}.values())
    best = max(worth(way) for way in every_way(once) if allowed(way))
    result = assess(book(*rules), findings)
    known = [line for line in result.lines if line.points is not Unspecified]
    assert best == (
        sum((line.points for line in known), Decimal(0)),
        sum(line.count for line in known),
        sum(line.count for line in result.lines),
    )


@given(RULES, NOTES)
def test_every_finding_is_either_behind_a_line_or_set_aside_with_a_reason(rules, notes):
    findings = [on(rules[index % len(rules)].id, fact=fact) for index, fact in notes]
    result = assess(book(*rules), findings)
    behind = [each for line in result.lines for each in line.findings]
    aside = [each.finding for each in result.set_aside]
    assert sorted(map(repr, behind + aside)) == sorted(map(repr, findings))
