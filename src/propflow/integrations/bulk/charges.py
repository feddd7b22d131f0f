"""From findings to charges: who is charged under which rule, in which inspection, how often.

A charge row has the rule, inspection, subject, `n` (how many equal charges it stands for) and, only
where the book or the question needs them, `grade`, `found_at` and `holder`.
"""

from __future__ import annotations

from typing import Any

import attrs

from propflow.integrations.bulk.library import ibis
from propflow.integrations.bulk.tables import Findings
from propflow.integrations.bulk.terms import UNITS, Book
from propflow.scoring.deduction import Account

SIDE = ("account", "unit", "inspection", "subject")
"""What is settled for itself."""


@attrs.frozen
class Wanted:
    """What the charges must tell beyond rule and number, because a later step needs it."""

    graded: bool
    timed: bool
    held: bool

    @classmethod
    def by(cls, book: Book, *, bills: bool) -> Wanted:
        """What lines or bills of this book need."""
        capped = bool(book.named(lambda rule: rule.cap is not None))
        # Where nobody is counted, what comes back comes back to the holder.
        to_holder = bool(book.named(lambda rule: bool(rule.repetition) and rule.unit not in UNITS))
        return cls(book.graded, book.rungs > 0, bills or capped or to_holder)


def charges(book: Book, findings: Findings, wanted: Wanted) -> Any:
    """The charges of findings without faults."""
    from propflow.integrations.bulk.contention import contended, settled

    rows = prepared(book, findings, wanted)
    meeting = contended(book, findings, rows)
    if meeting is None:
        return _held(book, _calm(book, findings, rows, wanted), wanted)
    charged: list[Any] = []
    if not findings.has_facts:  # then only related rules can meet, which are few
        related = rows.rule.isin(book.related())
        charged.append(_calm(book, findings, rows.filter(~related), wanted))
        rows = rows.filter(related)
    charged.append(_calm(book, findings, rows.anti_join(meeting, list(SIDE)), wanted))
    hot = settled(book, findings, rows.semi_join(meeting, list(SIDE)), wanted)
    together = hot.select(*charged[0].columns)
    for each in charged:
        together = together.union(each)
    return _held(book, together, wanted)


def prepared(book: Book, findings: Findings, wanted: Wanted) -> Any:
    """The findings with what is counted as `subject`, and no NULL where rows are grouped."""
    library, rows = ibis(), findings.table
    blank = library.literal("")
    subject = library.cases(
        *(
            (rows.rule.isin(ids), rows[column].fill_null(blank))
            for unit, column in UNITS.items()
            if (ids := book.counted_by(unit))
        ),
        (library.literal(value=False), blank),
        else_=blank,
    )
    columns = {
        "rule": rows.rule,
        "inspection": rows.inspection.fill_null(blank),
        "subject": subject,
    }
    if findings.has_facts or book.related():
        columns["account"] = book.choose(rows.rule, lambda each: each.account.value, "string")
        columns["unit"] = book.choose(rows.rule, lambda each: each.rule.unit.value, "string")
        columns["fact"] = rows.fact.fill_null(blank)
    if wanted.graded:
        columns["grade"] = _grade(book, rows)
    if wanted.timed:
        columns["found_at"] = rows.found_at
    if wanted.held:
        columns["department"] = rows.department
    return rows.select(**columns)


def _grade(book: Book, rows: Any) -> Any:
    library = ibis()
    branches = [
        (
            (rows.rule == rule_id)
            & (rows.severity.isnull() if grade is None else rows.severity == grade.id),
            library.literal(place, type="int16"),
        )
        for rule_id, each in book.terms.items()
        for place, grade in enumerate(each.grades)
    ]
    return library.cases(*branches, else_=library.literal(0, type="int16"))


def noted(book: Book, findings: Findings, rows: Any, wanted: Wanted, *, each_fact: bool) -> Any:
    """The findings that would make one charge put together, `n` for those that are equal.

    Args:
        book: the terms.
        findings: where the rows come from.
        rows: prepared findings.
        wanted: what the charges must tell.
        each_fact: keep accounts, units and facts apart also where the rule counts a subject once.
    """
    library = ibis()
    every = rows.rule.isin(book.named(lambda rule: rule.counts_every_time))
    facts = each_fact or findings.has_facts
    # Account and unit follow from the rule; only where rules meet are they asked for.
    side = SIDE if each_fact else ("inspection", "subject")
    keys: dict[str, Any] = {"rule": rows.rule} | {name: rows[name] for name in side}
    if facts:
        keys["fact"] = rows.fact if each_fact else library.ifelse(every, rows.fact, "")
    # Where every observation counts and no fact is named, each finding is a charge of its own;
    # those that nothing tells apart are counted in one row.
    loose = every & (rows.fact == "") if facts else every
    values: dict[str, Any] = {}
    several = bool(book.named(lambda rule: rule.counts_every_time))
    if several:
        values["findings"] = rows.count()
    for name in ("grade", "found_at", "department"):
        if name in rows.columns and several:
            keys[f"own_{name}"] = library.ifelse(loose, rows[name], library.null(rows[name].type()))
    if wanted.graded:
        values["grade"] = rows.grade.max()
    if wanted.timed:
        values["found_at"] = rows.found_at.min()
    if wanted.held:
        values["department"] = rows.department.min()
        values["other"] = rows.department.max()
        values["nowhere"] = rows.count() - rows.department.count()
    grouped = rows.group_by(**keys).agg(**values) if values else rows.select(**keys).distinct()
    if not several:
        return grouped.mutate(n=library.literal(1, type="int64"))
    again = grouped.rule.isin(book.named(lambda rule: rule.counts_every_time))
    if facts:
        again &= grouped.fact == ""
    own = [name for name in grouped.columns if name.startswith("own_")]
    n = library.ifelse(again, grouped.findings, library.literal(1, type="int64"))
    return grouped.mutate(n=n).drop("findings", *own)


def _calm(book: Book, findings: Findings, rows: Any, wanted: Wanted) -> Any:
    """The charges where nothing competes."""
    found = noted(book, findings, rows, wanted, each_fact=False)
    return found.select("rule", "inspection", "subject", "n", *columns_of(wanted))


def columns_of(wanted: Wanted) -> list[str]:
    """The columns that charges have beyond the usual ones."""
    return [
        *(["grade"] if wanted.graded else []),
        *(["found_at"] if wanted.timed else []),
        *(["department", "other", "nowhere"] if wanted.held else []),
    ]


def _held(book: Book, charged: Any, wanted: Wanted) -> Any:
    if not wanted.held:
        return charged
    library = ibis()
    personal = [rule_id for rule_id, each in book.terms.items() if each.account is Account.PERSON]
    divided = (charged.department != charged.other) | (
        charged.department.notnull() & (charged.nowhere > 0)
    )
    laid_to_department = ~charged.rule.isin(personal)
    return charged.mutate(
        holder=library.ifelse(
            laid_to_department, charged.department.fill_null(""), charged.subject
        ),
        divided=divided.fill_null(False) & laid_to_department,  # noqa: FBT003 - Ibis has it so
    ).drop("department", "other", "nowhere")
