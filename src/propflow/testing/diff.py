"""What differs between two definitions, and which open cases the newer one has no place for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias, cast

import attrs

from propflow.definition import Workflow
from propflow.definition.document import (
    ClassDefinition,
    DeadlineDefinition,
    Definition,
    EventDefinition,
    GuardDefinition,
    RungDefinition,
    TransitionDefinition,
)
from propflow.scoring import Label

Kind: TypeAlias = Literal["added", "removed", "retargeted", "changed"]

_KINDS: Final[Mapping[Kind, Label]] = {
    "added": Label("新增", "added"),
    "removed": Label("删除", "removed"),
    "retargeted": Label("改向", "retargeted"),
    "changed": Label("更改", "changed"),
}
_PARTS: Final[Mapping[str, Label]] = {
    "workflow": Label("流程", "workflow"),
    "state": Label("状态", "state"),
    "event": Label("事件", "event"),
    "transition": Label("流转", "transition"),
    "deadline": Label("期限", "deadline"),
    "payload": Label("事件内容", "payload field"),
    "data": Label("案件数据", "data field"),
}
_FIELDS: Final[Mapping[str, Label]] = {
    "version": Label("版本", "version"),
    "zh": Label("中文名", "Chinese label"),
    "en": Label("英文名", "English label"),
    "source": Label("出处", "source"),
    "needs": Label("所需事实", "facts needed"),
    "indexed": Label("索引字段", "indexed fields"),
    "settings": Label("设置", "settings"),
    "final": Label("终态", "final"),
    "within": Label("所属状态", "lies within"),
    "initial": Label("默认子状态", "initial"),
    "by": Label("谁可以", "open to"),
    "guards": Label("条件", "guards"),
    "update": Label("数据更新", "update"),
    "history_only": Label("只入历史", "kept in the history alone"),
    "effects": Label("后续", "effects"),
    "target": Label("去向", "target"),
    "states": Label("所在状态", "states"),
    "begun_by": Label("起算事件", "counted from"),
    "until": Label("终止事件", "ended by"),
    "after": Label("时限", "limit"),
    "unit": Label("计时单位", "unit"),
    "at": Label("到期时刻", "moment"),
    "unset": Label("待设定", "to be set by"),
    "fires": Label("触发事件", "fires"),
    "rungs": Label("提醒级别", "rungs"),
    "pauses": Label("暂停状态", "on hold in"),
    "longest_pause": Label("最长暂停", "longest hold"),
    "acknowledged_by": Label("知悉事件", "acknowledged by"),
    "calendar": Label("日历", "calendar"),
    "notify_in": Label("提醒时段", "delivered in"),
    "type": Label("类型", "type"),
    "required": Label("必填", "required"),
}


@attrs.frozen
class Difference:
    """One difference between two definitions.

    Attributes:
        kind: ``added``, ``removed``, ``retargeted`` (a transition) or ``changed``.
        part: What differs: the ``workflow``, a ``state``, ``event``, ``transition``,
            ``deadline``, a field of a ``payload`` or of the ``data``.
        name: Which one, such as ``lend`` or ``requested --lend--> lent``.
        field: What of it; empty where the whole came or went.
        before: The old value as text; empty for what is new.
        after: The new value as text; empty for what is gone.
    """

    kind: Kind
    part: str
    name: str
    field: str = ""
    before: str = ""
    after: str = ""

    @property
    def notice(self) -> Label:
        """The same for people."""
        kind, part = _KINDS[self.kind], _PARTS[self.part]
        if not self.field:
            return Label(f"{kind.zh}{part.zh} {self.name}", f"{kind.en} {part.en} {self.name}")
        field = _FIELDS[self.field]
        values = f"{self.before or '–'} → {self.after or '–'}"
        return Label(
            f"{kind.zh}{part.zh} {self.name} 的{field.zh}:{values}",
            f"{kind.en} {part.en} {self.name}, {field.en}: {values}",
        )


@attrs.frozen
class Stranded:
    """Where open cases of the old definition rest that the new one has no place or way for.

    Attributes:
        state: Name of the state in which they rest.
        previous: Name of the state that they came from, if only those are concerned.
        why: What is missing.
    """

    state: str
    previous: str | None
    why: Label


@attrs.frozen
class Diff:
    """How one definition differs from another.

    Attributes:
        old: Name and version of the one.
        new: Name and version of the other.
        differences: Each difference, in the order of the definitions.
        stranded: Which open cases could not go on under the new definition as they stand.
    """

    old: str
    new: str
    differences: tuple[Difference, ...]
    stranded: tuple[Stranded, ...]

    def text(self, lang: Literal["zh", "en"]) -> str:
        """Return a line for each difference and for each place where cases would be stranded."""
        lines = [f"{self.old} → {self.new}"]
        lines += [f"  {getattr(each.notice, lang)}" for each in self.differences]
        if not self.differences:
            lines.append("  没有差别" if lang == "zh" else "  no difference")
        lines += [f"! {getattr(each.why, lang)}" for each in self.stranded]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text("en")


def diff(old: type[Workflow[Any]] | Definition, new: type[Workflow[Any]] | Definition) -> Diff:
    """Compare two definitions: versions of one workflow, or any two.

    Running cases keep the version that they were opened with; `Diff.stranded` says what has to be
    decided before they are moved to the new one.

    Args:
        old: The workflow, or its `Definition` as it was kept in JSON.
        new: The other.
    """
    one = old if isinstance(old, Definition) else old.definition()
    two = new if isinstance(new, Definition) else new.definition()
    return Diff(
        f"{one.name} version {one.version}",
        f"{two.name} version {two.version}",
        tuple(_differences(one, two)),
        tuple(_stranded(one, two)),
    )


def _differences(old: Definition, new: Definition) -> Iterator[Difference]:
    whole = ("version", "zh", "en", "needs", "indexed", "settings")
    yield from _changed("workflow", new.name, old, new, whole)
    yield from _class_differences("data", "", old.data, new.data)
    states = ("zh", "en", "final", "within", "initial", "source")
    for name, one, two in _paired(old.states, new.states):
        yield from _one_or_both("state", name, one, two, states)
    events = ("zh", "en", "by", "guards", "update", "history_only", "effects", "source")
    for name, before, after in _paired(old.events, new.events):
        yield from _one_or_both("event", name, before, after, events)
        if before is not None and after is not None:
            yield from _class_differences("payload", f"{name}.", before.payload, after.payload)
        yield from _transition_differences(name, before, after)
    deadlines = tuple(each.name for each in attrs.fields(DeadlineDefinition) if each.name != "name")
    for name, one, two in _paired(old.deadlines, new.deadlines):
        yield from _one_or_both("deadline", name, one, two, deadlines)


def _paired(one: Iterable[Any], two: Iterable[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Pair what has one name: what is old in its order, then what is new."""
    before, after = ({each.name: each for each in some} for some in (one, two))
    for name in dict.fromkeys([*before, *after]):
        yield name, before.get(name), after.get(name)


