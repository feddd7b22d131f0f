"""Evaluate check items: what passed, and how service is seen against what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import attrs

from propflow.errors import InvalidAnswers, InvalidPoints, Problem, UnknownRule
from propflow.scoring.check_item import Answer, CheckItem, Dimension
from propflow.scoring.points import Number, exact_all
from propflow.scoring.rule_book import RuleBook


@attrs.frozen
class CheckResult:
    """The answers to the check items of books, in the order of the books.

    Attributes:
        passed: ids of the items that passed.
        failed: ids of the items that did not.
        not_applicable: ids of the items left out of the rate.
        observations: ids of the items noted without a verdict; in no rate either.
        unanswered: ids of the items without an answer.
    """

    passed: tuple[str, ...]
    failed: tuple[str, ...]
    not_applicable: tuple[str, ...]
    observations: tuple[str, ...]
    unanswered: tuple[str, ...]

    @property
    def pass_rate(self) -> Fraction | None:
        """Passed out of passed and failed, exactly; None if there are none, or answers lack."""
        judged = len(self.passed) + len(self.failed)
        if self.unanswered or not judged:
            return None
        return Fraction(len(self.passed), judged)


def check(books: RuleBook | Iterable[RuleBook], answers: Mapping[str, Answer]) -> CheckResult:
    """Sort the answers of one inspection.

    Args:
        books: one book or several whose check items were asked.
        answers: by id of the item; a string such as `"pass"` will do.

    Raises:
        UnknownRule: an id that no check item of the books has; names all of them, and in
            `problems` every answer that is none.
        InvalidAnswers: an answer that is none; names all of them.
    """
    problems = [
        Problem(item_id, f"{answer!r} is no answer; give one of {', '.join(Answer)}")
        for item_id, answer in answers.items()
        if answer not in list(Answer)
    ]
    items = _items(books, answers, problems)
    if problems:
        raise InvalidAnswers("the answers", problems)
    return CheckResult(
        passed=_answered(items, answers, Answer.PASS),
        failed=_answered(items, answers, Answer.FAIL),
        not_applicable=_answered(items, answers, Answer.NOT_APPLICABLE),
        observations=_answered(items, answers, Answer.OBSERVATION),
        unanswered=tuple(item for item in items if item not in answers),
    )


def _answered(
    items: Iterable[str], answers: Mapping[str, Answer], answer: Answer
) -> tuple[str, ...]:
    return tuple(item for item in items if answers.get(item) == answer)


@attrs.frozen
class Rating:
    """What one respondent expected and found, on the host's own scale.

    Attributes:
        item: the id of the check item.
        expected: what was expected.
        perceived: what was found.
    """

    item: str
    expected: Number
    perceived: Number


@attrs.frozen
class DimensionResult:
    """The ratings of one RATER dimension.

    Attributes:
        dimension: which one.
        ratings: how many ratings stand behind it, at least one.
        expected: the mean of what was expected, exactly.
        perceived: the mean of what was found, exactly.
    """

    dimension: Dimension
    ratings: int
    expected: Fraction
    perceived: Fraction

    @property
    def gap(self) -> Fraction:
        """Found less expected: below zero, service falls short."""
        return self.perceived - self.expected


def rate(
    books: RuleBook | Iterable[RuleBook], ratings: Iterable[Rating]
) -> tuple[DimensionResult, ...]:
    """The mean and the gap of each RATER dimension that was rated, every rating counting once.

    Raises:
        UnknownRule: an id that no check item of the books has; names all of them, and in
            `problems` every wrong number.
        InvalidAnswers: an item without a dimension was rated; names all of them and every wrong
            number.
        InexactNumber: at least one number is a float, NaN or an infinity.
        InvalidPoints: at least one number is none, or below zero.
    """
    given = list(ratings)
    try:
        numbers = exact_all(
            "the ratings",
            {
                f"rating {number} ({rating.item}), {name}": getattr(rating, name)
                for number, rating in enumerate(given, start=1)
                for name in ("expected", "perceived")
            },
        )
    except InvalidPoints as refusal:
        _rated_items(books, given, refusal.problems)
        raise
    items = _rated_items(books, given)
    by_dimension: dict[Dimension | None, list[tuple[Fraction, Fraction]]] = {}
    values = iter(numbers.values())
    for rating in given:
        pair = (Fraction(next(values)), Fraction(next(values)))
        by_dimension.setdefault(items[rating.item].dimension, []).append(pair)
    return tuple(
        DimensionResult(
            dimension=dimension,
            ratings=len(pairs),
            expected=sum((expected for expected, _ in pairs), Fraction(0)) / len(pairs),
            perceived=sum((perceived for _, perceived in pairs), Fraction(0)) / len(pairs),
        )
        for dimension in Dimension
        if (pairs := by_dimension.get(dimension))
    )


def _rated_items(
    books: RuleBook | Iterable[RuleBook],
    ratings: Sequence[Rating],
    problems: Sequence[Problem] = (),
) -> dict[str, CheckItem]:
    """The items by id, or the error of ratings of none; it names the other problems too."""
    items = _items(books, [rating.item for rating in ratings], problems)
    untagged = dict.fromkeys(each.item for each in ratings if items[each.item].dimension is None)
    if untagged:
        hint = "has no dimension; give it one in your own book, or leave its ratings out"
        raise InvalidAnswers(
            "the ratings", [*(Problem(item, hint) for item in untagged), *problems]
        )
    return items


def _items(
    books: RuleBook | Iterable[RuleBook],
    asked: Sequence[str] | Mapping[str, object],
    problems: Sequence[Problem] = (),
) -> dict[str, CheckItem]:
    listed = [books] if isinstance(books, RuleBook) else list(books)
    items = {item.id: item for book in listed for item in book.check_items}
    unknown = [item_id for item_id in dict.fromkeys(asked) if item_id not in items]
    if unknown:
        raise UnknownRule(unknown, [book.id for book in listed], problems)
    return items
