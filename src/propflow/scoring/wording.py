"""What the lines of an assessment say, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from propflow.scoring.charging import Denial
from propflow.scoring.deduction import Deduction, Rung, Severity, Unit
from propflow.scoring.line import Adjustment
from propflow.scoring.points import EXACT, Points, shown
from propflow.scoring.rule import Label
from propflow.unspecified import Unspecified

_UNITS = {
    Unit.PERSON: ("人", "person", "persons"),
    Unit.PLACE: ("处", "place", "places"),
    Unit.OCCURRENCE: ("次", "occurrence", "occurrences"),
    Unit.FLAT: ("次检查", "inspection", "inspections"),
}

_RULINGS = {
    "A59": ("已按“{0}”扣分，二者不并罚", "charged under {0}, which leaves nothing to this rule"),
    "A33": ("同一事项已按“{0}”扣分", "the same matter is charged under {0}"),
    "A57": ("同一事实已按“{0}”扣分", "the same fact is charged under {0}"),
}


def wording(rule: Deduction) -> Label:
    """The rule's cleaned wording with its clause, and what of it the host has switched off."""
    off = [condition for condition in rule.conditions if not condition.applies]
    zh = "".join(f"（不适用：{condition.zh}）" for condition in off)
    en = "".join(f" (not applied: {condition.en})" for condition in off)
    return Label(f"{rule.clause} {rule.text_zh_clean}{zh}", f"{rule.clause} {rule.text_en}{en}")


def graver(severity: Severity, count: int, more: Decimal) -> Label:
    """What a severity added, or took away."""
    times, points = shown(severity.multiplier), _signed(more)
    return Label(
        f"{severity.zh}×{times}（{count}次）{points}分",
        f"{severity.en} ×{times} ({count}): {points}",
    )


def repeated(rung: Rung, count: int, more: Decimal) -> Label:
    """What coming back within the month added."""
    adds, points = shown(rung.adds), _signed(more)
    return Label(
        f"当月第{rung.time}次起每次加{adds}分（{count}次）{points}分",
        f"from time {rung.time} in a month {adds} more ({count}): {points}",
    )


def capped(cap: Decimal, more: Decimal) -> Label:
    """What a cap took away."""
    points = _signed(more)
    return Label(f"每次检查最多扣{shown(cap)}分 {points}分", f"at most {shown(cap)}: {points}")


def _signed(points: Decimal) -> str:
    return f"{'−' if points < 0 else '+'}{shown(points.copy_abs())}"


def reckoning(
    rule: Deduction, count: int, adjustments: Sequence[Adjustment], points: Points
) -> Label:
    """How a line came to its points."""
    text = wording(rule)
    zh_unit, *en_units = _UNITS[rule.unit]
    en_unit = en_units[count != 1]
    if rule.counts_every_time and rule.unit is not Unit.OCCURRENCE:
        zh_unit, en_unit = f"{zh_unit}次", f"{en_unit} (each time)"
    if rule.points is Unspecified or points is Unspecified:
        return Label(
            f"{text.zh} {count}{zh_unit},原文未给出分值，须由使用单位设定",
            f"{text.en} {count} {en_unit}; the source gives no points, the host must set them",
        )
    zh_host = "（分值由使用单位设定）" if rule.set_by_host else ""
    en_host = " (points set by the host)" if rule.set_by_host else ""
    each, product = shown(rule.points), shown(EXACT.multiply(rule.points, count))
    zh = f"{text.zh} {count}{zh_unit} × {each}分 = {product}分{zh_host}"
    en = f"{text.en} {count} {en_unit} × {each} = {product}{en_host}"
    for adjustment in adjustments:
        zh, en = f"{zh}，{adjustment.why.zh}", f"{en}; {adjustment.why.en}"
    if adjustments:
        zh, en = f"{zh}，合计{shown(points)}分", f"{en}; in all {shown(points)}"
    return Label(zh, en)


def refusal(denial: Denial, instead: Deduction) -> Label:
    """Why a finding was not charged."""
    zh, en = _RULINGS[denial.ruling]
    return Label(zh.format(wording(instead).zh), en.format(f"{instead.id!r}"))
