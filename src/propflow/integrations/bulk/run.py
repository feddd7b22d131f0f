"""Score a file or a table from end to end: check it, tally it, and write the bills."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Final

import attrs

from propflow.errors import InvalidColumns, Problem
from propflow.integrations.bulk.plan import YEARS, Plan, plan
from propflow.integrations.bulk.tables import duckdb, read
from propflow.integrations.bulk.terms import Book, Terms
from propflow.scoring.assessment import Reckoning, scale_of
from propflow.scoring.line import Line
from propflow.scoring.points import EXACT, Number
from propflow.scoring.pricing import Tally, tallied
from propflow.scoring.rule_book import RuleBook
from propflow.unspecified import Unspecified

_SECONDS: Final = 0.2


@attrs.frozen
class Progress:
    """How far a run is.

    Attributes:
        step: `check`, `score` or `bill`.
        percent: of this step, from 0 to 100; None where the engine does not say.
    """

    step: str
    percent: float | None


Report = Callable[[Progress], object]


def assess(
    books: RuleBook | Iterable[RuleBook],
    findings: Path | Any,
    *,
    base: Number | None = None,
    floor: Number = 0,
    on: Any = None,
    bills: Path | None = None,
    years: range = YEARS,
    progress: Report | None = None,
) -> Reckoning:
    """Charge the findings of a file or a table; the lines are those of `propflow.scoring.assess`.

    The findings stay where they are, so `Line.findings` is empty.

    Args:
        books: one rule book, or several to be charged together.
        findings: a Parquet or CSV file, or an Ibis table.
        base: the full mark from which the deduction is taken, if a score is wanted.
        floor: the lowest score (扣完为止).
        on: the Ibis backend that reads a file; a new `duckdb()` if none is given.
        bills: a Parquet or CSV file for the bill of every department and person.
        years: those in which months are told apart, where that matters.
        progress: called now and then, in the caller's thread; what it raises ends the run.

    Raises:
        AmbiguousRule: two of the books hold a rule of the same id.
        AmbiguousBook: two of the books have the same id.
        InexactNumber: base or floor is a float, NaN or an infinity.
        InvalidPoints: base or floor is no number or below zero, or the floor is above the base.
        NotInBulk: what an expression cannot carry exactly; names every rule concerned.
        InvalidColumns: columns are missing or of another type; names all of them.
        InvalidRows: rows cannot be scored; names every fault with its count and first rows.
        MissingExtra: the extra `bulk` is not installed.
    """
    lowest, full = scale_of(floor, base)
    compiled = plan(books, years=years)
    if bills is not None and bills.suffix not in {".csv", ".parquet"}:
        message = "its name ends neither in .parquet nor in .csv"
        raise InvalidColumns(str(bills), [Problem(bills.name, message)])
    table = findings
    if isinstance(findings, Path):
        table = read(findings, duckdb() if on is None else on)
    run = _Run(table, progress)
    run.step("check", lambda: compiled.check(table, bills=bills is not None))
    tallies = run.step("score", lambda: compiled.lines(table).to_pyarrow().to_pylist())
    if bills is not None:
        run.step("bill", lambda: _write(compiled, table, bills))
    return Reckoning(lines=tuple(lines_of(compiled.book, tallies)), base=full, floor=lowest)


@attrs.frozen
class _Run:
    """Runs one step after the other, and tells how far each is."""

    table: Any
    report: Report | None

    def step(self, name: str, work: Callable[[], Any]) -> Any:
        """The result of the work, which another thread does if somebody wants to hear of it."""
        if self.report is None:
            return work()
        self.report(Progress(name, 0))
        connection: Any = getattr(self.table.get_backend(), "con", None)
        with ThreadPoolExecutor(1) as pool:
            future = pool.submit(work)
            try:
                while not wait([future], _SECONDS).done:
                    self.report(Progress(name, _percent(connection)))
            except BaseException:
                interrupt = getattr(connection, "interrupt", None)
                if interrupt is not None:
                    interrupt()
                raise
        result = future.result()
        self.report(Progress(name, 100))
        return result


def _percent(connection: Any) -> float | None:
    asked = getattr(connection, "query_progress", None)
    percent = None if asked is None else asked()
    return percent if percent is not None and percent >= 0 else None


def _write(compiled: Plan, table: Any, file: Path) -> None:
    bills = compiled.bills(table)
    if file.suffix == ".csv":
        bills.to_csv(str(file))
    else:
        bills.to_parquet(str(file))


def lines_of(book: Book, tallies: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """The lines of the rows that a plan gives, in the order of the books."""
    by_rule = {tally["rule"]: tally for tally in tallies}
    for rule_id, terms in book.terms.items():
        if rule_id in by_rule:
            yield _line(terms, by_rule[rule_id])


def _line(terms: Terms, row: Mapping[str, Any]) -> Line:
    rule = terms.rule
    rungs = rule.repetition.rungs if rule.repetition else ()
    severities = tuple(row[f"severity_{place + 1}"] for place in range(len(rule.severities)))
    tally = Tally(
        count=row["n"],
        severities=severities,
        rungs=tuple(row[f"rung_{place + 1}"] for place in range(len(rungs))),
    )
    free = tallied(rule, terms.account, tally).points
    if rule.cap is not None and free is not Unspecified:
        tally = attrs.evolve(tally, over=EXACT.subtract(free, row["points"]))
    return tallied(rule, terms.account, tally)
