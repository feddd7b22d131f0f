"""What a `transitions` machine does that a workflow cannot carry over, each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from propflow.errors import Problem

_OF_MACHINES = {
    "before_state_change": "runs before every step",
    "after_state_change": "runs after every step",
    "prepare_event": "runs before conditions are asked",
    "finalize_event": "runs at the end of every step",
    "on_exception": "runs when something is raised",
    "on_final": "runs when a final state is entered",
}
_OF_TRANSITIONS = {"prepare": "prepare", "before": "before", "after": "after"}
_OF_STATES = {"on_enter": "entering", "on_exit": "leaving"}


def remains(machine: Any, written: set[str]) -> Iterator[Problem]:
    """Yield everything that a machine has and a workflow does not, in the machine's order.

    Args:
        machine: The machine.
        written: Names of the conditions that are written as guards.
    """
    yield Problem("labels", "are the names; write zh= and en= of every state and event")
    yield Problem("data", "a machine keeps them on its models; write a frozen class and updates")
    yield Problem("roles", "a machine knows none; write by= of every event")
    for name, when in _OF_MACHINES.items():
        for callback in getattr(machine, name, None) or ():
            yield Problem(name, f"{_name(callback)} {when}; write it as an update or an effect")
    if getattr(machine, "ignore_invalid_triggers", None):
        yield Problem("ignore_invalid_triggers", "a step that is not open is refused, not ignored")
    if getattr(machine, "has_queue", False):
        yield Problem("queued", "a step that follows is an effect: StartCase, FireCase")
    for state in machine.states.values():
        yield from _of_state(state)
    for trigger, event in machine.events.items():
        for source, some in event.transitions.items():
            for each in some:
                yield from _of_transition(f"{source} --{trigger}--> {each.dest}", each, written)


def _of_state(state: Any) -> Iterator[Problem]:
    for name, when in _OF_STATES.items():
        for callback in getattr(state, name, None) or ():
            words = f"{_name(callback)} runs on {when} it; write it as an effect of the events"
            yield Problem(f"{state.name}.{name}", words)
    if getattr(state, "ignore_invalid_triggers", None):
        yield Problem(state.name, "ignores steps that are not open; here they are refused")
    if isinstance(getattr(state, "initial", None), list):
        yield Problem(state.name, "is entered in several states at once; a case rests in one")
    within: Any = getattr(state, "states", None)
    for inner in within.values() if within else ():
        yield from _of_state(inner)


def _of_transition(place: str, transition: Any, written: set[str]) -> Iterator[Problem]:
    for name, words in _OF_TRANSITIONS.items():
        for callback in getattr(transition, name, None) or ():
            said = f"{words}: {_name(callback)}; write it as an update or an effect"
            yield Problem(place, said)
    for condition in transition.conditions:
        name = _name(condition.func) if condition.target else f"not {_name(condition.func)}"
        if name not in written:
            yield Problem(place, f"the condition {name!r} raises until it is written as a guard")


def _name(callback: Any) -> str:
    return callback if isinstance(callback, str) else str(getattr(callback, "__name__", callback))
