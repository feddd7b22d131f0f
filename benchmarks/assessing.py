"""`assess` beside a loop that one writes by hand for the two sheets, over the same findings."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from benchmarks.harness import Batch, Ratio, Work, interleave
from benchmarks.report import Pending, Section, against, micro, missing, times

BAR = 3
COUNTS = (5_000, 20_000)
"""Few findings and many: what is done once a line weighs more with few."""


def sheets() -> list[Any]:
    """The two shipped sheets, with numbers where the source has none."""
    from propflow.rulebooks import load

    shipped = [load("sheet_staff_image"), load("sheet_order_fire_safety")]
    return [book.with_values(dict.fromkeys(book.unspecified(), "0.5")) for book in shipped]


def findings(books: Sequence[Any], count: int) -> list[Any]:
    """Make findings of inspections of about forty each, the same ones every time."""
    from propflow.scoring import Finding, Unit

    chance = random.Random(1)  # noqa: S311 - nothing is secret
    rules = [rule for book in books for rule in book.deductions]
    found = []
    for _ in range(count):
        rule, inspection = chance.choice(rules), chance.randrange(count // 40 + 1)
        person, place = f"p{chance.randrange(300)}", f"x{chance.randrange(100)}"
        found.append(
            Finding(
                rule.id,
                persons=[person] if rule.unit is Unit.PERSON else (),
                places=[place] if rule.unit is Unit.PLACE else (),
                inspection=f"i{inspection}",
                department=f"d{inspection % 20}",
            )
        )
    return found


def by_hand(  # noqa: C901 - one loop, as one writes it by hand
    books: Sequence[Any],
) -> Callable[[Sequence[Any]], tuple[Any, Any, Any]]:
    """Return the loop for these two sheets: it checks, counts, excludes, sorts and adds up.

    It knows what the books do not use (severities, caps, facts, matters in common), and leaves
    the wording out.
    """
    from propflow.scoring import Unit

    rules = {rule.id: (rule.unit, rule.points) for book in books for rule in book.deductions}
    excluded = {
        rule.id: rule.excluded_by for book in books for rule in book.deductions if rule.excluded_by
    }

    def order(finding: Any) -> tuple[Any, ...]:
        return (finding.inspection or "", finding.rule, finding.persons, finding.places)

    def loop(found: Sequence[Any]) -> tuple[Any, Any, Any]:  # noqa: C901, PLR0912 - likewise
        faults = []
        charged: dict[Any, list[Any]] = {}
        for number, finding in enumerate(sorted(found, key=order)):
            rule_id = finding.rule
            if rule_id not in rules:
                faults.append((number, "no such rule"))
                continue
            unit = rules[rule_id][0]
            for name in ("inspection", "department", "fact", "by", "severity"):
                value = getattr(finding, name)
                if value is not None and not (isinstance(value, str) and value.strip()):
                    faults.append((number, name))
            faults += [
                (number, "an id")
                for value in (*finding.persons, *finding.places)
                if not (isinstance(value, str) and value.strip())
            ]
            if finding.fact is not None or finding.severity is not None:
                faults.append((number, "not used here"))
            if unit is Unit.PERSON:
                subjects = finding.persons
            elif unit is Unit.PLACE:
                subjects = finding.places
            else:
                subjects = (finding.department,)
            if not subjects:
                faults.append((number, "whom or where"))
            for subject in subjects:
                charged.setdefault((rule_id, finding.inspection, subject), []).append(finding)
        if faults:
            raise ValueError(faults)
        lines: dict[str, Any] = {}
        bills: dict[Any, Any] = {}
        aside = []
        for (rule_id, inspection, subject), behind in charged.items():
            if rule_id in excluded and any(
                (other, inspection, subject) in charged for other in excluded[rule_id]
            ):
                aside += behind
                continue
            holder = next((each.department for each in behind if each.department), None)
            for tally in (
                lines.setdefault(rule_id, [0, []]),
                bills.setdefault(holder, {}).setdefault(rule_id, [0, []]),
            ):
                tally[0] += 1
                tally[1] += behind
        for tallies in (lines, *bills.values()):
            for rule_id, tally in tallies.items():
                tally.append(rules[rule_id][1] * tally[0])
        return lines, bills, aside

    return loop


def differences(books: Sequence[Any], found: Sequence[Any]) -> list[str]:
    """Return where the loop and `assess` do not agree: lines, bills and what is set aside."""
    from propflow.scoring import assess

    lines, bills, aside = by_hand(books)(found)
    result = assess(books, found)
    ours = {line.rule: [line.count, len(line.findings), line.points] for line in result.lines}
    theirs = {rule: [count, len(behind), points] for rule, (count, behind, points) in lines.items()}
    billed = {bill.holder: bill.total for bill in result.bills}
    added = {
        holder: sum((points for _, _, points in tallies.values()), Decimal(0))
        for holder, tallies in bills.items()
    }
    pairs = {
        "lines": (ours, theirs),
        "bills": (billed, added),
        "set aside": (len(result.set_aside), len(aside)),
    }
    return [f"{name}: {one} and {other}" for name, (one, other) in pairs.items() if one != other]


def measure(seconds: float) -> Section:
    """Compare the results at each size, then time them; the bar is for every size."""
    title = "assess: findings under both sheets"
    rows: list[tuple[str, ...]] = []
    for count in COUNTS:
        try:
            from propflow.scoring import assess

            books = sheets()
            found = findings(books, count)
            problems = differences(books, found)
        except ImportError as error:
            raise Pending(missing(error)) from error
        if problems:
            return Section(title, ("different results",), ((problems[0],),), failed=True)
        loop = by_hand(books)
        works = [
            work("by hand", count, partial(loop, found)),
            work("assess", count, partial(assess, books, found)),
        ]
        hand, ours = interleave(works, seconds=seconds / len(COUNTS))
        ratio = Ratio.of(ours, hand)
        rows += [
            (f"{count:,}", hand.name, micro(hand.median), "1.00", "", ""),
            (
                f"{count:,}",
                ours.name,
                micro(ours.median),
                *times(ratio),
                against(ratio.median, BAR),
            ),
        ]
    columns = ("findings", "contestant", "µs/finding", "× by hand", "min–max", "")
    return Section(title, columns, tuple(rows))


def work(name: str, count: int, once: Callable[[], object]) -> Work:
    """Give one assessment as a work, counted by its findings."""

    def prepare(repeat: int) -> Batch:
        def batch() -> None:
            for _ in range(repeat):
                once()

        return batch

    return Work(name, prepare, count)
