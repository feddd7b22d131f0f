"""Definitions drawn at random through the public classes, and events to fire at them."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

import attrs
from hypothesis import strategies as st

from propflow.definition import (
    ANY,
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Actor,
    Case,
    Context,
    Event,
    Guard,
    Refusal,
    Role,
    State,
    Transitions,
    Workflow,
    guard,
)
from propflow.errors import InvalidDefinition

NUMBERS = 4
"""So many different payloads there are; a guard is a table with an answer for each."""

player = Role("player", zh="玩家", en="Player")
ACTORS = [Actor("p1", roles=[player]), Actor("u7"), SYSTEM]


@attrs.frozen
class Board:
    number: int = 0


@attrs.frozen
class Turn:
    number: int


@attrs.frozen
class Fired:
    """One event to fire, whatever the state."""

    event: str
    number: int
    actor: Actor


def table_guard(code: str, answers: Sequence[bool], *, sees_payload: bool) -> Guard[Any, Any]:
    """Return a guard that looks its answer up; what it returns is more than True and False."""

    def said(number: int) -> object:
        if answers[number]:
            return number + 1  # truthy, and not True
        return Refusal("own", "自说", "in its own words") if number % 2 else ""

    def of_payload(case: Case[Board], payload: Turn, context: Context) -> object:
        return said(payload.number)

    def of_data(case: Case[Board], context: Context) -> object:
        return said(case.data.number)

    made = guard(zh="查表", en="as the table says", code=code)
    return made(of_payload) if sees_payload else made(of_data)


answers = st.lists(st.booleans(), min_size=NUMBERS, max_size=NUMBERS)


@st.composite
def _states(draw: st.DrawFn) -> dict[str, State]:
    """Draw some states, of which some lie within others, up to two deep; `done` ends the case."""
    found: dict[str, State] = {}

    def add(within: State | None, deep: int, *, initial: bool) -> None:
        state = State(zh="态", en="State", within=within, initial=initial)
        found[f"s{len(found)}"] = state
        inner = draw(st.integers(0, 2)) if deep else 0
        first = draw(st.integers(0, inner - 1)) if inner else 0
        for place in range(inner):
            add(state, deep - 1, initial=place == first)

    deep = draw(st.sampled_from([0, 1, 2]))
    for _ in range(draw(st.integers(1, 3))):
        add(None, deep, initial=False)
    return found | {"done": State(zh="完", en="Done", final=True)}


@st.composite
def _edges(draw: st.DrawFn, states: Sequence[State], *, sees_payload: bool) -> Any:
    """Draw what one event does: several transitions, from one state or many, with guards."""
    edges: list[Transitions[Any]] = []
    for place in range(draw(st.integers(1, 3))):
        several = st.lists(st.sampled_from(states), min_size=1, max_size=3, unique=True)
        sources = draw(st.one_of(several, several, st.just([ANY])))
        target = draw(st.sampled_from([*states, *states, SAME, PREVIOUS, PREVIOUS]))
        drawn = sources >> target if len(sources) > 1 else sources[0] >> target
        tables = draw(st.lists(answers, max_size=2))
        edges.append(
            drawn.when(
                *(
                    table_guard(f"g{place}_{n}", table, sees_payload=sees_payload and n == 0)
                    for n, table in enumerate(tables)
                )
            )
        )
    return edges


@st.composite
def _event(draw: st.DrawFn, states: Sequence[State]) -> Event[..., Any]:
    sees_payload = draw(st.booleans())
    edges = draw(_edges(states, sees_payload=sees_payload))
    by = draw(st.sampled_from([(), (), player, [player, SYSTEM], SYSTEM]))
    tables = draw(st.lists(answers, max_size=1))
    guards = [table_guard("whole", table, sees_payload=sees_payload) for table in tables]
    payload = [Turn] if sees_payload else []
    return Event(*payload, *edges, zh="事", en="Event", by=by, guards=guards)


@st.composite
def _opening(draw: st.DrawFn, states: Sequence[State]) -> Event[..., Any]:
    targets = draw(st.lists(st.sampled_from(states), min_size=1, max_size=2, unique=True))
    tables = [draw(answers) for _ in targets]
    edges = [
        (START >> target).when(table_guard(f"o{n}", table, sees_payload=True))
        for n, (target, table) in enumerate(zip(targets, tables, strict=True))
    ]
    return Event(Turn, *edges, zh="开", en="Opening")


def build(declared: dict[str, Any]) -> type[Workflow[Board]]:
    """Build the workflow, leaving out events that the checks refuse, such as unguarded rivals."""
    kept = dict(declared)
    fill: Callable[[dict[str, Any]], None] = lambda body: body.update(kept)  # noqa: E731 - typed in its line
    while True:
        try:
            return types.new_class("Drawn", (Workflow[Board],), exec_body=fill)
        except InvalidDefinition as refused:
            for problem in refused.problems:
                name = problem.where.removeprefix("Drawn.")
                assert name[0] in "eo", problem  # the rest of what is drawn holds by itself
                kept.pop(name, None)


@st.composite
def workflows(draw: st.DrawFn) -> type[Workflow[Board]]:
    """Draw a workflow in which every state can be reached, and left unless it is final."""
    states = draw(_states())
    drawn = list(states.values())
    around = {state.within for state in drawn}
    declared: dict[str, Any] = dict(states)
    declared["begin"] = Event(Turn, START >> states["s0"], zh="始", en="Begin")
    for name, state in states.items():
        if state not in around:
            declared[f"to_{name}"] = Event(ANY >> state, zh="到", en="Reach")
    for place in range(draw(st.integers(1, 5))):
        declared[f"e{place}"] = draw(_event(drawn[:-1] if place else drawn))
    declared["o0"] = draw(_opening(drawn[:-1]))
    return build(declared)


def walks(workflow: type[Workflow[Any]], *, longest: int = 30) -> st.SearchStrategy[list[Fired]]:
    """Draw events to fire one after the other, mostly those that were drawn at random."""
    events = list(workflow.spec.events)
    events += [name for name in events if name.startswith("e")] * 3
    fired = st.builds(
        Fired,
        st.sampled_from(events),
        st.integers(0, NUMBERS - 1),
        st.sampled_from([ACTORS[0], *ACTORS]),
    )
    return st.lists(fired, min_size=longest // 2, max_size=longest)
