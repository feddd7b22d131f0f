"""viewflow.fsm: a transition is a decorated method of a plain flow class."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from benchmarks.contest import (
    DATA,
    EVENTS,
    STATES,
    Refused,
    View,
    is_staff,
    on_the_team,
    record,
    sources_of,
    target_of,
)
from benchmarks.peers.django_ready import get_ready
from benchmarks.values import Actor, Entry

get_ready()

from viewflow import fsm  # noqa: E402 - Django must be configured first


def staff_only(order: Any, user: Actor) -> bool:
    return is_staff(user)


def team_only(order: Any) -> bool:
    return on_the_team(order.data, order.actor)  # a condition is given the flow alone


def _method(state: Any, event: str) -> Any:
    def body(order: Any, *, actor: Actor, event: str, now: datetime) -> None:
        """Do nothing: the record is written by the hook on success."""

    body.__name__ = event
    decorate: Callable[..., Any] = state.transition(
        source=list(sources_of(event)),
        target=target_of(event),
        conditions=[team_only],
        permission=staff_only,
    )
    return decorate(body)


class Order:
    """The flow; its success hook, which is given source and target, writes the record."""

    state: Any = fsm.State(STATES, default="reported")
    for _event in EVENTS:
        locals()[_event] = _method(state, _event)
    del _event

    def __init__(self) -> None:
        self.data = DATA
        self.history: list[Entry] = []
        self.actor: Actor | None = None

    @state.on_success()
    def _keep_record(
        self, descriptor: Any, source: str, target: str, actor: Actor, event: str, now: datetime
    ) -> None:
        record(self.history, actor, event, source, target, now)


class ViewflowFsm:
    """The host asks for the permission, then calls the method, as the documentation does."""

    name = "viewflow.fsm"
    guards = True

    def open(self) -> Order:
        return Order()

    def fire(self, order: Order, event: str, actor: Actor, now: datetime) -> Order:
        method = getattr(order, event)
        if not method.has_perm(actor):
            raise Refused
        order.actor = actor
        try:
            method(actor=actor, event=event, now=now)
        except fsm.TransitionNotAllowed as error:
            raise Refused from error
        return order

    def view(self, order: Order) -> View:
        return View(order.state, len(order.history), order.history[-1] if order.history else None)


make = ViewflowFsm
