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


def refuse_faulty(findings: Sequence[Finding], *sides: Mapping[str, tuple[RuleBook, Rule]]) -> None:
    """Pass findings that can be assessed against the rules, under each side that has their rule.

    Raises:
        UnknownRule: a finding names a rule that no side has; names all of them, and in
            `problems` every fault of the other findings.
        InvalidFinding: a finding cannot be assessed; names every fault of every finding.
    """
    known = {rule for rules in sides for rule in rules}
    unknown = dict.fromkeys(each.rule for each in findings if each.rule not in known)
    problems = list(dict.fromkeys(each for rules in sides for each in _problems(findings, rules)))
    if unknown:
        books = dict.fromkeys(book.id for rules in sides for book, _ in rules.values())
        raise UnknownRule(list(unknown), list(books), problems)
    if problems:
        raise InvalidFinding("the list of findings", problems)


def _problems(
    findings: Sequence[Finding], rules: Mapping[str, tuple[RuleBook, Rule]]
) -> Iterator[Problem]:
    """Every fault of every finding, but that its rule is not among these."""
    facts: dict[tuple[Account | None, str], tuple[str, _Content]] = {}
    for number, finding in enumerate(findings, start=1):
        placed = rules.get(finding.rule)
        own = _malformed(finding) if placed is None else _faults(finding, placed[1])
        if not own and finding.fact is None:  # nearly always, so it is kept short
            continue
        where = f"finding {number} ({finding.rule})"
        yield from (Problem(where, message) for message in own)
        if own or finding.fact is None or placed is None or not isinstance(placed[1], Deduction):
            continue
        content = _Content.of(finding, placed[1])
        first, known = facts.setdefault((placed[0].account, finding.fact), (where, content))
        differing = content.differences(known)
        if differing:
            message = (
                f"fact {finding.fact!r} was given by {first} with other {', '.join(differing)};"
                " a fact is one observation, so give this one an id of its own"
            )
            yield Problem(where, message)


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


def _faults(finding: Finding, rule: Rule) -> list[str]:
    faults = _malformed(finding)
    if not isinstance(rule, Deduction):
        faults.append("this rule is wording without points; name the deduction that was broken")
        return faults
    if not rule.in_force:
        faults.append(
            "every condition of this rule is switched off, so nothing can be found under it"
        )
    if rule.unit is Unit.PERSON and not finding.persons:
        faults.append("the rule is counted by person; name them in persons=")
    if rule.unit is Unit.PLACE and not finding.places:
        faults.append("the rule is counted by place; name them in places=")
    if rule.repetition is not None and finding.found_at is None:
        faults.append("the rule costs more when it is broken again; say when in found_at=")
    if finding.severity is not None and rule.severity(finding.severity) is None:
        names = ", ".join(each.id for each in rule.severities) or "none"
        faults.append(f"severity {finding.severity!r} is not one of the rule's, which are: {names}")
    return faults


def _malformed(finding: Finding) -> list[str]:
    faults: list[str] = []
    for name, values in (("persons", finding.persons), ("places", finding.places)):
        faults += [
            f"{name} holds {value!r}; an id is a text that is not blank"
            for value in values
            if not _is_id(value)
        ]
    for name, single in (
        ("inspection", finding.inspection),
        ("department", finding.department),
        ("fact", finding.fact),
        ("by", finding.by),
        ("severity", finding.severity),
    ):
        if single is not None and not _is_id(single):
            faults.append(
                f"{name} is {single!r}; an id is a text that is not blank, or leave it out"
            )
    moment: object = finding.found_at
    if moment is None:
        return faults
    if not isinstance(moment, datetime):
        faults.append(f"found_at is {moment!r}; give an aware datetime")
    elif moment.utcoffset() is None:
        faults.append(f"found_at {moment.isoformat()} has no time zone; give an aware datetime")
    return faults


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
