"""A workflow's states and transitions as a Mermaid diagram."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias

import attrs

from propflow.definition import START
from propflow.definition.document import (
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


_WORDS: Mapping[Language, _Words] = MappingProxyType(
    {
        "zh": _Words("第 {} 版", "、", "；", "来自“{}”"),
        "en": _Words("version {}", ", ", " and ", "came from “{}”"),
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
