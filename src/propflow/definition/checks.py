"""What can be wrong with a workflow: every problem, with its place, when its class is made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from propflow.definition import fields
from propflow.definition.actor import SYSTEM
from propflow.definition.effect import Effect
from propflow.definition.event import Event
from propflow.definition.fact import Fact
from propflow.definition.guard import Guard
from propflow.definition.role import Role
from propflow.definition.spec import EventSpec, StateTree, TransitionSpec, WorkflowSpec
from propflow.definition.state import START, State
from propflow.errors import Problem

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = frozenset(
    {
        *("name", "version", "zh", "en", "needs", "indexed"),
        *("action", "definition", "with_settings"),
        *("spec", "bound_events", "chosen_settings"),
    }
)
_OF_THE_MODEL = frozenset({"state", "trigger"})
"""Attributes that `transitions` gives to every model, so that no event can have them."""


def name_problems(
    at: str,
    declared: Mapping[str, Any],
    states: Mapping[str, State],
    events: Mapping[str, Event[..., Any]],
) -> Iterator[Problem]:
    """Yield what is wrong with names, and with what stands under the workflow's own."""
    name, version = declared["name"], declared["version"]
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        yield Problem(f"{at}.name", f"{name!r} must be lower-case letters, digits and _")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        yield Problem(f"{at}.version", f"{version!r} must be a whole number from 1")
    for name in ("needs", "indexed"):
        written: object = declared[name]
        if not isinstance(written, tuple):
            yield Problem(f"{at}.{name}", f"{written!r} must be a tuple: (…,)")
    for kind, named in (("state", states), ("event", events)):
        if not named:
            yield Problem(at, f"declares no {kind}")
        for attribute, value in named.items():
            yield from attribute_problems(f"{at}.{attribute}", kind, attribute, value.name)


def attribute_problems(where: str, kind: str, attribute: str, name: str) -> Iterator[Problem]:
    """Yield what is wrong with the name of a state, an event or a deadline."""
    if attribute in _RESERVED:
        yield Problem(where, f"the name is taken by Workflow.{attribute}; rename the {kind}")
    elif kind == "event" and attribute in _OF_THE_MODEL:
        yield Problem(where, "the name is taken by the transitions machine; rename the event")
    elif not _NAME.fullmatch(attribute):
        yield Problem(where, "must be lower-case letters, digits and _")
    if name != attribute:
        yield Problem(where, f"is the same {kind} as {name!r}; declare one each")


def nesting_problems(at: str, states: Mapping[str, State], tree: StateTree) -> Iterator[Problem]:
    """Yield what is wrong with ``within=`` and ``initial=``."""
    for name, state in states.items():
        where = f"{at}.{name}"
        if state.initial and state.within is None:
            yield Problem(where, "initial=True needs within=, the state that it is entered through")
        if state.within is not None and states.get(state.within.name) is not state.within:
            yield Problem(
                where, f"lies within {state.within!r}, which is no state of this workflow"
            )
        if tree.children(name) and len(tree.initials(name)) != 1:
            inner = ", ".join(tree.children(name))
            yield Problem(where, f"exactly one of {inner} must have initial=True")
        if tree.children(name) and state.final:
            yield Problem(where, "holds other states, so mark those final instead")


def settings_problems(where: str, kind: Any) -> Iterator[Problem]:
    """Yield what is wrong with a class of settings."""
    if not fields.is_frozen(kind):
        yield Problem(where, f"{kind!r} must be a frozen attrs class: Settings(IssueSettings)")
        return
    for name in fields.required(kind):
        yield Problem(where, f"the setting {name!r} of {kind.__name__} needs a default")


def problems(at: str, spec: WorkflowSpec) -> Iterator[Problem]:
    """Yield what is wrong with labels, data, facts and events."""
    yield from _label_problems(at, spec)
    yield from _data_problems(at, spec)
    for event in spec.events.values():
        yield from _event_problems(f"{at}.{event.name}", event, spec)