def _one_or_both(
    part: str, name: str, one: Any, two: Any, fields: Sequence[str]
) -> Iterator[Difference]:
    if one is None or two is None:
        yield Difference("added" if one is None else "removed", part, name)
    else:
        yield from _changed(part, name, one, two, fields)


def _changed(
    part: str, name: str, one: Any, two: Any, fields: Sequence[str]
) -> Iterator[Difference]:
    for field in fields:
        before, after = _shown(getattr(one, field)), _shown(getattr(two, field))
        if before != after:
            yield Difference("changed", part, name, field, before, after)


def _class_differences(
    part: str, prefix: str, old: ClassDefinition | None, new: ClassDefinition | None
) -> Iterator[Difference]:
    before, after = (() if each is None else each.fields for each in (old, new))
    for name, one, two in _paired(before, after):
        yield from _one_or_both(part, prefix + name, one, two, ("type", "required"))


def _transition_differences(
    event: str, old: EventDefinition | None, new: EventDefinition | None
) -> Iterator[Difference]:
    before, after = ([] if each is None else list(each.transitions) for each in (old, new))
    gone = [each for each in before if _key(each) not in map(_key, after)]
    come = [each for each in after if _key(each) not in map(_key, before)]
    for one in gone:
        two = next((each for each in come if each.source == one.source), None)
        if two is None:
            yield Difference("removed", "transition", _way(event, one))
            continue
        come.remove(two)
        if _target(one) != _target(two):
            ends = _target(one), _target(two)
            yield Difference("retargeted", "transition", _way(event, one), "target", *ends)
        yield from _changed("transition", _way(event, two), one, two, ("guards",))
    for two in come:
        yield Difference("added", "transition", _way(event, two))


def _key(each: TransitionDefinition) -> tuple[object, ...]:
    return each.source, each.target, each.previous, _shown(each.guards)


def _target(each: TransitionDefinition) -> str:
    return each.source if each.target is None else each.target


def _way(event: str, each: TransitionDefinition) -> str:
    return f"{each.source} --{event}--> {_target(each)}"


def _shown(value: Any) -> str:
    """Return a value as one reads it: what has a name by its name, guards by their codes."""
    if isinstance(value, tuple):
        return ", ".join(_shown(each) for each in cast("Iterable[Any]", value))
    if isinstance(value, GuardDefinition):
        return value.code
    if isinstance(value, RungDefinition):
        return f"{value.offset or value.share} {_shown(value.to)}"
    if value is None:
        return ""
    name = getattr(value, "name", value)
    held = getattr(value, "value", None)  # of a setting
    return f"{name}" if held is None else f"{name}={held}"


def _stranded(old: Definition, new: Definition) -> Iterator[Stranded]:
    """Return where open cases would be lost: in a state that is gone, or without their way back."""
    rests = _resting(new)
    for state in _resting(old).values():
        if state.final:
            continue
        there = rests.get(state.name)
        if there is None:
            yield Stranded(
                state.name,
                None,
                Label(
                    f"处于“{state.zh}”({state.name})的案件在新定义中没有去处",
                    f"cases that rest in {state.name} have no place in the new definition",
                ),
            )
            continue
        ways = _ways_back(new, state.name)
        for previous in sorted(_ways_back(old, state.name) - ways):
            yield Stranded(
                state.name,
                previous,
                Label(
                    f"从 {previous} 进入“{state.zh}”({state.name})的案件无法返回",
                    f"cases that rest in {state.name} and came from {previous} have no way back",
                ),
            )


def _resting(definition: Definition) -> dict[str, Any]:
    """Return the states in which a case can rest, which hold no others, by name."""
    outer = {state.within for state in definition.states}
    return {state.name: state for state in definition.states if state.name not in outer}


def _ways_back(definition: Definition, state: str) -> set[str]:
    return {
        each.previous
        for event in definition.events
        for each in event.transitions
        if each.source == state and each.previous is not None
    }
