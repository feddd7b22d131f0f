"""A workflow in which everything can be counted: each step has a token and sends one message."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs

from propflow import (
    SAME,
    START,
    SYSTEM,
    Actor,
    Case,
    Context,
    Deadline,
    Event,
    Notify,
    State,
    Workflow,
)
from propflow.definition import Effect

GUARD = Actor("g1")
MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@attrs.frozen
class Tour:
    """What is known of a round: the tokens of the steps that it has taken."""

    tokens: tuple[str, ...] = ()
    urged: int = 0


@attrs.frozen
class Token:
    """Names one step for ever."""

    token: str


def _stop(case: Case[Tour], payload: Token, context: Context) -> Tour:
    return attrs.evolve(case.data, tokens=(*case.data.tokens, payload.token))


def _urge(case: Case[Tour], payload: None, context: Context) -> Tour:
    return attrs.evolve(case.data, urged=case.data.urged + 1)


def _told(case: Case[Tour], payload: Token, context: Context) -> Iterable[Effect]:
    return [Notify("stopped", to="desk", data={"token": payload.token})]


class Round(Workflow[Tour]):
    """A round on foot: stops, and one urging when it takes longer than an hour."""

    walking = State(zh="巡查中", en="Walking")
    back = State(zh="已返回", en="Back", final=True)

    set_out = Event(Token, START >> walking, zh="出发", en="Set out", update=_stop, effects=_told)
    stop = Event(Token, walking >> SAME, zh="打点", en="Stop", update=_stop, effects=_told)
    urge = Event(
        walking >> SAME,
        zh="催促",
        en="Urge",
        by=SYSTEM,
        update=_urge,
        effects=[Notify("urged", to="g1")],
    )
    come_back = Event(
        Token, walking >> back, zh="返回", en="Come back", update=_stop, effects=_told
    )

    urging = Deadline(walking, after=HOUR, fires=urge)
