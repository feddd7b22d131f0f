"""Automat: has neither guards nor roles, so it walks the walk without them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from automat import NoTransition, TypeMachineBuilder

from benchmarks.contest import DATA, STATES, TRANSITIONS, Refused, View, record
from benchmarks.values import Actor, Entry


class Events(Protocol):
    """The inputs of the machine."""

    def assign(self, actor: Actor, now: datetime) -> None: ...
    def send_back(self, actor: Actor, now: datetime) -> None: ...
    def begin(self, actor: Actor, now: datetime) -> None: ...
    def transfer(self, actor: Actor, now: datetime) -> None: ...
    def hold(self, actor: Actor, now: datetime) -> None: ...
    def resume(self, actor: Actor, now: datetime) -> None: ...
    def complete(self, actor: Actor, now: datetime) -> None: ...
    def reject(self, actor: Actor, now: datetime) -> None: ...
    def close(self, actor: Actor, now: datetime) -> None: ...
    def cancel(self, actor: Actor, now: datetime) -> None: ...


class Order:
    """The core that the machine hands to every output; it keeps the state's name for the check."""

    def __init__(self) -> None:
        self.data = DATA
        self.history: list[Entry] = []
        self.state = "reported"


def _keeper(source: str, event: str, target: str) -> Callable[[Any, Order, Actor, datetime], None]:
    def keep_record(_inputs: Any, order: Order, actor: Actor, now: datetime) -> None:
        order.state = target
        record(order.history, actor, event, source, target, now)

    return keep_record


class AutomatMachine:
    """An order is the machine and its core; a step calls the method of that name."""

    name = "Automat"
    guards = False

    def __init__(self) -> None:
        builder = TypeMachineBuilder(Events, Order)
        states = {name: builder.state(name) for name in STATES}
        for source, event, target in TRANSITIONS:
            register = states[source].upon(getattr(Events, event)).to(states[target])
            register(_keeper(source, event, target))
        self.machine = builder.build()

    def open(self) -> Any:
        core = Order()
        return self.machine(core), core

    def fire(self, order: Any, event: str, actor: Actor, now: datetime) -> Any:
        try:
            getattr(order[0], event)(actor, now)
        except NoTransition as error:
            raise Refused from error
        return order

    def view(self, order: Any) -> View:
        core = order[1]
        return View(core.state, len(core.history), core.history[-1] if core.history else None)


make = AutomatMachine
