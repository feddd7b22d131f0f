"""Errors about rule books, findings and points that cannot be right."""

from __future__ import annotations

from collections.abc import Sequence

from propflow.errors.root import Problem, Problems, PropflowError


class ScoringError(PropflowError):
    """A rule book, a finding or a computation on points that cannot be right."""


class InvalidRuleBook(Problems, ScoringError):
    """A rule book that cannot be loaded; `problems` names the place of each fault."""


class UnknownRule(ScoringError):
    """A finding or a value names a rule that none of the books holds.

    `problems` names whatever else is wrong with the same input.
    """

    def __init__(
        self, rules: Sequence[str], books: Sequence[str], problems: Sequence[Problem] = ()
    ) -> None:
        self.rules = tuple(rules)
        self.books = tuple(books)
        self.problems = tuple(problems)
        besides = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(
            f"no rule {', '.join(map(repr, rules))} in {', '.join(books) or 'no book at all'}; "
            "check the spelling or pass the book that holds it"
            + (f"; besides:{besides}" if besides else "")
        )


class InvalidFinding(Problems, ScoringError):
    """Findings that cannot be assessed; `problems` names each one."""


class InvalidScore(Problems, ScoringError):
    """Scores or weights that cannot be; `problems` names every item concerned."""


class InvalidAnswers(Problems, ScoringError):
    """Answers or ratings that cannot be; `problems` names every item concerned."""


class MissingParty(ScoringError):
    """A penalty falls on roles that nobody was named for."""

    def __init__(self, roles: Sequence[str]) -> None:
        self.roles = tuple(roles)
        super().__init__(f"nobody is named as {', '.join(self.roles)}; name them in parties=")


class UnknownShift(ScoringError):
    """Joint liability cannot be judged, because the inspector's duty period is not known."""

    def __init__(self, issue: str, inspector: str) -> None:
        self.issue = issue
        self.inspector = inspector
        super().__init__(
            f"the shift of {inspector!r} in which the issue {issue!r} was found is not known; "
            "pass it in shift="
        )


class IncompleteScorecard(ScoringError):
    """A card that is not wholly scored has no total, and is not published."""

    def __init__(self, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"{', '.join(self.missing)} not scored yet; score them, or say why they do not apply "
            "with Score.not_applicable('…')"
        )


class InvalidPoints(Problems, ScoringError):
    """Numbers that cannot be points: not a number, below zero, or beyond all measure."""


class InvalidPosting(Problems, ScoringError):
    """Entries, charges or months that cannot stand in the ledger; `problems` names each fault."""


class MonthClosed(ScoringError):
    """Something is to be posted to a month that is closed; months are never opened again."""

    def __init__(self, months: Sequence[str]) -> None:
        self.months = tuple(months)
        super().__init__(
            f"{', '.join(self.months)} is closed and stays closed; post to a month that is open"
        )


class InexactNumber(InvalidPoints):
    """A float, NaN or infinity where points are counted; points are exact."""


class UnknownRuleBook(ScoringError):
    """No rule book of this name ships with propflow."""

    def __init__(self, name: str, shipped: Sequence[str]) -> None:
        self.name = name
        self.shipped = tuple(shipped)
        super().__init__(
            f"no rule book {name!r} ships with propflow; the shipped ones are "
            f"{', '.join(self.shipped)}; for a file of your own pass a pathlib.Path"
        )


class AmbiguousRule(ScoringError):
    """Two of the books passed hold a rule of the same id, so a finding would not say which."""

    def __init__(self, rules: Sequence[str], books: Sequence[str]) -> None:
        self.rules = tuple(rules)
        self.books = tuple(books)
        super().__init__(
            f"{', '.join(map(repr, rules))} stands in more than one of the books "
            f"{', '.join(books)}; pass only one of them, or rename the rule in your own book"
        )


class AmbiguousBook(ScoringError):
    """Two different books of the same id were passed, so nobody can say which one was used."""

    def __init__(self, book: str) -> None:
        self.book = book
        super().__init__(
            f"two books are called {book!r}; give your own book an id of its own, or pass it once"
        )


class UnspecifiedError(ScoringError):
    """A computation needs values that the source document leaves open."""

    def __init__(self, rules: Sequence[str], message: str) -> None:
        self.rules = tuple(rules)
        super().__init__(message)


class UnspecifiedPointsError(UnspecifiedError):
    """A total needs the points of rules whose number the source leaves out; names all of them."""

    def __init__(self, rules: Sequence[str], hint: str | None = None) -> None:
        values = ", ".join(f"{rule!r}: '…'" for rule in rules)
        what_to_do = hint or f"set them with book.with_values({{{values}}})"
        super().__init__(rules, f"the source gives no points for {', '.join(rules)}; {what_to_do}")


class UnspecifiedRuleError(UnspecifiedError):
    """Rules without numbers of their own, such as a schedule, lack a value that was asked for."""

    def __init__(self, rules: Sequence[str], parameter: str) -> None:
        self.parameter = parameter
        named = ", ".join(rules)
        super().__init__(
            rules, f"the source gives no {parameter} for {named}; the host must set it"
        )
