"""Laws that hold whatever is found, on the shipped sheets."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.errors import UnspecifiedPointsError
from propflow.rulebooks import load
from propflow.scoring import Finding, Unit, assess

SHEETS = [load("sheet_staff_image"), load("sheet_order_fire_safety")]
RULES = [rule for sheet in SHEETS for rule in sheet.deductions]
MISSING = {rule_id for sheet in SHEETS for rule_id in sheet.unspecified()}

ids = st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=3)
moments = st.integers(0, 3).map(lambda hour: datetime(2025, 3, 3, hour, tzinfo=UTC))


@st.composite
def observations(draw):
    """What was seen, apart from the rule: one for each fact, so that no fact contradicts itself."""
    return {
        "persons": draw(ids),
        "places": draw(ids),
        "inspection": draw(st.sampled_from([None, "i1", "i2"])),
        "department": draw(st.sampled_from([None, "d1"])),
        "found_at": draw(st.none() | moments),
    }


@st.composite
def days(draw, *, min_size=0, facts=(None, 1, 2)):
    """Findings of a day in any order: repeats, shared facts, several inspections."""
    seen_as = {(unit, n): draw(observations()) for unit in Unit for n in facts}
    findings = []
    for rule in draw(st.lists(st.sampled_from(RULES), min_size=min_size, max_size=12)):
        number = draw(st.sampled_from(facts))
        fact = None if number is None else f"{rule.unit} {number}"
        seen = draw(observations()) if fact is None else seen_as[rule.unit, number]
        by = draw(st.sampled_from([None, "q1"]))
        findings.append(Finding(rule.id, fact=fact, by=by, **seen))
    return findings


# Any values, but an incomplete log never costs more than a missing one: A59 replaces the one by
# the other, and with such values the replacement itself would lower the deduction.
values = st.fixed_dictionaries(
    {
        rule_id: st.decimals(
            0,
            1 if rule_id == "ded_fire_control_log_incomplete" else 50,
            places=3,
            allow_nan=False,
        )
        for rule_id in MISSING
    }
)


def priced(numbers):
    return [
        sheet.with_values({rule: numbers[rule] for rule in sheet.unspecified()}) for sheet in SHEETS
    ]


@given(days().flatmap(lambda day: st.tuples(st.just(day), st.permutations(day))))
def test_the_order_of_findings_does_not_matter(days):
    day, shuffled = days
    assert assess(SHEETS, shuffled) == assess(SHEETS, day)
    assert repr(assess(SHEETS, shuffled)) == repr(assess(SHEETS, day))


@given(days(min_size=1), values)
def test_a_further_finding_never_lowers_the_deduction(day, numbers):
    *before, further = day
    if further.rule == "ded_fire_control_log_missing":
        # It replaces what was charged for an incomplete log there; a fact of its own keeps that
        # from taking a charge elsewhere away as well.
        further = attrs.evolve(further, fact=None)
    sheets = priced(numbers)
    assert assess(sheets, [*before, further]).total >= assess(sheets, before).total


@given(days(min_size=1, facts=[None]), st.integers(1, 3))
def test_the_same_person_again_under_a_rule_in_one_inspection_changes_no_points(day, times):
    again = attrs.evolve(day[0], by="someone else", persons=day[0].persons[:1], found_at=None)
    before, after = assess(SHEETS, day), assess(SHEETS, [*day, *[again] * times])
    assert [(line.rule, line.count, line.points) for line in after.lines] == [
        (line.rule, line.count, line.points) for line in before.lines
    ]


@given(days())
def test_the_error_names_exactly_the_charged_rules_without_points(day):
    result = assess(SHEETS, day)
    charged = {line.rule for line in result.lines} & MISSING
    if charged:
        with pytest.raises(UnspecifiedPointsError) as refusal:
            _ = result.total
        assert set(refusal.value.rules) == charged
    else:
        assert result.total >= 0
    denied = {each.finding.rule for each in result.set_aside}
    assert {finding.rule for finding in day} & MISSING <= charged | denied


@given(days(), values, st.integers(0, 40), st.integers(0, 40))
def test_a_floor_changes_the_score_and_never_the_total(day, numbers, one, other):
    floor, base = sorted([one, other])
    sheets = priced(numbers)
    with_floor, without = assess(sheets, day, base=base, floor=floor), assess(sheets, day)
    assert with_floor.total == without.total
    assert with_floor.lines == without.lines
    assert with_floor.score == max(Decimal(floor), base - without.total)


@given(days(), values)
def test_the_total_is_the_exact_sum_of_count_times_points(day, numbers):
    result = assess(priced(numbers), day)
    exact = sum(line.count * Fraction(line.each) for line in result.lines)
    assert Fraction(result.total) == exact


@given(days(), values)
def test_no_rule_counts_more_than_its_persons_places_or_inspections(day, numbers):
    for line in assess(priced(numbers), day).lines:
        mine = [finding for finding in day if finding.rule == line.rule]
        subjects = {
            Unit.PERSON: lambda finding: finding.persons,
            Unit.PLACE: lambda finding: finding.places,
            Unit.FLAT: lambda each: (each.department,),
        }[line.unit]
        distinct = {(each.inspection, subject) for each in mine for subject in subjects(each)}
        assert 1 <= line.count <= len(distinct)
