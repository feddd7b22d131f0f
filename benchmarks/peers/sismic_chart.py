"""sismic: one interpreter per order, on one statechart whose guards are code in text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sismic.interpreter import Interpreter
from sismic.io.datadict import import_from_dict

from benchmarks.contest import (
    DATA,
    STATES,
    TRANSITIONS,
    Refused,
    View,
    is_staff,
    on_the_team,
    record,
)
from benchmarks.values import Actor, Entry


def _state(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "transitions": [
            {
                "target": target,
                "event": event,
                "guard": "is_staff(event.actor) and on_the_team(data, event.actor)",
                "action": (
                    f"record(history, event.actor, {event!r}, {source!r}, {target!r}, event.now)"
                ),
            }
            for source, event, target in TRANSITIONS
            if source == name
        ],
    }


class Sismic:
    """A step queues the event and executes once; no transition in the answer is a refusal."""

    name = "sismic"
    guards = True

    def __init__(self) -> None:
        self.chart = import_from_dict(
            {
                "statechart": {
                    "name": "order",
                    "root state": {
                        "name": "root",
                        "initial": "reported",
                        "states": [_state(name) for name in STATES],
                    },
                }
            }
        )

    def open(self) -> Any:
        order = Interpreter(
            self.chart,
            initial_context={
                "data": DATA,
                "history": list[Entry](),
                "is_staff": is_staff,
                "on_the_team": on_the_team,
                "record": record,
            },
        )
        order.execute_once()
        return order

    def fire(self, order: Any, event: str, actor: Actor, now: datetime) -> Any:
        order.queue(event, actor=actor, now=now)
        step = order.execute_once()
        if step is None or not step.transitions:
            raise Refused
        return order

    def view(self, order: Any) -> View:
        history = order.context["history"]
        state = order.configuration[-1]
        return View(state, len(history), history[-1] if history else None)


make = Sismic
