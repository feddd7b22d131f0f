"""xstate-statemachine: its synchronous interpreter, one per order, on one machine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from xstate_statemachine import MachineLogic, SyncInterpreter, create_machine

from benchmarks.contest import DATA, STATES, TRANSITIONS, Refused, View, is_staff, on_the_team
from benchmarks.contest import record as write_record
from benchmarks.values import Actor, Entry


def allowed(context: dict[str, Any], event: Any) -> bool:
    """Check the role and the guard; a transition takes one guard by name."""
    actor = event.payload["actor"]
    return is_staff(actor) and on_the_team(context["data"], actor)


def _keeper(source: str, event: str, target: str) -> Callable[..., None]:
    def keep_record(_machine: Any, context: dict[str, Any], sent: Any, _action: Any) -> None:
        payload = sent.payload
        write_record(context["history"], payload["actor"], event, source, target, payload["now"])

    return keep_record


def _state(name: str) -> dict[str, Any]:
    return {
        "on": {
            event: {"target": target, "guard": "allowed", "actions": f"{event}_{source}"}
            for source, event, target in TRANSITIONS
            if source == name
        }
    }


class XState:
    """The interpreter says nothing of a refusal; the host sees that no record was written."""

    name = "xstate-statemachine"
    guards = True

    def __init__(self) -> None:
        self.machine = create_machine(
            {
                "id": "order",
                "initial": "reported",
                "context": {"data": DATA, "history": list[Entry]()},
                "states": {name: _state(name) for name in STATES},
            },
            logic=MachineLogic(
                guards={"allowed": allowed},
                actions={
                    f"{event}_{source}": _keeper(source, event, target)
                    for source, event, target in TRANSITIONS
                },
            ),
        )

    def open(self) -> Any:
        return SyncInterpreter(self.machine).start()

    def fire(self, order: Any, event: str, actor: Actor, now: datetime) -> Any:
        history = order.context["history"]
        before = len(history)
        order.send(event, actor=actor, now=now)
        if len(history) == before:
            raise Refused
        return order

    def view(self, order: Any) -> View:
        history = order.context["history"]
        (state,) = order.current_state_ids
        return View(state.removeprefix("order."), len(history), history[-1] if history else None)


make = XState
