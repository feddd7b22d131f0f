"""django-fsm-2: a transition is a decorated method of a Django model; nothing is saved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from benchmarks.contest import (
    DATA,
    EVENTS,
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

from django.db import models  # noqa: E402 - Django must be configured first
from django_fsm import (  # noqa: E402 - likewise
    FSMField,
    TransitionNotAllowed,
    has_transition_perm,
    transition,
)


def staff_only(order: Any, user: Actor) -> bool:
    return is_staff(user)


def team_only(order: Any) -> bool:
    return on_the_team(order.data, order.actor)  # a condition is given the model alone


def _method(event: str) -> Callable[..., None]:
    target = target_of(event)

    def body(order: Any, actor: Actor, now: datetime) -> None:
        record(order.history, actor, event, order.state, target, now)

    body.__name__ = event
    decorated: Callable[..., None] = transition(
        field="state",
        source=list(sources_of(event)),
        target=target,
        conditions=[team_only],
        permission=staff_only,
    )(body)
    return decorated


class Order(models.Model):
    """The model; the body of a method writes the record, which is cheaper than the signal."""

    state = FSMField(default="reported", protected=True)
    for _event in EVENTS:
        locals()[_event] = _method(_event)
    del _event

    class Meta:
        app_label = "benchmarks"


class DjangoFsm2:
    """The host asks for the permission, then calls the method, as the documentation does."""

    name = "django-fsm-2"
    guards = True

    def open(self) -> Any:
        order: Any = Order()
        order.data = DATA
        order.history = list[Entry]()
        return order

    def fire(self, order: Any, event: str, actor: Actor, now: datetime) -> Any:
        order.actor = actor
        method = getattr(order, event)
        if not has_transition_perm(method, actor):
            raise Refused
        try:
            method(actor, now)
        except TransitionNotAllowed as error:
            raise Refused from error
        return order

    def view(self, order: Any) -> View:
        return View(order.state, len(order.history), order.history[-1] if order.history else None)


make = DjangoFsm2
