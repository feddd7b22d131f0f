"""Paths: together they take every transition that a case can take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from propflow import Engine
from propflow.errors import NaiveDatetime
from propflow.storage import MemoryStore
from propflow.testing import FakeClock, paths, prove, replay
from tests.testing.shows import ACTORS, PAYLOADS, Repair

PATHS = paths(Repair, actors=ACTORS, payloads=PAYLOADS)


def test_they_cover_what_a_proof_says_can_be_taken():
    proof = prove(Repair, actors=ACTORS, payloads=PAYLOADS)
    covered = [transition for path in PATHS for transition in path.covers]
    assert sorted(covered) == sorted(proof.fired)
    assert len(PATHS) < len(proof.fired)


def test_no_path_is_there_for_nothing():
    before = set()
    for path in PATHS:
        assert set(path.covers) == set(path.transitions) - before
        assert path.covers
        before |= set(path.covers)


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_an_engine_goes_the_same_way(path):
    clock = FakeClock()
    engine = Engine(MemoryStore(), [Repair], clock=clock)
    opening, *steps = path.script.steps
    case = engine.start(opening.action, by=opening.actor)
    for step in steps:
        clock.turn(timedelta(hours=1))
        case = engine.fire(case, step.action, by=step.actor)
    history = engine.history(case)
    assert [entry.event for entry in history] == [each.event for each in path.transitions]
    assert replay(Repair, case.id, history) == case
    assert case.state == path.transitions[-1].target


def test_a_path_is_called_after_its_events():
    assert str(PATHS[-1]).startswith("ask-")


def test_a_clock_is_turned_by_hand():
    clock = FakeClock(datetime(2026, 3, 2, tzinfo=UTC))
    assert clock.turn(timedelta(days=1)) == clock() == datetime(2026, 3, 3, tzinfo=UTC)
    clock.set(datetime.fromisoformat("2026-03-02T08:00:00+08:00"))
    assert clock() == datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(NaiveDatetime):
        clock.set(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused
