"""`options` for an actor, 10 events, beside a hand-written table that gives the same answer."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Protocol

import attrs

from benchmarks.contest import (
    DATA,
    EVENTS,
    NO_ROLE,
    NOW,
    OFF_TEAM,
    ROLE,
    STATES,
    WORKER,
)
from benchmarks.harness import Batch, Ratio, Work, interleave
from benchmarks.report import Pending, Section, against, micro, missing, times
from benchmarks.table import TABLE
from benchmarks.values import Actor, Case, Repair

BAR = 4
TIMED_STATE = "in_progress"
Answer = dict[str, tuple[str, frozenset[str]]]
"""What both must say alike: for each event the verdict and the codes of the reasons."""


@attrs.frozen
class Reason:
    """Why an event is refused, in two languages."""

    code: str
    zh: str
    en: str


@attrs.frozen
class Option:
    """What the actor may do with one event."""

    event: str
    zh: str
    en: str
    verdict: str
    reasons: tuple[Reason, ...]


WRONG_STATE = {
    (state, event): Reason("wrong_state", f"{state} 时不能 {event}", f"cannot {event} in {state}")
    for state in STATES
    for event in EVENTS
    if (state, event) not in TABLE
}
WRONG_ROLE = Reason("wrong_role", "需要员工角色", "needs the role staff")
OFF_THE_TEAM = Reason("on_the_team", "只有本单班组的人可以操作", "only the order's team may act")
ROLES = dict.fromkeys(EVENTS, ROLE)
GUARDS = {event: row[2] for (_, event), row in TABLE.items()}
LABELS = {event: (f"事件 {event}", event.capitalize()) for event in EVENTS}


def table_options(case: Case[Repair], actor: Actor) -> list[Option]:
    """Answer for every event, with all reasons at once: role, state and guard."""
    answer = []
    state = case.state
    for event in EVENTS:
        row = TABLE.get((state, event))
        reasons: tuple[Reason, ...] = () if ROLES[event] in actor.roles else (WRONG_ROLE,)
        if row is None:
            reasons = (*reasons, WRONG_STATE[state, event])
        if not GUARDS[event](case.data, actor):
            reasons = (*reasons, OFF_THE_TEAM)
        verdict = "refused" if reasons else "allowed"
        answer.append(Option(event, *LABELS[event], verdict, reasons))
    return answer


class Answering(Protocol):
    """One way to answer; `case` gives a case in a state, `answer` is timed, `read` is checked."""

    name: str

    def case(self, state: str) -> Case[Repair]: ...

    def answer(self, case: Case[Repair], actor: Actor) -> object: ...

    def read(self, case: Case[Repair], actor: Actor) -> Answer: ...


class TableAnswering:
    """The hand-written answer."""

    name = "hand-written table"

    def case(self, state: str) -> Case[Repair]:
        return Case("r-1", state, None, DATA, 1, "repair_order", 1, NOW)

    def answer(self, case: Case[Repair], actor: Actor) -> list[Option]:
        return table_options(case, actor)

    def read(self, case: Case[Repair], actor: Actor) -> Answer:
        return {
            option.event: (option.verdict, frozenset(reason.code for reason in option.reasons))
            for option in table_options(case, actor)
        }


def differences(one: Answering, other: Answering) -> list[str]:
    """Return where the two answer differently, over every state and three actors."""
    return [
        f"{event} in {state} by {actor}: {one.name} {mine}, {other.name} {theirs}"
        for state in STATES
        for actor in (WORKER, NO_ROLE, OFF_TEAM)
        for event, mine, theirs in _beside(
            one.read(one.case(state), actor), other.read(other.case(state), actor)
        )
        if mine != theirs
    ]


def _beside(one: Answer, other: Answer) -> list[tuple[str, object, object]]:
    return [(event, one.get(event), other.get(event)) for event in sorted({*one, *other})]


def answering(one: Answering) -> Work:
    """Give the answer for one case and one actor as a work."""
    case = one.case(TIMED_STATE)
    answer: Callable[[Case[Repair], Actor], object] = one.answer

    def prepare(repeat: int) -> Batch:
        def batch() -> None:
            for _ in range(repeat):
                answer(case, WORKER)

        return batch

    return Work(one.name, prepare, 1)


def measure(seconds: float) -> Section:
    """Compare the answers, then time them."""
    try:
        ours: Answering = importlib.import_module("benchmarks.propflow_options").make()
    except ImportError as error:
        raise Pending(missing(error)) from error
    table = TableAnswering()
    title = f"options: what one actor may do, {len(EVENTS)} events"
    problems = differences(table, ours)
    if problems:
        return Section(title, ("different answers",), ((problems[0],),), failed=True)
    figures = interleave([answering(table), answering(ours)], seconds=seconds)
    rows = []
    for figure in figures:
        ratio = Ratio.of(figure, figures[0])
        verdict = against(ratio.median, BAR) if figure.name == ours.name else ""
        rows.append((figure.name, micro(figure.median), *times(ratio), verdict))
    return Section(title, ("contestant", "µs/answer", "× table", "min–max", ""), tuple(rows))
