"""What a redaction takes, and what it says of what it took."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from propflow import SYSTEM, Actor, Case
from propflow.decision.migration import in_newest_terms
from propflow.decision.redaction import redact, to_take
from propflow.definition import MIGRATED, REDACTED, Entry, Migration, Redacted
from propflow.definition.own_step import Climb
from propflow.errors import CannotRedact
from propflow.metrics import Step, trace

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
CLERK = Actor("clerk")


@attrs.frozen
class Loan:
    key: str
    borrower: str


CASE = Case("c1", "out", "requested", Loan("B1", "u7"), 4, "key_loan", 2, NOON)
CLIMB = Climb("late", 0, ("head",), None)
MIGRATION = Migration(1, 2, {"lent": "out"}, "requested", Loan("B1", "u7"))


def entry(revision: int, event: str, payload: Any, source: str, target: str) -> Entry:
    return Entry(CLERK, event, payload, source, target, NOON, NOON, revision)


HISTORY = (
    entry(1, "request", Loan("B1", "u7"), "START", "requested"),
    entry(2, "lend", None, "requested", "lent"),
    entry(3, "propflow:climb", CLIMB, "lent", "lent"),
    entry(4, MIGRATED, MIGRATION, "lent", "out"),
)


def taken(history: tuple[Entry, ...], wanted: set[int] | None = None) -> list[int]:
    return [each.revision for each in to_take(CASE, history, wanted)]


def without(history: tuple[Entry, ...], reason: str) -> tuple[Entry, ...]:
    going = [each for each in to_take(CASE, history, None) if each.payload is not None]
    case = attrs.evolve(CASE, revision=history[-1].revision)
    step = redact(case, case.data, going, reason=reason, actor=CLERK, now=NOON, late=False)
    numbers = {each.revision for each in going}
    by = step.case.revision
    left = (
        attrs.evolve(each, payload=Redacted(by)) if each.revision in numbers else each
        for each in history
    )
    return (*left, step.entry)


def test_copies_of_the_data_always_go():
    assert taken(HISTORY) == [1, 2, 4]
    assert taken(HISTORY, {2}) == [2, 4]
    assert taken(without(HISTORY, "asked"), {2}) == [2, 5]


def test_what_is_gone_is_not_taken_again():
    assert taken(without(HISTORY, "asked")) == [2, 5]


def test_a_step_of_propflows_own_stays():
    with pytest.raises(CannotRedact, match=r"entries\[3\]: propflow:climb is a step of propflow"):
        taken(HISTORY, {1, 3})


def test_states_are_told_in_the_newest_names_without_the_migration():
    told = [(each.source, each.target) for each in in_newest_terms(HISTORY)]
    history = HISTORY
    for reason in ("first", "second"):
        history = without(history, reason)
        assert [(e.source, e.target) for e in in_newest_terms(history)][:4] == told
    assert told[1] == ("requested", "out")
    said = history[-1].payload
    assert [(each.revision, each.reason, each.entries) for each in said.earlier] == [
        (5, "first", (1, 4))
    ]
    assert said.entries == (5,)


def test_figures_find_no_values_in_what_is_gone():
    history = without(HISTORY, "asked")
    steps = {"asked": Step(events=frozenset({"request"}), text="borrower")}
    (before,) = trace("c1", HISTORY, steps).moments
    (after,) = trace("c1", history, steps).moments
    assert (before.text, after.text) == ("u7", "")
    assert after.at == before.at


def test_the_entry_is_not_by_the_system():
    (*_, said) = without(HISTORY, "asked")
    assert (said.event, said.actor) == (REDACTED, CLERK)
    assert said.actor != SYSTEM
