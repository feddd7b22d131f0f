"""From charges to lines and bills: repetition, severities and caps, as counts and exact points."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from propflow.integrations.bulk.charges import Wanted
from propflow.integrations.bulk.contention import price_of
from propflow.integrations.bulk.faults import moment
from propflow.integrations.bulk.library import ibis
from propflow.integrations.bulk.terms import UNITS, Book, Terms


def lines(book: Book, charged: Any, wanted: Wanted) -> Any:
    """One row for each rule: how often it is charged and what it costs."""
    tallied = _tallied(book, charged, wanted)
    return tallied.group_by("rule").agg(**_sums(book, tallied))


def bills(book: Book, charged: Any, wanted: Wanted) -> Any:
    """One row for each department or person and rule."""
    tallied = _tallied(book, charged, wanted)
    tallied = tallied.mutate(
        account=book.choose(tallied.rule, lambda each: each.account.value, "string")
    )
    billed = tallied.group_by(["account", "holder", "rule"]).agg(**_sums(book, tallied))
    return billed.mutate(holder=billed.holder.nullif(""))


def _sums(book: Book, tallied: Any) -> dict[str, Any]:
    counts = ["n", *_severities(book), *_rungs(book)]
    sums = {name: tallied[name].sum().cast("int64") for name in counts}
    return sums | {"points": tallied.points.sum().cast(f"decimal(38, {book.scale})")}


def _severities(book: Book) -> list[str]:
    most = max((len(each.rule.severities) for each in book.terms.values()), default=0)
    return [f"severity_{number}" for number in range(1, most + 1)]


def _rungs(book: Book) -> list[str]:
    return [f"rung_{number}" for number in range(1, book.rungs + 1)]


def _tallied(book: Book, charged: Any, wanted: Wanted) -> Any:
    """The charges as few rows, with counts of severities and rungs, and points under the cap."""
    charged = _returned(book, charged) if wanted.timed else charged
    capped = book.named(lambda rule: rule.cap is not None)
    keys = {"rule": charged.rule}
    if wanted.graded:
        keys["grade"] = charged.grade
    if wanted.held:
        keys["holder"] = charged.holder
    if capped:
        keys["inspection"] = ibis().ifelse(charged.rule.isin(capped), charged.inspection, "")
    counts = {name: charged[name].sum().cast("int64") for name in ["n", *_rungs(book)]}
    tallied = charged.group_by(**keys).agg(**counts)
    tallied = tallied.mutate(points=_cost(book, tallied), **_graded(book, tallied))
    if not capped:
        return tallied
    counts = {name: tallied[name].sum() for name in ["n", *_rungs(book), *_severities(book)]}
    together = tallied.group_by(["rule", "holder", "inspection"]).agg(
        points=tallied.points.sum().cast(f"decimal(38, {book.scale})"), **counts
    )
    cap = book.choose(together.rule, lambda each: each.rule.cap, f"decimal(38, {book.scale})")
    over = (together.points > cap).fill_null(False)  # noqa: FBT003 - Ibis has it so
    return together.mutate(points=ibis().ifelse(over, cap, together.points))


def _cost(book: Book, tallied: Any) -> Any:
    """What the charges of a row cost before the cap; every step is exact in its type."""
    cost = (tallied.n.cast("int64") * price_of(book, tallied)).cast(book.product)
    for place, name in enumerate(_rungs(book)):
        adds = book.choose(tallied.rule, partial(_adds, place), book.price)
        more = (tallied[name].cast("int64") * adds).cast(book.product)
        cost = (cost + more).cast(book.product)
    return cost


def _adds(place: int, each: Terms) -> Any:
    rungs = each.rule.repetition.rungs if each.rule.repetition else ()
    return rungs[place].adds if place < len(rungs) else 0


def _graded(book: Book, tallied: Any) -> dict[str, Any]:
    library = ibis()
    counts: dict[str, Any] = {}
    for place, name in enumerate(_severities(book)):
        grades = {
            rule_id: each.grades.index(each.rule.severities[place])
            for rule_id, each in book.terms.items()
            if place < len(each.rule.severities)
        }
        noted: Any = library.literal(value=False)
        for rule_id, grade in grades.items():
            noted |= (tallied.rule == rule_id) & (tallied.grade == grade)
        counts[name] = library.ifelse(noted, tallied.n, 0).cast("int64")
    return counts


def _returned(book: Book, charged: Any) -> Any:
    """With the number of charges that reached each rung as their highest."""
    library = ibis()
    ladders = {
        rule_id: each.rule.repetition
        for rule_id, each in book.terms.items()
        if each.rule.repetition is not None
    }
    concerned = charged.rule.isin(list(ladders))
    who = charged.subject
    if "holder" in charged.columns:
        uncounted = book.named(lambda rule: rule.unit not in UNITS)
        who = library.ifelse(charged.rule.isin(uncounted), charged.holder, charged.subject)
    month = library.cases(
        *(
            (charged.rule.isin([rule for rule, each in ladders.items() if each.zone == zone]), tree)
            for zone in {each.zone for each in ladders.values()}
            for tree in [_month(charged.found_at, zone, book.years)]
        ),
        else_=library.literal(0, type="int32"),
    )
    rest = charged.filter(~concerned).mutate(
        **{name: library.literal(0, type="int64") for name in _rungs(book)}
    )
    back = charged.mutate(who=who, month=month).filter(concerned)
    order = [back.found_at, back.inspection]
    order += [back.holder] if "holder" in back.columns else []
    window = library.window(
        group_by=["rule", "who", "month"], order_by=order, preceding=None, following=0
    )
    back = back.mutate(so_far=back.n.sum().over(window).cast("int64"))
    times = {
        name: book.choose(back.rule, partial(_time, place), "int64")
        for place, name in enumerate(_rungs(book))
    }
    reached = {name: _reached(back, time) for name, time in times.items()}
    names = _rungs(book)
    only = {name: reached[name] - reached[higher] for name, higher in pairwise(names)} | {
        names[-1]: reached[names[-1]]
    }
    return back.mutate(**only).select(*rest.columns).union(rest)


def _time(place: int, each: Terms) -> int | None:
    rungs = each.rule.repetition.rungs if each.rule.repetition else ()
    return rungs[place].time if place < len(rungs) else None


def _reached(back: Any, time: Any) -> Any:
    """How many of the `n` charges of the row came at this time in the month or later."""
    library = ibis()
    later = back.so_far - time + 1
    number = library.ifelse(later > back.n, back.n, library.ifelse(later > 0, later, 0))
    return library.ifelse(later.isnull(), 0, number).cast("int64")


def _month(found_at: Any, zone: str, years: range) -> Any:
    """The number of the month in the zone, by halves."""
    library = ibis()
    starts = [
        datetime(year, month, 1, tzinfo=ZoneInfo(zone)) for year in years for month in range(1, 13)
    ]

    def between(low: int, high: int) -> Any:
        if high - low == 1:
            return library.literal(low, type="int32")
        middle = (low + high) // 2
        early = found_at < moment(starts[middle])
        return library.ifelse(early, between(low, middle), between(middle, high))

    return between(0, len(starts))
