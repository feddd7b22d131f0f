"""Where rules or facts meet, which charge stands: the rulings of `propflow.scoring.charging`.

An expression carries the cases in which the dearest way shows without trying them all:

* of rules on one matter, the dearest is charged;
* of charges that only one shared fact can justify, the dearest is charged;
* a charge that has a finding of its own beside the shared fact stands.

What is beyond that is found by `tangled`, and refused by name before anything is scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propflow.integrations.bulk.charges import SIDE, Wanted, columns_of, noted
from propflow.integrations.bulk.library import ibis
from propflow.integrations.bulk.tables import Findings
from propflow.integrations.bulk.terms import Book, Terms


def contended(book: Book, findings: Findings, rows: Any) -> Any:
    """The subjects with more than one rule that could displace another; None if there are none."""
    side = list(SIDE)
    meeting: list[Any] = []
    related = book.related()
    if related:
        some = rows.filter(rows.rule.isin(related))
        meeting.append(_several(some, side, "rule").select(*side))
    if findings.has_facts:
        some = rows.filter(rows.fact != "")
        meeting.append(_several(some, [*side, "fact"], "rule").select(*side))
    if not meeting:
        return None
    together = meeting[0]
    for other in meeting[1:]:
        together = together.union(other)
    return together.distinct()


def _several(rows: Any, keys: Sequence[str], column: str) -> Any:
    grouped = rows.group_by(list(keys)).agg(least=rows[column].min(), most=rows[column].max())
    return grouped.filter(grouped.least != grouped.most)


def settled(book: Book, findings: Findings, rows: Any, wanted: Wanted) -> Any:
    """The charges where something competes."""
    judged = _judged(book, findings, rows, wanted)
    names = ["rule", "inspection", "subject", "n", *columns_of(wanted)]
    every = judged.rule.isin(book.named(lambda rule: rule.counts_every_time))
    apart = judged.filter(every & judged.stands).select(*names)
    once = judged.filter(~every & judged.stands)
    values: dict[str, Any] = {"n": once.n.max()}
    if wanted.graded:
        values["grade"] = once.grade.max()
    if wanted.timed:
        values["found_at"] = once.found_at.min()
    if wanted.held:
        values["department"] = once.department.min()
        values["other"] = once.other.max()
        values["nowhere"] = once.nowhere.sum()
    together = once.group_by(["rule", *SIDE]).agg(**values)
    return apart.union(together.select(*names))


def tangled(book: Book, findings: Findings, rows: Any, wanted: Wanted) -> Any:
    """The findings in contention that the expression cannot judge."""
    judged = _judged(book, findings, rows, wanted)
    return judged.filter(judged.tangle).select("rule", "inspection", "subject", "fact")


def _judged(book: Book, findings: Findings, rows: Any, wanted: Wanted) -> Any:
    found = noted(book, findings, rows, wanted, each_fact=True)
    found = found.mutate(
        rank=book.choose(found.rule, lambda each: each.rank, "int32"),
        matter=book.choose(found.rule, lambda each: each.matter, "int32"),
        every=found.rule.isin(book.named(lambda rule: rule.counts_every_time)),
    )
    found = _not_excluded(book, found)
    found = _priced(book, found)
    found = _dearest_on_the_matter(book, found)
    return _dearest_of_the_fact(book, found)


def _over(*keys: str, order_by: Sequence[Any] = ()) -> Any:
    return ibis().window(group_by=[*SIDE, *keys], order_by=list(order_by) or None)


def _number(condition: Any) -> Any:
    return ibis().ifelse(condition, 1, 0)


def _not_excluded(book: Book, found: Any) -> Any:
    """Without the rules that another one found there excludes (A59)."""
    excluded = {
        rule_id: each.rule.excluded_by
        for rule_id, each in book.terms.items()
        if each.rule.excluded_by
    }
    if not excluded:
        return found
    branches = [
        (found.rule == rule_id, _number(found.rule.isin(list(by))).max().over(_over()))
        for rule_id, by in excluded.items()
    ]
    gone = ibis().cases(*branches, else_=ibis().literal(0, type="int64"))
    found = found.mutate(gone=gone)
    return found.filter(found.gone == 0).drop("gone")


def _priced(book: Book, found: Any) -> Any:
    """With the price of each charge, under the gravest severity noted for it."""
    if "grade" in found.columns:
        gravest = found.grade.max().over(_over("rule"))
        found = found.mutate(grade=ibis().ifelse(found.every, found.grade, gravest))
    return found.mutate(price=price_of(book, found))


def price_of(book: Book, found: Any) -> Any:
    """The price of one charge of each row; NULL where the source gives no number."""
    if "grade" not in found.columns:
        return book.choose(found.rule, lambda each: each.price(0), book.price)
    library = ibis()
    branches = [
        (_under(found, each, grade), library.literal(price, type=book.price))
        for each in book.terms.values()
        for grade in range(len(each.grades) or 1)
        if (price := each.price(grade)) is not None
    ]
    nothing = library.null(book.price)
    return library.cases(*branches, else_=nothing) if branches else nothing


def _under(found: Any, each: Terms, grade: int) -> Any:
    return (found.rule == each.rule.id) & (found.grade == grade)


def _dearest_on_the_matter(book: Book, found: Any) -> Any:
    """With one rule on each matter (A33), and marked where facts lead out of the matter."""
    library = ibis()
    found = found.mutate(crossing=library.literal(value=False))
    matters = [each.matter for each in book.terms.values()]
    if len(set(matters)) == len(matters):
        return found
    crossing = found.matter.min().over(_over("fact")) != found.matter.max().over(_over("fact"))
    rivals = found.rank.min().over(_over("matter")) != found.rank.max().over(_over("matter"))
    found = found.mutate(crossing=(found.fact != "") & crossing, rivals=rivals)
    found = found.mutate(
        crossing=_number(found.crossing & found.rivals).max().over(_over("matter")) == 1
    )
    cost = (found.n.cast("int64") * found.price).cast(book.product)
    found = found.mutate(cost=cost)
    rules = found.group_by(["rule", "rank", "matter", "every", *SIDE])
    rules = rules.agg(
        all_points=found.cost.sum(),
        one_price=found.price.max(),
        number=found.n.sum(),
    )
    kind = f"decimal(38, {book.scale})"
    zero = library.literal(0, type=kind)
    worth = library.ifelse(rules.every, rules.all_points.cast(kind), rules.one_price.cast(kind))
    charges = library.ifelse(rules.every, rules.number, 1)
    priced = library.ifelse(worth.isnull(), 0, charges)
    rules = rules.mutate(worth=worth.fill_null(zero), charges=charges, priced=priced)
    order = [rules.worth.desc(), rules.priced.desc(), rules.charges.desc(), rules.rank]
    rules = rules.mutate(place=library.row_number().over(_over("matter", order_by=order)))
    kept = rules.filter(rules.place == 0).select("rule", *SIDE)
    return found.semi_join(kept, ["rule", *SIDE]).drop("rivals", "cost")


def _dearest_of_the_fact(book: Book, found: Any) -> Any:
    """With what `stands`, as one fact is charged once (A57), and where it is a `tangle`."""
    library = ibis()
    several = found.rank.min().over(_over("fact")) != found.rank.max().over(_over("fact"))
    found = found.mutate(shared=(found.fact != "") & several)
    found = found.mutate(
        own=_number(~found.shared).sum().over(_over("rule")),
        common=_number(found.shared).sum().over(_over("rule")),
    )
    needy = found.shared & (found.every | (found.own == 0))
    returning = found.rule.isin(book.named(lambda rule: rule.repetition is not None))
    tangle = (
        found.crossing
        | (~found.every & (found.own == 0) & (found.common > 1))
        | (~found.every & returning & (found.common > 0) & (found.own + found.common > 1))
    )
    found = found.mutate(
        needy=needy, tangle=tangle, asks=_number(needy), priced=_number(found.price.notnull())
    )
    order = [found.asks.desc(), found.priced.desc(), found.price.desc(), found.rank]
    place = library.row_number().over(_over("fact", order_by=order))
    found = found.mutate(first=place == 0)
    served = found.needy & found.first
    free = library.ifelse(found.every, ~found.shared, found.own > 0)
    return found.mutate(stands=served | free)
