"""Faults of findings, all of them reported at once before anything is assessed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import attrs

from propflow.errors import InvalidFinding, Problem, UnknownRule
from propflow.scoring.deduction import Account, Deduction, Unit
from propflow.scoring.finding import Finding
from propflow.scoring.rule import Rule
from propflow.scoring.rule_book import RuleBook


def refuse_faulty(findings: Sequence[Finding], rules: Mapping[str, tuple[RuleBook, Rule]]) -> None:
    """Pass findings that can be assessed against these rules.

    Raises:
        UnknownRule: a finding names a rule that is not there; names all of them.
        InvalidFinding: a finding cannot be assessed; names every fault of every finding.
    """
    unknown = dict.fromkeys(each.rule for each in findings if each.rule not in rules)
    if unknown:
        raise UnknownRule(list(unknown), list(dict.fromkeys(book.id for book, _ in rules.values())))
    problems: list[Problem] = []
    facts: dict[tuple[Account | None, str], tuple[str, _Content]] = {}
    for number, finding in enumerate(findings, start=1):
        book, rule = rules[finding.rule]
        where = f"finding {number} ({finding.rule})"
        own = [Problem(where, message) for message in _faults(finding, rule)]
        problems += own
        if not own and isinstance(rule, Deduction) and finding.fact is not None:
            content = _Content.of(finding, rule)
            first, known = facts.setdefault((book.account, finding.fact), (where, content))
            differing = content.differences(known)
            if differing:
                message = (
                    f"fact {finding.fact!r} was given by {first} with other {', '.join(differing)};"
                    " a fact is one observation, so give this one an id of its own"
                )
                problems.append(Problem(where, message))
    if problems:
        raise InvalidFinding("the list of findings", problems)


@attrs.frozen
class _Content:
    """What must be the same wherever one fact is noted; rule and finder may differ."""

    unit: Unit
    persons: tuple[str, ...]
    places: tuple[str, ...]
    inspection: str | None
    department: str | None
    found_at: datetime | None

    @classmethod
    def of(cls, finding: Finding, rule: Deduction) -> _Content:
        return cls(
            unit=rule.unit,
            persons=finding.persons,
            places=finding.places,
            inspection=finding.inspection,
            department=finding.department,
            found_at=finding.found_at,
        )

    def differences(self, other: _Content) -> list[str]:
        names = [field.name for field in attrs.fields(_Content)]
        return [name for name in names if getattr(self, name) != getattr(other, name)]


def _faults(finding: Finding, rule: Rule) -> Iterator[str]:
    yield from _malformed(finding)
    if not isinstance(rule, Deduction):
        yield "this rule is wording without points; name the deduction that was broken"
        return
    if not rule.in_force:
        yield "every condition of this rule is switched off, so nothing can be found under it"
    if rule.unit is Unit.PERSON and not finding.persons:
        yield "the rule is counted by person; name them in persons="
    if rule.unit is Unit.PLACE and not finding.places:
        yield "the rule is counted by place; name them in places="
    if rule.repetition is not None and finding.found_at is None:
        yield "the rule costs more when it is broken again; say when in found_at="
    known = [each.id for each in rule.severities]
    if finding.severity is not None and finding.severity not in known:
        names = ", ".join(known) or "none"
        yield f"severity {finding.severity!r} is not one of the rule's, which are: {names}"


def _malformed(finding: Finding) -> Iterator[str]:
    for name in ("persons", "places"):
        for value in getattr(finding, name):
            if not _is_id(value):
                yield f"{name} holds {value!r}; an id is a text that is not blank"
    for name in ("inspection", "department", "fact", "by", "severity"):
        value = getattr(finding, name)
        if value is not None and not _is_id(value):
            yield f"{name} is {value!r}; an id is a text that is not blank, or leave it out"
    moment: object = finding.found_at
    if moment is None:
        return
    if not isinstance(moment, datetime):
        yield f"found_at is {moment!r}; give an aware datetime"
    elif moment.utcoffset() is None:
        yield f"found_at {moment.isoformat()} has no time zone; give an aware datetime"


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
