"""A workflow's states and transitions as a Mermaid diagram."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

import attrs

from propflow.definition import START
from propflow.definition.document import (
    DeadlineDefinition,
    Definition,
    EventDefinition,
    StateDefinition,
    TransitionDefinition,
)

Language: TypeAlias = Literal["zh", "en"]

_INDENT = "    "
_EDGE = "[*]"


class _Labelled(Protocol):
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


@attrs.frozen
class _Words:
    """What a diagram says beyond the definition's own labels."""

    version: str
    between: str
    both: str
    came_from: str
    deadline: str
    by_case: str
    working_days: str
    service: str


_WORDS: Mapping[Language, _Words] = MappingProxyType(
    {
        "zh": _Words(
            "第 {} 版",
            "、",
            "；",
            "来自“{}”",
            "{}后：{}",
            *("逐件确定的时限", "{}个工作日", "{}服务时间"),
        ),
        "en": _Words(
            "version {}",
            ", ",
            " and ",
            "came from “{}”",
            "after {}: {}",
            *("a time of its own", "{} working days", "{} of service time"),
        ),
    }
)

# What Mermaid's reader of state diagrams takes for a word of its own, or for a name that it makes.
_RESERVED = frozenset(
    (
        "accdescr",
        "acctitle",
        "class",
        "classdef",
        "click",
        "default",
        "href",
        "note",
        "root",
        "scale",
        "state",
        "style",
    )
)
_MADE = ("_start", "_end")

_PLAIN = frozenset(" ,.()[]/'-_")


def mermaid(definition: Definition, language: Language) -> str:
    """Return a workflow as Mermaid text of the kind ``stateDiagram-v2``.

    Every arrow carries, for each event that takes it, the event's label, the roles in round
    brackets and the conditions in square ones. An event that acts in place leads from a state to
    itself.

    Args:
        definition: The workflow, as `Workflow.definition` returns it.
        language: Whose labels are drawn.
    """
    lines = [
        "---",
        f"title: {json.dumps(_title(definition, language), ensure_ascii=False)}",
        "---",
        "stateDiagram-v2",
        *_states(definition, None, language, _INDENT),
        *_arrows(definition, language),
        *_notes(definition, language),
    ]
    return "\n".join(lines) + "\n"


def _title(definition: Definition, language: Language) -> str:
    label = _label(definition, language)
    version = _WORDS[language].version.format(definition.version)
    return f"{label} ({definition.name}, {version})" if label else f"{definition.name} ({version})"


def _states(
    definition: Definition, within: str | None, language: Language, indent: str
) -> Iterator[str]:
    for state in definition.states:
        if state.within != within:
            continue
        line = f'{indent}state "{_escaped(_label(state, language))}" as {_id(state.name)}'
        inner = [*_states(definition, state.name, language, indent + _INDENT)]
        if not inner:
            yield line
            continue
        yield f"{line} {{"
        yield f"{indent}{_INDENT}{_EDGE} --> {_id(_entered(definition, state))}"
        yield from inner
        yield f"{indent}}}"


def _entered(definition: Definition, outer: StateDefinition) -> str:
    return next(s.name for s in definition.states if s.within == outer.name and s.initial)


def _arrows(definition: Definition, language: Language) -> Iterator[str]:
    """Yield the arrows, outside of all states: Mermaid draws a state where it is first named."""
    labels: dict[tuple[str, str], list[str]] = {}
    for event in definition.events:
        for transition in event.transitions:
            source = _EDGE if transition.source == START.name else _id(transition.source)
            target = source if transition.target is None else _id(transition.target)
            label = _escaped(_event_label(definition, event, transition, language))
            labels.setdefault((source, target), []).append(label)
    for (source, target), several in labels.items():
        yield f"{_INDENT}{source} --> {target} : {'<br/>'.join(several)}"
    for state in definition.states:
        if state.final:
            yield f"{_INDENT}{_id(state.name)} --> {_EDGE}"


def _notes(definition: Definition, language: Language) -> Iterator[str]:
    """Yield a note beside each state of each deadline; of one whose limit is open there is none."""
    for deadline in definition.deadlines:
        if deadline.unset:
            continue
        words = _WORDS[language]
        label = deadline.zh if language == "zh" else deadline.en
        text = words.deadline.format(_limit(deadline, language), label)
        for state in deadline.states:
            yield f"{_INDENT}note right of {_id(state)} : {_escaped(text)}"


def _limit(deadline: DeadlineDefinition, language: Language) -> str:
    """Return how long the case may be there, or that the data say so."""
    words = _WORDS[language]
    if deadline.after is None or not deadline.after.startswith("P") or ":" in deadline.after:
        return words.by_case
    length = _duration(deadline.after, language)
    if deadline.unit == "working_days":
        return words.working_days.format(length.split()[0].removesuffix("天"))
    return words.service.format(length) if deadline.unit == "service" else length


def _duration(iso: str, language: Language) -> str:
    """Return a duration as days, hours, minutes and seconds."""
    days, _, seconds = iso.removeprefix("P").removesuffix("S").partition("DT")
    whole, _, fraction = seconds.partition(".")
    minutes, left = divmod(int(whole), 60)
    hours, minutes = divmod(minutes, 60)
    amounts = (days, str(hours), str(minutes), f"{left}.{fraction}" if fraction else str(left))
    units = ("天", "小时", "分钟", "秒") if language == "zh" else (" d", " h", " min", " s")
    parts = [f"{n}{unit}" for n, unit in zip(amounts, units, strict=True) if n != "0"]
    return "".join(parts) if language == "zh" else " ".join(parts)


def _event_label(
    definition: Definition,
    event: EventDefinition,
    transition: TransitionDefinition,
    language: Language,
) -> str:
    words = _WORDS[language]
    label = _label(event, language)
    if event.by:
        label += f" ({words.between.join(_label(role, language) for role in event.by)})"
    conditions = [_label(guard, language) for guard in (*event.guards, *transition.guards)]
    if transition.previous is not None:
        origin = next(s for s in definition.states if s.name == transition.previous)
        conditions.append(words.came_from.format(_label(origin, language)))
    if conditions:
        label += f" [{words.both.join(conditions)}]"
    return label


def _label(labelled: _Labelled, language: Language) -> str:
    return labelled.zh if language == "zh" else labelled.en


def _id(name: str) -> str:
    """Return the state's name, or one like it that Mermaid reads as a name.

    Names of states have no capitals, so the longer one is never another state's.
    """
    return f"{name}_S" if name in _RESERVED or name.endswith(_MADE) else name


def _escaped(text: str) -> str:
    """Return the text with every character that may mean something to Mermaid as an entity."""
    words = " ".join(text.split())
    return "".join(
        char if char.isalnum() or char in _PLAIN or not char.isascii() else f"#{ord(char)};"
        for char in words
    )