def _label_problems(at: str, spec: WorkflowSpec) -> Iterator[Problem]:
    labelled: list[tuple[str, Any]] = [
        *((f"{at}.{name}", state) for name, state in spec.states.items()),
        *((f"{at}.{name}", event) for name, event in spec.events.items()),
    ]
    for event in spec.events.values():
        where = f"{at}.{event.name}"
        labelled += [(f"{where}, role {r.name!r}", r) for r in event.by if isinstance(r, Role)]
        labelled += [
            (f"{where}, guard {g.code!r}", g) for g in _guards(event) if isinstance(g, Guard)
        ]
    for where, value in dict(labelled).items():
        missing = [language for language in ("zh", "en") if not getattr(value, language)]
        if missing:
            yield Problem(where, f"has no label in {' and '.join(missing)}")


def _guards(event: EventSpec) -> list[Any]:
    """Return what stands where guards should: whatever was written."""
    return [*event.guards, *(guard for t in event.transitions for guard in t.guards)]


def _data_problems(at: str, spec: WorkflowSpec) -> Iterator[Problem]:
    if not fields.is_frozen(spec.data):
        yield Problem(at, f"its data {spec.data!r} must be a frozen attrs class: Workflow[Loan]")
    elif why := fields.unreadable(spec.data):
        yield _unreadable(at, spec.data, why)
    else:
        for name in spec.indexed:
            if name not in fields.names(spec.data):
                yield Problem(f"{at}.indexed", f"{spec.data.__name__} has no field {name!r}")
    for fact in cast("tuple[object, ...]", spec.needs):
        if not isinstance(fact, Fact):
            yield Problem(f"{at}.needs", f"{fact!r} is no Fact")


def _unreadable(where: str, kind: type, why: str) -> Problem:
    return Problem(
        where,
        f"the types of {kind.__name__} cannot be read: {why}; "
        "import them where the class is written, and not for type checking alone",
    )


def _event_problems(where: str, event: EventSpec, spec: WorkflowSpec) -> Iterator[Problem]:
    if not event.transitions:
        yield Problem(where, "has no transition")
    if event.opening and any(t.source != START.name for t in event.transitions):
        yield Problem(where, "opens a case and moves one too; make two events of it")
    yield from _final_problems(where, event, spec.tree)
    yield from _guard_problems(where, event)
    yield from _effect_problems(where, event)
    yield from _payload_problems(where, event, spec)
    yield from _rival_problems(where, event, spec.tree)
    for role in event.by:
        if not isinstance(role, Role) and role is not SYSTEM:
            yield Problem(where, f"by={role!r} is neither a Role nor SYSTEM")
    if event.update is not None and not callable(event.update):
        yield Problem(where, f"update={event.update!r} cannot be called")


def _final_problems(where: str, event: EventSpec, tree: StateTree) -> Iterator[Problem]:
    for transition in event.transitions:
        if transition.target is not None:
            for held in tree.leaves(transition.source):
                if held != transition.source and tree.is_final(held):
                    yield Problem(
                        where,
                        f"leads out of {transition.source!r} and so out of the final {held!r} "
                        "within; draw it from the states that it is meant for",
                    )


def _guard_problems(where: str, event: EventSpec) -> Iterator[Problem]:
    for guard in _guards(event):
        if not isinstance(guard, Guard):
            yield Problem(where, f"the guard {guard!r} is not made with @guard(zh=…, en=…)")
        elif guard.takes_payload is None:
            yield Problem(
                where,
                f"the guard {guard.code!r} must be a plain function, not async, that takes "
                "(case, context) or (case, payload, context)",
            )
        elif guard.code == "<lambda>":
            yield Problem(where, "a guard made of a lambda needs a code=, for programs to know it")


