"""A rule book compiled for tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs

from propflow.errors import NotInBulk, Problem
from propflow.integrations.bulk import totals
from propflow.integrations.bulk.charges import Wanted, charges
from propflow.integrations.bulk.faults import refuse_faulty
from propflow.integrations.bulk.library import ibis
from propflow.integrations.bulk.tables import findings_of
from propflow.integrations.bulk.terms import Book, book_of
from propflow.scoring.rule_book import RuleBook


@attrs.frozen
class Plan:
    """One or several rule books, ready to be laid over any table of findings.

    `lines` and `bills` give Ibis expressions: nothing runs until the host executes them. They
    are right for findings that `check` has passed.
    """

    book: Book

    def check(self, findings: Any, *, bills: bool = False) -> None:
        """Pass a table that can be scored; this reads it.

        Args:
            findings: an Ibis table, bound to its engine.
            bills: also ask for what bills need, which is one department for each charge.

        Raises:
            InvalidColumns: columns are missing or of another type; names all of them.
            InvalidRows: rows cannot be scored; names every fault with its count and first rows.
            NotInBulk: the engine sorts text in a way that repetition cannot rely on.
        """
        wanted = Wanted.by(self.book, bills=bills)
        given = findings_of(self.book, findings)
        if wanted.timed and wanted.held and not _sorts_by_code(findings):
            message = (
                "this database sorts text by a language, and with repetition it matters which of "
                "two findings of one moment comes first; use one with the collation C"
            )
            raise NotInBulk(", ".join(self.book.ids), [Problem("the engine", message)])
        refuse_faulty(self.book, given, wanted)

    def lines(self, findings: Any) -> Any:
        """One row for each rule charged.

        Its columns: `rule`, `n` (how many are charged), `points` (exact; NULL where the source
        gives no number), and where the books have them `severity_1` … and `rung_1` …, how many of
        the `n` have the rule's first severity, or reached its first rung, and so on.

        Raises:
            InvalidColumns: columns are missing or of another type; names all of them.
        """
        wanted = Wanted.by(self.book, bills=False)
        found = charges(self.book, findings_of(self.book, findings), wanted)
        return totals.lines(self.book, found, wanted)

    def bills(self, findings: Any) -> Any:
        """One row for each department or person and rule charged to it.

        Its columns are those of `lines`, with `account` and `holder` before them; the holder is
        NULL where no finding names the department.

        Raises:
            InvalidColumns: columns are missing or of another type; names all of them.
        """
        wanted = Wanted.by(self.book, bills=True)
        found = charges(self.book, findings_of(self.book, findings), wanted)
        return totals.bills(self.book, found, wanted)


YEARS: Final = range(2015, 2036)


def plan(books: RuleBook | Iterable[RuleBook], *, years: range = YEARS) -> Plan:
    """Compile one rule book, or several to be charged together.

    Args:
        books: one rule book, or several.
        years: those in which months are told apart, if a rule costs more when it comes back
            within a month; the fewer, the quicker it compiles.

    Raises:
        AmbiguousRule: two of the books hold a rule of the same id.
        AmbiguousBook: two of the books have the same id.
        NotInBulk: what an expression cannot carry exactly; names every rule concerned.
        MissingExtra: the extra `bulk` is not installed.
    """
    ibis()
    return Plan(book_of(books, years))


def _sorts_by_code(findings: Any) -> bool:
    """Whether the table's engine sorts text as Python does: all capitals before small letters."""
    library = ibis()
    small_first = library.literal("a") < library.literal("B")
    return not findings.get_backend().to_pyarrow(small_first).as_py()
