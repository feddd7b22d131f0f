"""From what is given for an item to its points, refusing what cannot be, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TypeAlias

from propflow.errors import InvalidPoints, InvalidScore, Problem, UnspecifiedRuleError
from propflow.scoring.points import EXACT, Number, exact, shown
from propflow.scoring.rule import Label
from propflow.scoring.score import Basis, Score
from propflow.scoring.score_item import Method, ScoreItem, banded

SurveyMapping: TypeAlias = Callable[[Decimal], Number]
"""A host's function from a measured value to points, such as `linear` with its maximum."""


def points_of(
    items: Mapping[str, ScoreItem],
    scores: Mapping[str, Score],
    mappings: Mapping[str, SurveyMapping],
) -> dict[str, Decimal]:
    """The points of every item that has a score and is applicable.

    Raises:
        InvalidScore: a score that cannot be; names every one.
        UnspecifiedRuleError: measured values have no mapping, and no other fault was found; names
            every item.
    """
    problems: list[Problem] = []
    points: dict[str, Decimal] = {}
    unmapped: list[str] = []
    for item_id, score in scores.items():
        item, mapping = items[item_id], mappings.get(item_id)
        faults = list(_faults(item, score, mapping))
        if faults:
            problems += [Problem(item_id, message) for message in faults]
        elif score.basis is Basis.MEASURED and mapping is None and item.method is Method.MAPPING:
            unmapped.append(item_id)
        elif score.basis is not Basis.NOT_APPLICABLE:
            try:
                points[item_id] = _points(item, score, mapping)
            except InvalidPoints as refusal:
                problems += [Problem(item_id, each.message) for each in refusal.problems]
    problems += [
        Problem(item_id, f"{shown(number)} is above the {shown(items[item_id].max_points)} points")
        for item_id, number in points.items()
        if number > items[item_id].max_points
    ]
    if problems:
        raise InvalidScore("the scores", problems)
    if unmapped:
        raise UnspecifiedRuleError(unmapped, "mapping")
    return points


def _faults(item: ScoreItem, score: object, mapping: SurveyMapping | None) -> Iterator[str]:
    if not isinstance(score, Score):
        yield f"{score!r} is no score; write Score('9') or Score.not_applicable('why')"
        return
    method, basis = item.method, score.basis
    mappable = mapping is not None or method in (Method.BANDS, Method.MAPPING)
    if basis is Basis.NOT_APPLICABLE and not score.reason.strip():
        yield "does not apply, and nobody says why; give a reason"
    if basis is Basis.DEDUCTED and method is not Method.FROM_DEDUCTIONS:
        yield f"its method is {method.value}, so it is not scored from deductions"
    if basis is Basis.MEASURED and not mappable:
        yield f"its method is {method.value}; give points, or a mapping in mappings="


def _points(item: ScoreItem, score: Score, mapping: SurveyMapping | None) -> Decimal:
    if score.basis is Basis.DEDUCTED:
        left = EXACT.subtract(item.max_points, score.value)
        return max(item.floor, left)
    if score.basis is Basis.POINTS:
        return score.value
    if mapping is not None:
        return exact(mapping(score.value), "what the mapping gave")
    return banded(score.value, item.bands)


def score_wording(item: ScoreItem, score: Score | None, points: Decimal | None) -> Label:
    """What an item of a card says, in both languages."""
    zh, en = f"{item.clause} {item.text_zh_clean}", f"{item.clause} {item.text_en}"
    if score is None:
        return Label(f"{zh} 未评分", f"{en} Not scored.")
    if points is None:
        return Label(f"{zh} 不适用：{score.reason}", f"{en} Not applicable: {score.reason}")
    earned, maximum, value = shown(points), shown(item.max_points), shown(score.value)
    how = {
        Basis.MEASURED: (f"测得{value}，", f"measured {value}: "),
        Basis.DEDUCTED: (f"满分减{value}分，", f"the maximum less {value}: "),
    }.get(score.basis, ("", ""))
    host = (
        ("（满分由使用单位设定）", " (maximum set by the host)") if item.set_by_host else ("", "")
    )
    return Label(
        f"{zh} {how[0]}得{earned}分，满分{maximum}分{host[0]}",
        f"{en} {how[1]}{earned} of {maximum}{host[1]}",
    )