def _effect_problems(where: str, event: EventSpec) -> Iterator[Problem]:
    written = cast("object", event.effects)
    if isinstance(written, Effect):
        yield Problem(where, f"effects={written!r} is one effect; write a list: effects=[…]")
    elif isinstance(written, str) or not (callable(written) or isinstance(written, Iterable)):
        yield Problem(where, f"effects={written!r} is neither a list of effects nor a function")
    elif not callable(event.effects):
        for effect in cast("Iterable[object]", event.effects):
            if not isinstance(effect, Effect):
                yield Problem(where, f"the effect {effect!r} is neither an Effect nor a function")


def _payload_problems(where: str, event: EventSpec, spec: WorkflowSpec) -> Iterator[Problem]:
    if event.payload is not None and not fields.is_frozen(event.payload):
        yield Problem(where, f"its payload {event.payload!r} must be a frozen attrs class")
        return
    if event.payload is not None and (why := fields.unreadable(event.payload)):
        yield _unreadable(where, event.payload, why)
        return
    for name in event.history_only:
        if name not in fields.names(event.payload):
            yield Problem(where, f"history_only names {name!r}, which the payload does not have")
    if not fields.is_frozen(spec.data) or fields.unreadable(spec.data):
        return
    if event.update is None:
        kept_back = event.history_only
        yield from fields.copying_problems(where, event.payload, spec.data, kept_back)
    if event.opening:
        yield from fields.opening_problems(where, event.payload, spec.data, event.history_only)


def _rival_problems(where: str, event: EventSpec, tree: StateTree) -> Iterator[Problem]:
    """Yield the transitions that are never taken, because others always come first."""
    for late in event.transitions:
        hiding = [_hiding(event, late, tree.path(leaf)) for leaf in tree.leaves(late.source)]
        source, target = late.source, late.target or late.source
        if None in hiding:
            continue
        if rival := next((t for t in hiding if t is not None and t.source == source), None):
            yield Problem(
                where,
                f"leads from {source!r} both to {rival.target or source!r} and to {target!r}; "
                "tell them apart with .when(guard)",
            )
        else:
            yield Problem(
                where,
                f"never leads from {source!r} to {target!r}: what is drawn from each state within "
                "comes first; tell them apart with .when(guard)",
            )


def _hiding(event: EventSpec, late: TransitionSpec, path: Sequence[str]) -> TransitionSpec | None:
    """Return the transition that is taken wherever the late one could be, from one state."""
    tried = [t for name in path for t in event.transitions if t.source == name]
    for early in tried[: tried.index(late)]:
        same_way = early.previous is None or early.previous == late.previous
        if same_way and all(guard in late.guards for guard in early.guards):
            return early
    return None


def graph_problems(at: str, spec: WorkflowSpec) -> Iterator[Problem]:
    """Yield what is wrong with the ways through the states."""
    leaves = set(spec.tree.all_leaves())
    moves = list(_moves(spec))
    final = {leaf for leaf in leaves if spec.tree.is_final(leaf)}
    if not any(event.opening for event in spec.events.values()):
        yield Problem(at, "no event opens a case; draw one from START")
        return
    if not final:
        yield Problem(at, "no state is final, so no case can ever end")
    reached = _closure({START.name}, moves)
    ending = _closure(final, [(target, source) for source, target in moves])
    for leaf in spec.tree.all_leaves():
        if leaf not in reached:
            yield Problem(f"{at}.{leaf}", "cannot be reached from START")
        if leaf in final:
            continue
        if all(source != leaf or target == leaf for source, target in moves):
            yield Problem(f"{at}.{leaf}", "is a dead end; draw a transition out, or mark it final")
        elif final and leaf not in ending:
            yield Problem(f"{at}.{leaf}", "has no way to a final state")


def _moves(spec: WorkflowSpec) -> Iterator[tuple[str, str]]:
    for event in spec.events.values():
        for transition in event.transitions:
            target = transition.target
            for leaf in spec.tree.leaves(transition.source):
                yield leaf, leaf if target is None else spec.tree.entered(target)


def _closure(known: set[str], moves: list[tuple[str, str]]) -> set[str]:
    reached = set(known)
    while grown := {target for source, target in moves if source in reached} - reached:
        reached |= grown
    return reached
