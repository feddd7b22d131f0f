"""Random findings, values and scores that fit a rule book."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from propflow.scoring import Answer, Deduction, Finding, RuleBook, Score, Unspecified

_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_IDS = st.lists(st.sampled_from(["x", "y", "z"]), min_size=1, max_size=2, unique=True)


def findings_of(book: RuleBook) -> st.SearchStrategy[list[Finding]]:
    """Findings of several inspections under rules in force, at least one."""
    rules = [rule for rule in book.deductions if rule.in_force]
    return st.lists(st.sampled_from(rules).flatmap(_findings), min_size=1, max_size=8)


def _findings(rule: Deduction) -> st.SearchStrategy[Finding]:
    severities = [None, *(each.id for each in rule.severities)]
    return st.builds(
        finding_of,
        rule=st.just(rule),
        persons=_IDS,
        places=_IDS,
        inspection=st.integers(1, 5),
        department=st.sampled_from(["d1", "d2"]),
        named=st.booleans(),
        severity=st.sampled_from(severities),
    )


def finding_of(
    rule: Deduction,
    persons: list[str],
    places: list[str],
    inspection: int,
    department: str,
    named: bool,  # noqa: FBT001 - it is passed by name
    severity: str | None,
) -> Finding:
    """Return a finding of a rule; where it names a fact, its id is made of what was seen."""
    seen = f"{rule.unit} {sorted(persons)} {sorted(places)} {inspection} {department}"
    return Finding(
        rule.id,
        persons=persons,
        places=places,
        inspection=f"inspection {inspection}",
        department=department,
        fact=seen if named else None,
        found_at=_FIRST + timedelta(days=10 * inspection),
        severity=severity,
    )


def values_of(book: RuleBook) -> st.SearchStrategy[dict[str, Decimal]]:
    """Points for every deduction whose number is missing."""
    points = st.decimals(0, 10, places=2)
    missing = [rule.id for rule in book.deductions if rule.points is Unspecified]
    return st.fixed_dictionaries(dict.fromkeys(missing, points))


def scores_of(card: RuleBook) -> st.SearchStrategy[dict[str, Score]]:
    """Scores by hand for some or all items of a card."""
    return st.fixed_dictionaries(
        {},
        optional={
            item.id: st.one_of(
                st.integers(0, int(item.max_points)).map(Score),
                st.just(Score.not_applicable("at random")),
            )
            for item in card.score_items
        },
    )


def answers_of(book: RuleBook) -> st.SearchStrategy[dict[str, Answer]]:
    """Answers to all check items of a book, or to some."""
    given = {item.id: st.sampled_from(Answer) for item in book.check_items}
    return st.fixed_dictionaries(given) | st.fixed_dictionaries({}, optional=given)
