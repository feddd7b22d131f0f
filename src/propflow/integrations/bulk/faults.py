"""What makes findings impossible to score, all of it found before anything is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from propflow.errors import BadRows, InvalidRows
from propflow.integrations.bulk.charges import Wanted, charges, prepared
from propflow.integrations.bulk.contention import contended, tangled
from propflow.integrations.bulk.library import ibis
from propflow.integrations.bulk.tables import IDS, MOMENT, Findings
from propflow.integrations.bulk.terms import UNITS, Book
from propflow.scoring.deduction import Deduction

_BLANK: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_SPACE, _FIRST_WIDE, _LAST_SPACE = 0x20, 0x85, 0x3000
_SHOWN: Final = 5


@attrs.frozen
class Check:
    """One way in which rows can be wrong, with the rows concerned as a table."""

    where: str
    message: str
    rows: Any


@attrs.frozen
class _Mark:
    """One way in which a single row can be wrong.

    Attributes:
        where: the column.
        message: what is wrong and what to do.
        of_rule: whether the rule, and the severity beside it, can be wrong so at all.
        of_row: whether the rest of the row is; None where that does not matter.
    """

    where: str
    message: str
    of_rule: Callable[[Any], Any]
    of_row: Any = None


def refuse_faulty(book: Book, findings: Findings, wanted: Wanted) -> None:
    """Pass findings that can be scored.

    Raises:
        InvalidRows: rows that cannot be scored; names every fault with its count and first rows.
    """
    bad = list(_bad_rows(book, findings))
    checks = [*_of_facts(book, findings)]
    if not bad:  # what a charge is can only be asked of rows that are sound
        checks += _of_charges(book, findings, wanted)
    for check in checks:
        count = int(check.rows.count().to_pyarrow().as_py())
        bad += [_bad(check, count)] if count else []
    if bad:
        raise InvalidRows("the table of findings", bad)


def _bad_rows(book: Book, findings: Findings) -> Iterator[BadRows]:
    """The faults of single rows, counted in one pass.

    What depends on the rule alone is asked once for each rule and not for each row.
    """
    rows, marks = findings.table, list(_marks(book, findings))
    counts = {
        f"mark_{number}": rows.count() if mark.of_row is None else _count(mark.of_row)
        for number, mark in enumerate(marks)
    }
    keys = ["rule", "severity"] if book.graded else ["rule"]
    grouped = rows.group_by(keys).agg(**counts)
    sums = {
        name: _sum_where(_truly(mark.of_rule(grouped)), grouped[name])
        for name, mark in zip(counts, marks, strict=True)
    }
    found = grouped.agg(**sums).to_pyarrow().to_pylist()[0]
    for name, mark in zip(counts, marks, strict=True):
        if found[name]:
            wrong = _truly(mark.of_rule(rows))
            wrong = wrong if mark.of_row is None else wrong & _truly(mark.of_row)
            yield _bad(Check(mark.where, mark.message, rows.filter(wrong)), found[name])


def _sum_where(condition: Any, number: Any) -> Any:
    return ibis().ifelse(condition, number, 0).sum().fill_null(0)


def _count(condition: Any) -> Any:
    return ibis().ifelse(condition, 1, 0).sum()


def _truly(condition: Any) -> Any:
    return condition.fill_null(False)  # noqa: FBT003 - Ibis has it so


def _bad(check: Check, count: int) -> BadRows:
    first = check.rows.limit(_SHOWN).to_pyarrow().to_pylist()
    rows = [{name: value for name, value in row.items() if value is not None} for row in first]
    return BadRows(check.where, check.message, int(count), rows)


def _marks(book: Book, findings: Findings) -> Iterator[_Mark]:
    rows = findings.table
    yield _Mark("rule", "it is NULL; every finding names a rule", lambda t: t.rule.isnull())
    known, books = list(book.rules), ", ".join(book.ids)
    yield _Mark(
        "rule", f"no such rule in {books}", lambda t: t.rule.notnull() & ~t.rule.isin(known)
    )
    wording = [rule_id for rule_id, each in book.rules.items() if not isinstance(each, Deduction)]
    yield _Mark(
        "rule",
        "this rule is wording without points; name the deduction that was broken",
        lambda t: t.rule.isin(wording),
    )
    off = book.named(lambda each: not each.in_force)
    yield _Mark(
        "rule",
        "every condition of this rule is switched off, so nothing can be found under it",
        lambda t: t.rule.isin(off),
    )
    for unit, column in UNITS.items():
        ids = book.counted_by(unit)
        if ids and column != "department":
            message = f"it is NULL, and the rule is counted by {unit.value}"
            yield _Mark(column, message, _one_of(ids), rows[column].isnull())
    for name in IDS:
        if name in findings.present and name != "rule":
            message = "it is blank; an id is a text that is not blank, or NULL"
            yield _Mark(name, message, _any_rule, _blank(rows[name]))
    yield from _of_severity(book, rows)
    yield from _of_moments(book, rows)


def _one_of(ids: list[str]) -> Callable[[Any], Any]:
    return lambda table: table.rule.isin(ids)


def _any_rule(_: Any) -> Any:
    return ibis().literal(value=True)


def _blank(column: Any) -> Any:
    # Nearly no id begins with a space, so the dearer question is asked of nearly none.
    first = column.ascii_str()
    suspicious = (first <= _LAST_SPACE) & ((first <= _SPACE) | (first >= _FIRST_WIDE))
    return ibis().ifelse(suspicious, ~column.re_search(f"[^{_BLANK}]"), False)  # noqa: FBT003 - Ibis has it so


def _of_severity(book: Book, rows: Any) -> Iterator[_Mark]:
    message = "it is not one of the severities of the rule"
    if not book.graded:
        yield _Mark("severity", message, _any_rule, rows.severity.notnull())
        return

    def unknown(table: Any) -> Any:
        is_known: Any = ibis().literal(value=False)
        for rule_id, term in book.terms.items():
            names = [each.id for each in term.rule.severities]
            is_known |= (table.rule == rule_id) & table.severity.isin(names)
        return table.severity.notnull() & ~is_known

    yield _Mark("severity", message, unknown)


def _of_moments(book: Book, rows: Any) -> Iterator[_Mark]:
    returning = book.named(lambda each: each.repetition is not None)
    if not returning:
        return
    message = "it is NULL, and the rule costs more when it is broken again"
    yield _Mark("found_at", message, _one_of(returning), rows.found_at.isnull())
    # A day from either end, so that it holds in every time zone.
    begins = moment(datetime(book.years[0], 1, 2, tzinfo=UTC))
    ends = moment(datetime(book.years[-1], 12, 31, tzinfo=UTC))
    message = (
        f"months are told apart from {book.years[0]}-01-02 to {book.years[-1]}-12-30 (years=), and "
        "this is outside"
    )
    outside = (rows.found_at < begins) | (rows.found_at >= ends)
    yield _Mark("found_at", message, _one_of(returning), outside)


def moment(when: datetime) -> Any:
    """The moment as a constant."""
    return ibis().literal(when.astimezone(UTC), type=MOMENT)


def _of_facts(book: Book, findings: Findings) -> Iterator[Check]:
    if not findings.has_facts:
        return
    rows = findings.table.filter(findings.table.fact.notnull())
    rows = rows.mutate(
        account=book.choose(rows.rule, lambda each: each.account.value, "string"),
        unit=book.choose(rows.rule, lambda each: each.rule.unit.value, "string"),
    )
    same = ("unit", "person", "place", "inspection", "department", "found_at")
    given = [name for name in same if name == "unit" or name in findings.present]
    values = {f"least_{name}": rows[name].min() for name in given}
    values |= {f"most_{name}": rows[name].max() for name in given}
    values |= {f"some_{name}": rows[name].count() for name in given}
    facts = rows.group_by(["account", "fact"]).agg(times=rows.count(), **values)
    differs: Any = ibis().literal(value=False)
    for name in given:
        some = facts[f"some_{name}"]
        mixed = (some > 0) & (some < facts.times)
        unlike = (facts[f"least_{name}"] != facts[f"most_{name}"]).fill_null(False)  # noqa: FBT003 - Ibis has it so
        differs |= mixed | unlike
    message = (
        f"one fact was given with other {', '.join(given)}; a fact is one observation of one "
        "person or place, so give each an id of its own"
    )
    yield Check("fact", message, facts.filter(differs).select("fact", "times"))


def _of_charges(book: Book, findings: Findings, wanted: Wanted) -> Iterator[Check]:
    rows = prepared(book, findings, wanted)
    meeting = contended(book, findings, rows)
    if meeting is not None and findings.has_facts:
        hot = rows.semi_join(meeting, ["account", "unit", "inspection", "subject"])
        message = (
            "one fact stands under several rules, and which charge is dearest cannot be told "
            "without trying; score these inspections with propflow.scoring.assess"
        )
        yield Check("fact", message, tangled(book, findings, hot, wanted))
    if wanted.held:
        message = (
            "the findings behind one charge name several departments, or some name none; an "
            "inspection is of one department"
        )
        charged = charges(book, findings, wanted)
        charged = charged.filter(charged.divided).select("rule", "inspection", "subject")
        yield Check("department", message, charged)
