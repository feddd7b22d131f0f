"""Random rule books with everything that a deduction may have, findings for them, and tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import ibis
import pyarrow as pa
from hypothesis import strategies as st

from propflow.rulebooks import load
from propflow.scoring import (
    Account,
    Count,
    Finding,
    Provenance,
    Repetition,
    RuleBook,
    Rung,
    Severity,
    Unit,
    Unspecified,
)

A = load("sheet_staff_image")
TEXTS = ("rule", "person", "place", "inspection", "department", "fact", "severity", "by")
SCHEMA = pa.schema(
    [*((name, pa.string()) for name in TEXTS), ("found_at", pa.timestamp("us", tz="UTC"))]
)
GRADES = (
    Severity("grave", "严重", "grave", "3"),
    Severity("usual", "一般", "usual", "1"),
    Severity("slight", "轻微", "slight", "0.5"),
    Severity("worse", "更重", "worse", "3"),
)
FIRST = datetime(2026, 1, 29, 15, 30, tzinfo=UTC)


def rule(rule_id, points="1", **fields):
    provenance = Provenance.UNSPECIFIED if points is Unspecified else Provenance.EXPLICIT
    plain = {"same_as": (), "excluded_by": (), "provenance": provenance}
    return attrs.evolve(A.deductions[0], id=rule_id, points=points, **(plain | fields))


def book(*rules, account=Account.DEPARTMENT, book_id="book"):
    return RuleBook(id=book_id, title=A.title, account=account, rules=rules, sections=A.sections)


def table(findings):
    """The findings as rows: one for each person or place that a rule counts."""
    return ibis.memtable(pa.Table.from_pylist(list(rows(findings)), schema=SCHEMA))


def rows(findings):
    for number, finding in enumerate(findings):
        whom = [(person, place) for person in finding.persons for place in finding.places]
        for person, place in whom:
            several = finding.fact is not None and len(whom) > 1
            yield {
                **attrs.asdict(finding, filter=lambda field, _: field.name in SCHEMA.names),
                "person": person,
                "place": place,
                "fact": f"{finding.fact} {person} {place}" if several else finding.fact,
                "by": f"{number}",
            }


@st.composite
def deductions(draw, rule_id, unit, *, plain=False):
    points = st.sampled_from(["1", "0.5", "2", "1.25", "0", Unspecified])
    if plain:
        return rule(rule_id, draw(points), unit=unit)
    ladder = st.sampled_from(
        [
            Repetition((Rung(2, "1"),)),
            Repetition((Rung(2, "0.5"), Rung(4, "2.5")), zone="Europe/Berlin"),
        ]
    )
    count = st.just(Count.DISTINCT) if unit is Unit.FLAT else st.sampled_from(Count)
    seldom = st.integers(0, 3)
    return rule(
        rule_id,
        draw(points),
        unit=unit,
        count=draw(count),
        same_as=draw(st.sampled_from([(), (), ("x",), ("y",)])),
        severities=draw(st.sampled_from([(), GRADES, GRADES[1:3]])) if draw(seldom) == 0 else (),
        repetition=draw(ladder) if draw(seldom) == 0 else None,
        cap=draw(st.sampled_from(["1.5", "2"])) if draw(seldom) == 0 else None,
    )


@st.composite
def books(draw):
    """A book of two to five rules, mostly of one unit so that they meet."""
    account = draw(st.sampled_from([*Account, Account.DEPARTMENT]))
    units = [Unit.PERSON] if account is Account.PERSON else draw(st.sampled_from(UNITS))
    rules = [
        draw(deductions(f"r{number}", draw(st.sampled_from(units))))
        for number in range(draw(st.integers(2, 5)))
    ]
    first, *_, last = rules
    if first.unit is last.unit and draw(st.booleans()):
        rules[-1] = attrs.evolve(last, excluded_by=(first.id,))
    return book(*rules, account=account)


UNITS = [[Unit.PERSON], [Unit.PLACE], [Unit.OCCURRENCE], [Unit.PERSON, Unit.PLACE], list(Unit)]


@st.composite
def observations(draw, *, several):
    """What was seen, apart from the rule; of an inspection of one department, at one moment."""
    inspection = draw(st.sampled_from([None, "i1", "i2", "I3"]))
    department = None if inspection is None else f"d{inspection[-1]}"
    most = 2 if several else 1
    return {
        "persons": draw(st.lists(st.sampled_from("pqr"), min_size=1, max_size=most, unique=True)),
        "places": draw(st.sampled_from(["x", "y"])),
        "inspection": inspection,
        "department": draw(st.sampled_from([department] * 9 + ["other", None])),
        "found_at": FIRST + timedelta(hours=6 * draw(st.integers(0, 8))),
    }


@st.composite
def days(draw, ours):
    """Findings under the rules of a book, with shared facts that do not contradict themselves."""
    facts = draw(st.sampled_from([(None,), (None, 1), (1, 2), (None, 1, 2, 3)]))
    units = {each.unit for each in ours.deductions}
    seen = {(unit, n): draw(observations(several=False)) for unit in sorted(units) for n in facts}
    findings = []
    for each in draw(st.lists(st.sampled_from(ours.deductions), min_size=1, max_size=12)):
        number = draw(st.sampled_from(facts))
        severity = draw(st.sampled_from([None, *(grade.id for grade in each.severities)]))
        counted = each.unit is Unit.PERSON
        what = draw(observations(several=counted)) if number is None else seen[each.unit, number]
        fact = None if number is None else f"{each.unit} {number}"
        findings.append(Finding(each.id, fact=fact, severity=severity, **what))
    return findings
