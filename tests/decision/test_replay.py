"""Replay: a history leads to its case, and to no other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from propflow.decision import replay
from propflow.definition import SYSTEM, Action, Actor, Case, Entry
from propflow.definition.own_step import Climb, own_event
from propflow.errors import BrokenHistory, InvalidPayload, UnknownEvent
from tests.decision.steps import ANYONE, HEAD, KEEPER, NOON, accepted, later, opened
from tests.definition.loans import KeyLoan, Loan, Return

WALK: list[tuple[Action[Any, Loan], Actor]] = [
    (KeyLoan.lend(), KEEPER),
    (KeyLoan.remind(), KEEPER),
    (KeyLoan.expire(), SYSTEM),
    (KeyLoan.hold(reason="stocktaking"), HEAD),
    (KeyLoan.resume(), HEAD),
    (KeyLoan.remind(), SYSTEM),
    (KeyLoan.give_back(returned_in="good"), KEEPER),
]


def walked() -> tuple[Case[Loan], list[Entry]]:
    """Return a case that took every step of the walk, and its history."""
    step = opened(KeyLoan, KeyLoan.request(key="B1", borrower="u7"))
    entries = [step.entry]
    for hours, (action, actor) in enumerate(WALK, 1):
        step = accepted(KeyLoan, step.case, action, by=actor, now=later(hours))
        entries.append(step.entry)
    return step.case, entries


def test_a_history_leads_to_its_case_after_every_step():
    case, entries = walked()
    assert case.state == "returned"
    assert case.data == Loan("B1", "u7", "good", reminders=2)
    assert replay(KeyLoan, "c1", entries) == case
    for revision, entry in enumerate(entries, 1):
        part = replay(KeyLoan, "c1", iter(entries[:revision]))
        assert (part.revision, part.state) == (revision, entry.target)


def test_a_way_back_is_replayed_to_where_the_case_came_from():
    _, entries = walked()
    back = replay(KeyLoan, "c1", entries[:6])
    assert (back.state, back.previous) == ("overdue", "held")


def broken(entries: list[Entry]) -> BrokenHistory:
    with pytest.raises(BrokenHistory) as refused:
        replay(KeyLoan, "c1", entries)
    assert refused.value.case_id == "c1"
    return refused.value


def test_an_empty_history_is_broken():
    assert str(broken([])) == "the history of case 'c1' breaks at revision 1: it has no entries"


def test_a_gap_in_a_history_breaks_it():
    _, entries = walked()
    assert str(broken(entries[:2] + entries[3:])) == (
        "the history of case 'c1' breaks at revision 4: revision 3 is missing"
    )


def test_an_entry_that_comes_twice_breaks_a_history():
    _, entries = walked()
    assert broken(entries[:2] + entries[1:]).revision == 2


def test_a_history_that_does_not_begin_with_an_opening_is_broken():
    _, entries = walked()
    lend = attrs.evolve(entries[1], revision=1, source="START")
    assert str(broken([lend])).endswith("breaks at revision 1: 'lend' opens no case")


def test_an_entry_from_another_state_breaks_a_history():
    _, entries = walked()
    entries[2] = attrs.evolve(entries[2], source="overdue", target="overdue")
    assert str(broken(entries)).endswith("revision 3: it starts from overdue, the case was lent")


@pytest.mark.parametrize(
    ("place", "target"),
    [(1, "overdue"), (2, "overdue"), (5, "lent"), (5, "requested"), (7, "lost"), (0, "lent")],
)
def test_an_entry_to_where_its_event_does_not_lead_breaks_a_history(place: int, target: str):
    _, entries = walked()
    entry = entries[place] = attrs.evolve(entries[place], target=target)
    assert str(broken(entries)).endswith(
        f"revision {place + 1}: {entry.event!r} does not lead from {entry.source} to {target}"
    )


def test_an_entry_of_an_event_that_the_workflow_does_not_have_is_unknown():
    _, entries = walked()
    entries[1] = attrs.evolve(entries[1], event="borrow")
    with pytest.raises(UnknownEvent, match="key_loan has no event 'borrow'"):
        replay(KeyLoan, "c1", entries)


def test_an_entry_whose_payload_is_not_its_events_is_invalid():
    _, entries = walked()
    entries[1] = attrs.evolve(entries[1], payload=Return("good"))
    with pytest.raises(InvalidPayload, match="is Return, not NoneType"):
        replay(KeyLoan, "c1", entries)


def test_a_case_was_opened_when_its_first_entry_was_recorded():
    _, entries = walked()
    entries[0] = attrs.evolve(entries[0], occurred_at=NOON - timedelta(days=1))
    assert replay(KeyLoan, "c1", entries).opened_at == NOON


def test_replay_asks_no_guards():
    entries = [opened(KeyLoan, KeyLoan.request(key="B1", borrower="k1")).entry]
    given = attrs.evolve(entries[0], actor=KEEPER, event="lend", payload=None, source="requested")
    lent = replay(KeyLoan, "c1", [*entries, attrs.evolve(given, target="lent", revision=2)])
    assert (lent.state, lent.data.borrower) == ("lent", "k1")
    assert ANYONE != KEEPER


def test_what_propflow_writes_itself_is_replayed_in_place():
    case, entries = walked()
    climb = Climb("late", 0, ("head",), NOON)
    own = attrs.evolve(
        entries[-1],
        event=own_event(climb),
        payload=climb,
        source=case.state,
        target=case.state,
        revision=case.revision + 1,
    )
    after = replay(KeyLoan, "c1", [*entries, own])
    assert after == attrs.evolve(case, revision=case.revision + 1)
    for wrong in ({"revision": 99}, {"source": "lent"}, {"target": "lent"}):
        with pytest.raises(BrokenHistory, match="does not stay"):
            replay(KeyLoan, "c1", [*entries, attrs.evolve(own, **wrong)])


def test_only_as_told_to_does_a_history_leave_out_what_the_host_wrote():
    step = opened(KeyLoan, KeyLoan.request(key="B1", borrower="u7"))
    moved = attrs.evolve(step.case, state="lent", revision=4)
    back = accepted(KeyLoan, moved, KeyLoan.give_back(returned_in="good"), by=KEEPER, now=later(1))
    entries = [step.entry, back.entry]
    assert (back.entry.source, back.entry.revision) == ("lent", 5)
    with pytest.raises(BrokenHistory, match="breaks at revision 5: revision 2 is missing"):
        replay(KeyLoan, "c1", entries)
    assert replay(KeyLoan, "c1", entries, mapped=True) == back.case
    numbered = [step.entry, attrs.evolve(back.entry, revision=2)]
    with pytest.raises(BrokenHistory, match="it starts from lent"):
        replay(KeyLoan, "c1", numbered)
    assert replay(KeyLoan, "c1", numbered, mapped=True).state == "returned"
    for wrong in (
        [step.entry, attrs.evolve(back.entry, target="held")],
        [step.entry, back.entry, back.entry],
        [back.entry],
    ):
        with pytest.raises(BrokenHistory):
            replay(KeyLoan, "c1", wrong, mapped=True)
