"""The check that runs before any timing tells an honest contestant from a cheating one."""

from __future__ import annotations

from datetime import datetime

import attrs
import pytest

from benchmarks import contest
from benchmarks.contest import Refused, View, check
from benchmarks.table import Step, Table, take_step
from benchmarks.values import Actor


def test_the_contest_is_the_repair_order_that_the_figures_claim() -> None:
    assert (len(contest.STATES), len(contest.TRANSITIONS)) == (7, 12)
    assert len(contest.TARGETS) == 12
    assert {state for edge in contest.TRANSITIONS for state in (edge[0], edge[2])} == set(
        contest.STATES
    )
    walked = {
        (source, event)
        for (event, _), source in zip(
            contest.WALK, ("reported", *(state for _, state in contest.WALK)), strict=False
        )
    }
    assert walked == {edge for edge in contest.TARGETS if edge[1] != "cancel"}


def test_the_table_walks_the_walk_and_refuses_what_it_must() -> None:
    assert check(Table()) == []


class IgnoresTheRole(Table):
    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        return take_step(order[0], event, attrs.evolve(actor, roles=contest.WORKER.roles), now)


class IgnoresTheGuard(Table):
    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        return take_step(order[0], event, attrs.evolve(actor, id="w1"), now)


class IgnoresTheState(Table):
    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        source = contest.sources_of(event)[0]
        return take_step(attrs.evolve(order[0], state=source), event, actor, now)


class RefusesToCancel(Table):
    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        if event == "cancel":
            raise Refused
        return super().fire(order, event, actor, now)


class RefusesHold(Table):
    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        if event == "hold":
            raise Refused
        return super().fire(order, event, actor, now)


class EndsElsewhere(Table):
    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        case, entry = super().fire(order, event, actor, now)
        return (attrs.evolve(case, state="assigned") if event == "reject" else case), entry


class KeepsNoRecord(Table):
    def view(self, order: Step) -> View:
        return attrs.evolve(super().view(order), last=None)


class RecordsTheWrongActor(Table):
    def view(self, order: Step) -> View:
        seen = super().view(order)
        return (
            seen
            if seen.last is None
            else attrs.evolve(seen, last=attrs.evolve(seen.last, actor=contest.OFF_TEAM))
        )


class OpensAssigned(Table):
    def open(self) -> Step:
        return super().fire(super().open(), "assign", contest.WORKER, contest.NOW)


class ChangesWhatItRefuses(Table):
    """Counts every attempt as a step, the refused ones too."""

    def __init__(self) -> None:
        self.attempts = 0

    def open(self) -> Step:
        self.attempts = 0
        return super().open()

    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        self.attempts += 1
        return super().fire(order, event, actor, now)

    def view(self, order: Step) -> View:
        return attrs.evolve(super().view(order), records=self.attempts)


@pytest.mark.parametrize(
    ("cheat", "said"),
    [
        (IgnoresTheRole(), "by an actor without the role: accepted into"),
        (IgnoresTheGuard(), "by an actor off the team: accepted into"),
        (IgnoresTheState(), "close in reported by a worker of the team: accepted into closed"),
        (RefusesToCancel(), "cancel in on_hold by a worker of the team: refused, must be accepted"),
        (RefusesHold(), "step 5 of the walk, hold in in_progress: refused"),
        (EndsElsewhere(), "step 10 of the walk, reject in completed: ends in assigned"),
        (KeepsNoRecord(), "step 1 of the walk, assign in reported: record None"),
        (RecordsTheWrongActor(), "step 1 of the walk, assign in reported: record Entry("),
        (OpensAssigned(), "opens as assigned with 1 records"),
        (ChangesWhatItRefuses(), "refused, but the order has changed"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Table) else "",
)
def test_a_cheating_contestant_is_caught(cheat: Table, said: str) -> None:
    assert any(said in problem for problem in check(cheat))
