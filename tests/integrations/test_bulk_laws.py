"""The law of scoring in bulk: it gives what `propflow.scoring.assess` gives, or refuses by name."""

from __future__ import annotations

import attrs
from hypothesis import HealthCheck, event, given, reject, settings
from hypothesis import strategies as st

from propflow.errors import InvalidRows, NotInBulk
from propflow.integrations import bulk
from propflow.integrations.bulk.run import lines_of
from propflow.scoring import Account, Unit, Unspecified, assess

from .bulk_books import books, days, table

YEARS = range(2026, 2027)


def billed(assessment):
    return {
        (bill.account.value, bill.holder, line.rule): (line.count, line.points)
        for bill in assessment.bills
        for line in bill.lines
    }


def shares_a_fact(findings):
    """Whether a fact stands under two rules: else no tangle is possible."""
    under = {}
    for finding in findings:
        if finding.fact is not None:
            under.setdefault(finding.fact, set()).add(finding.rule)
    return any(len(rules) > 1 for rules in under.values())


def divides_departments(ours, findings):
    """Whether one charge could be laid to two departments, or to one and none."""
    rules = {each.id: each for each in ours.deductions}
    named = {}
    for finding in findings:
        each = rules[finding.rule]
        subjects = {Unit.PERSON: finding.persons, Unit.PLACE: finding.places}.get(each.unit, "-")
        for subject in subjects:
            key = (finding.rule, finding.inspection, subject)
            named.setdefault(key, set()).add(finding.department)
    return ours.account is Account.DEPARTMENT and any(len(each) > 1 for each in named.values())


def refusals(compiled, ours, findings):
    """What bulk scoring refuses, after seeing that it may."""
    try:
        compiled.check(table(findings), bills=True)
    except InvalidRows as error:
        where = {each.where for each in error.faults}
        assert where <= {"fact", "department"}
        assert "fact" not in where or shares_a_fact(findings)
        assert "department" not in where or divides_departments(ours, findings)
        return where
    return set()


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(books().flatmap(lambda ours: st.tuples(st.just(ours), days(ours))))
def test_bulk_gives_the_lines_and_bills_of_assess(drawn):
    ours, findings = drawn
    try:
        compiled = bulk.plan(ours, years=YEARS)
    except NotInBulk:
        reject()
    refused = refusals(compiled, ours, findings)
    event(f"refused: {sorted(refused)}")
    if "fact" in refused:
        return
    expected = assess(ours, findings)
    # Without caps, lines need no department.
    if not refused or all(rule.cap is None for rule in ours.deductions):
        tallies = table_rows(compiled.lines(table(findings)))
        lines = tuple(lines_of(compiled.book, tallies))
        assert lines == tuple(attrs.evolve(line, findings=()) for line in expected.lines)
        assert {row["rule"]: row["points"] for row in tallies} == {
            line.rule: None if line.points is Unspecified else line.points
            for line in expected.lines
        }
    if not refused:
        found = table_rows(compiled.bills(table(findings)))
        assert {
            (row["account"], row["holder"], row["rule"]): (
                row["n"],
                Unspecified if row["points"] is None else row["points"],
            )
            for row in found
        } == billed(expected)


def table_rows(expression):
    return expression.to_pyarrow().to_pylist()
