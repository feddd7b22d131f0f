"""What changed between two versions of a rule book, as a notice that people can read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, cast

import attrs

from propflow.scoring.check_item import Limit
from propflow.scoring.consequence import Link
from propflow.scoring.deduction import Condition, Repetition, Rung, Severity
from propflow.scoring.points import shown
from propflow.scoring.rule import Label, Rule, Section
from propflow.scoring.rule_book import RuleBook
from propflow.scoring.score_item import Band
from propflow.unspecified import Unspecified

_FIELDS: Final[Mapping[str, Label]] = {
    "id": Label("编号", "id"),
    "title": Label("名称", "title"),
    "account": Label("扣分对象", "account"),
    "sections": Label("部分", "sections"),
    "source": Label("出处", "source"),
    "incomplete": Label("残缺", "incomplete"),
    "missing": Label("缺失", "missing"),
    "missing_clauses": Label("缺失条款", "missing clauses"),
    "rulings": Label("裁定", "rulings"),
    "clause": Label("条款", "clause"),
    "text_zh": Label("原文", "wording as found"),
    "text_zh_clean": Label("中文", "Chinese wording"),
    "text_en": Label("英文", "English wording"),
    "provenance": Label("来源", "provenance"),
    "section": Label("所属部分", "section"),
    "needs": Label("须由使用单位提供", "left to the host"),
    "about": Label("事项", "matter"),
    "points": Label("分值", "points"),
    "unit": Label("计量", "unit"),
    "count": Label("计次", "count"),
    "same_as": Label("同一事项", "same matter as"),
    "excluded_by": Label("互斥", "excluded by"),
    "conditions": Label("条件", "conditions"),
    "cap": Label("每次检查封顶", "cap"),
    "severities": Label("轻重等级", "severities"),
    "repetition": Label("当月重犯", "repetition"),
    "set_by_host": Label("由使用单位设定", "set by the host"),
    "max_points": Label("满分", "maximum"),
    "weight": Label("权重", "weight"),
    "method": Label("评分方法", "method"),
    "bands": Label("分档", "bands"),
    "floor": Label("最低分", "floor"),
    "dimension": Label("维度", "dimension"),
    "overlaps": Label("内容相近", "overlaps"),
    "limit": Label("限值", "limit"),
    "base_rule": Label("基准条款", "base rule"),
    "multiplier": Label("倍数", "multiplier"),
    "warnings": Label("书面警告", "warnings"),
    "liable": Label("责任人", "liable"),
    "chain": Label("连带", "chain"),
}


_PARTS: Final = (Section, Condition, Severity, Repetition, Rung, Band, Limit, Link)


@attrs.frozen
class Change:
    """One change: a rule added or removed, or one field of a rule or of the book itself.

    Attributes:
        rule: the id of the rule; None for the book itself.
        field: what changed; None where the whole rule came or went.
        before: the old value; None for a rule that is new.
        after: the new value; None for a rule that is gone.
        notice: the same for people.
    """

    rule: str | None
    field: str | None
    before: object
    after: object
    notice: Label


def changes(old: RuleBook, new: RuleBook) -> tuple[Change, ...]:
    """Every change from one book to the other: first the book's own, then rule by rule.

    Rules are matched by id and come in the order of the new book, those that are gone last.
    """
    return tuple(_changes(old, new))


def _changes(old: RuleBook, new: RuleBook) -> Iterator[Change]:
    yield from _fields(None, Label("本规则", "this book"), old, new)
    before = {rule.id: rule for rule in (*old.rules, *old.contents)}
    after = {rule.id: rule for rule in (*new.rules, *new.contents)}
    for rule_id, rule in after.items():
        known = before.get(rule_id)
        if known is None or type(known) is not type(rule):
            yield from [] if known is None else [_gone(known)]
            notice = Label(f"新增 {_clause(rule).zh}", f"Added: {_clause(rule).en}")
            yield Change(rule_id, None, None, rule, notice)
        else:
            yield from _fields(rule_id, _clause(known), known, rule)
    yield from (_gone(rule) for rule_id, rule in before.items() if rule_id not in after)
    kept = [rule_id for rule_id in after if rule_id in before]
    if kept != [rule_id for rule_id in before if rule_id in after]:
        notice = Label("条款顺序有变", "The rules stand in another order.")
        yield Change(None, "rules", tuple(before), tuple(after), notice)


def _gone(rule: Rule) -> Change:
    notice = Label(f"废止 {_clause(rule).zh}", f"Removed: {_clause(rule).en}")
    return Change(rule.id, None, rule, None, notice)


def _clause(rule: Rule) -> Label:
    return Label(f"{rule.clause} {rule.text_zh_clean}", f"{rule.clause} {rule.text_en}")


def _fields(
    rule_id: str | None, what: Label, old: attrs.AttrsInstance, new: attrs.AttrsInstance
) -> Iterator[Change]:
    for field in attrs.fields(type(old)):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name in ("rules", "contents") or before == after:
            continue
        name, was, now = _FIELDS[field.name], _said(before), _said(after)
        notice = Label(
            f"{what.zh} {name.zh}：{was.zh} → {now.zh}", f"{what.en} {name.en}: {was.en} → {now.en}"
        )
        yield Change(rule_id, field.name, before, after, notice)


def _said(value: object) -> Label:
    """A value of a rule as people say it."""
    if isinstance(value, tuple):
        parts = [_said(each) for each in cast("tuple[object, ...]", value)] or [_word(None)]
        return Label("、".join(part.zh for part in parts), ", ".join(part.en for part in parts))
    if isinstance(value, _PARTS):
        said = [(each.name, _said(getattr(value, each.name))) for each in attrs.fields(type(value))]
        return Label(
            "（" + "，".join(f"{name} {part.zh}" for name, part in said) + "）",
            "(" + ", ".join(f"{name} {part.en}" for name, part in said) + ")",
        )
    return _word(value)


def _word(value: object) -> Label:
    if isinstance(value, Label):
        return value
    if value is Unspecified:
        return Label("未给出", "not given")
    if isinstance(value, bool):
        return Label("是", "yes") if value else Label("否", "no")
    if isinstance(value, Decimal):
        return Label(shown(value), shown(value))
    # None and a blank text are both nothing to people.
    return Label(str(value), str(value)) if value else Label("无", "none")
