"""Starting, firing, reading: the engine on every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import attrs
import pytest

from propflow import (
    START,
    Actor,
    Conflict,
    Context,
    Engine,
    Event,
    NotFound,
    Refused,
    State,
    Workflow,
)
from propflow.decision import replay
from propflow.errors import CaseExists, InvalidQuery, KeyReused, NaiveDatetime, WrongWorkflow
from propflow.storage import OwningStore
from tests.runtime.loans import BORROWER, KEEPER, Clock, Cupboard, KeyLoan, Loan, Shelf


def test_a_case_goes_from_opening_to_end(engine: Engine) -> None:
    loan = engine.start(KeyLoan.request(key="B1-pump", borrower="u7"), by=BORROWER)
    assert (loan.state, loan.previous, loan.revision) == ("requested", None, 1)
    assert (loan.workflow, loan.version) == ("key_loan", 1)

    loan = engine.fire(loan, KeyLoan.lend(), by=KEEPER)
    assert (loan.state, loan.previous, loan.revision) == ("lent", "requested", 2)

    loan = engine.fire(loan.id, KeyLoan.give_back(returned_in="good"), by=KEEPER)
    assert loan.data == Loan(key="B1-pump", borrower="u7", returned_in="good")
    assert engine.get(loan.id, KeyLoan) == loan


def test_the_history_tells_every_step_and_replays_to_the_case(engine: Engine) -> None:
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, key="app-1")
    for action in (KeyLoan.remind(), KeyLoan.freeze(), KeyLoan.thaw(), KeyLoan.lend()):
        loan = engine.fire(loan, action, by=KEEPER)
    history = engine.history(loan.id)
    assert [(e.event, e.source, e.target) for e in history] == [
        ("request", "START", "requested"),
        ("remind", "requested", "requested"),
        ("freeze", "requested", "frozen"),
        ("thaw", "frozen", "requested"),
        ("lend", "requested", "lent"),
    ]
    assert [e.revision for e in history] == [1, 2, 3, 4, 5]
    assert [e.actor for e in history] == [BORROWER, *[KEEPER] * 4]
    assert (history[0].key, history[1].key) == ("app-1", None)
    assert replay(KeyLoan, loan.id, history) == loan


def test_a_refusal_gives_every_reason_and_changes_nothing(engine: Engine) -> None:
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    with pytest.raises(Refused) as refused:
        engine.fire(loan, KeyLoan.lend(), by=BORROWER)
    assert [r.code for r in refused.value.reasons] == ["wrong_role", "not_the_borrower"]
    assert all(r.zh and r.en for r in refused.value.reasons)
    assert engine.get(loan.id, KeyLoan) == loan
    assert len(engine.history(loan.id)) == 1


def test_an_opening_can_be_refused_like_any_event(engine: Engine) -> None:
    with pytest.raises(Refused) as refused:
        engine.start(KeyLoan.lend(), by=KEEPER)
    assert [r.code for r in refused.value.reasons] == ["wrong_state"]
    assert len(engine.find(KeyLoan)) == 0


def test_a_case_implies_its_revision_and_an_id_does_not(engine: Engine) -> None:
    first = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    engine.fire(first, KeyLoan.remind(), by=KEEPER)
    with pytest.raises(Conflict) as conflict:
        engine.fire(first, KeyLoan.remind(), by=KEEPER)
    assert (conflict.value.expected, conflict.value.actual) == (1, 2)
    assert engine.fire(first.id, KeyLoan.remind(), by=KEEPER).revision == 3
    with pytest.raises(Conflict):
        engine.fire(first.id, KeyLoan.remind(), by=KEEPER, expected_revision=2)
    assert engine.fire(first, KeyLoan.remind(), by=KEEPER, expected_revision=3).revision == 4


def test_a_key_makes_a_request_repeatable(engine: Engine) -> None:
    opening = KeyLoan.request(key="B1", borrower="u7")
    first = engine.start(opening, by=BORROWER, key="r1")
    lent = engine.fire(first, KeyLoan.lend(), by=KEEPER, key="r2")
    engine.fire(lent, KeyLoan.remind(), by=KEEPER)

    assert engine.start(opening, by=BORROWER, key="r1") == first
    assert engine.fire(first, KeyLoan.lend(), by=KEEPER, key="r2") == lent
    assert len(engine.history(first.id)) == 3
    assert len(engine.find(KeyLoan)) == 1


def test_a_key_with_other_content_is_refused(engine: Engine) -> None:
    first = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, key="r1", id="L1")
    other = engine.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER)
    with pytest.raises(KeyReused, match="'r1'"):
        engine.start(KeyLoan.request(key="B9", borrower="u7"), by=BORROWER, key="r1")
    with pytest.raises(KeyReused):
        engine.start(KeyLoan.request(key="B1", borrower="u7"), by=Actor("u8"), key="r1")
    with pytest.raises(KeyReused):
        engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, key="r1", id="L2")
    with pytest.raises(KeyReused):
        engine.fire(other, KeyLoan.lend(), by=KEEPER, key="r1")
    assert engine.get("L1", KeyLoan) == first


def test_an_id_may_come_from_the_client_once(engine: Engine) -> None:
    opening = KeyLoan.request(key="B1", borrower="u7")
    assert engine.start(opening, by=BORROWER, id="离线-1").id == "离线-1"
    with pytest.raises(CaseExists, match="exists already"):
        engine.start(opening, by=BORROWER, id="离线-1")


def test_when_it_happened_is_kept_apart_from_when_it_was_recorded(
    engine: Engine, clock: Clock
) -> None:
    shanghai = timezone(timedelta(hours=8))
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    earlier = clock.now - timedelta(hours=1)
    loan = engine.fire(loan, KeyLoan.remind(), by=KEEPER, occurred_at=earlier.astimezone(shanghai))
    loan = engine.fire(loan, KeyLoan.remind(), by=KEEPER)
    _, late, on_time = engine.history(loan.id)
    assert late.late
    assert late.occurred_at == earlier
    assert late.recorded_at > earlier
    assert late.occurred_at.utcoffset() == timedelta(0)
    assert not on_time.late


def test_naive_moments_are_refused(engine: Engine, clock: Clock) -> None:
    naive = clock.now.replace(tzinfo=None)
    with pytest.raises(NaiveDatetime, match="no UTC offset"):
        engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, occurred_at=naive)
    assert len(engine.find(KeyLoan)) == 0


def test_fire_many_leaves_out_the_refused_and_commits_the_rest(engine: Engine) -> None:
    one, two = (
        engine.start(KeyLoan.request(key=k, borrower="u7"), by=BORROWER) for k in ("B1", "B2")
    )
    results = engine.fire_many(
        [
            (one, KeyLoan.lend()),
            (two.id, KeyLoan.give_back(returned_in="good")),
            (one.id, KeyLoan.give_back(returned_in="good")),
        ],
        by=KEEPER,
    )
    assert [r.state if not isinstance(r, Refused) else r.event for r in results] == [
        "lent",
        "give_back",
        "returned",
    ]
    assert engine.get(one.id, KeyLoan).revision == 3
    assert engine.get(two.id, KeyLoan) == two


def test_fire_many_is_all_or_nothing_for_other_errors(engine: Engine) -> None:
    one = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    with pytest.raises(NotFound):
        engine.fire_many([(one, KeyLoan.lend()), ("nowhere", KeyLoan.lend())], by=KEEPER)
    assert engine.get(one.id, KeyLoan) == one


def test_check_answers_in_full_and_writes_nothing(engine: Engine) -> None:
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    accepted = engine.check(loan, KeyLoan.lend(), by=KEEPER)
    assert accepted.accepted
    assert accepted.case.state == "lent"
    refused = engine.check(loan.id, KeyLoan.lend(), by=BORROWER)
    assert not refused.accepted
    assert [r.code for r in refused.reasons] == ["wrong_role", "not_the_borrower"]
    opening = engine.check(KeyLoan, KeyLoan.request(key="B2", borrower="u7"), by=BORROWER)
    assert opening.accepted
    assert engine.get(loan.id, KeyLoan) == loan
    assert len(engine.find(KeyLoan)) == 1


def test_options_tell_what_an_actor_may_do_and_why_not(engine: Engine) -> None:
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    lent = engine.fire(loan, KeyLoan.lend(), by=KEEPER)
    answers = {
        o.event: (o.answer, [r.code for r in o.reasons]) for o in engine.options(lent, by=KEEPER)
    }
    assert answers == {
        "lend": ("refused", ["wrong_state"]),
        "remind": ("allowed", []),
        "freeze": ("allowed", []),
        "thaw": ("refused", ["wrong_state"]),
        "give_back": ("depends", []),
    }
    assert [(o.event, o.answer) for o in engine.options(KeyLoan, by=BORROWER)] == [
        ("request", "allowed")
    ]


def test_options_give_the_reasons_that_a_refusal_would(engine: Engine) -> None:
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    lent = engine.fire(loan, KeyLoan.lend(), by=KEEPER)
    refused = engine.check(lent, KeyLoan.lend(), by=BORROWER)
    option = next(o for o in engine.options(lent, by=BORROWER) if o.event == "lend")
    assert option.reasons == refused.reasons
    assert [r.code for r in option.reasons] == ["wrong_role", "wrong_state", "not_the_borrower"]


def test_the_machine_of_a_workflow_moves_things_of_the_hosts_own(engine: Engine) -> None:
    class Thing:
        data = Loan(key="B1", borrower="u7")
        previous = None

    thing: Any = Thing()
    machine = engine.machine(KeyLoan)
    machine.add_model(thing, initial="requested")
    now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert not thing.lend(context=Context(BORROWER, now, now))
    assert thing.lend(context=Context(KEEPER, now, now))
    assert thing.state == "lent"


def test_find_pages_through_cases_in_order(engine: Engine) -> None:
    opened = [
        engine.start(KeyLoan.request(key=str(n), borrower=f"u{n % 2}"), by=BORROWER)
        for n in range(7)
    ]
    engine.start(Cupboard.install(), by=BORROWER)
    for case in opened[:2]:
        engine.fire(case, KeyLoan.lend(), by=KEEPER)
    pages = [engine.find(KeyLoan, state=KeyLoan.requested, limit=2)]
    while (cursor := pages[-1].cursor) is not None:
        pages.append(engine.find(KeyLoan, state="requested", limit=2, after=cursor))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [case for page in pages for case in page] == opened[2:]
    assert [c.data.key for c in engine.find(KeyLoan, where={"borrower": "u1"})] == ["1", "3", "5"]
    assert len(engine.find(KeyLoan, where={"deposit": Decimal("0.00"), "borrower": "u0"})) == 4


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"where": {"key": "B1"}}, "not in key_loan.indexed"),
        ({"where": {"borrower": 7}}, "7 is not str"),
        ({"where": {"borrower": "\ud800"}}, "half a surrogate pair"),
        ({"state": "gone"}, "no state 'gone'"),
        ({"limit": 0}, "at least 1"),
        ({"after": "page 2"}, "no cursor"),
    ],
)
def test_a_question_that_cannot_be_answered_is_named(
    engine: Engine, question: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidQuery, match=words):
        engine.find(KeyLoan, **question)  # type: ignore[arg-type]


def test_a_case_of_another_workflow_is_not_handed_out(engine: Engine) -> None:
    cupboard = engine.start(Cupboard.install(), by=BORROWER)
    assert cupboard.data == Shelf()
    with pytest.raises(WrongWorkflow, match="belongs to the workflow 'cupboard'"):
        engine.get(cupboard.id, KeyLoan)
    with pytest.raises(WrongWorkflow):
        engine.fire(cupboard.id, KeyLoan.lend(), by=KEEPER)
    with pytest.raises(NotFound, match="nowhere"):
        engine.get("nowhere", KeyLoan)


@attrs.frozen
class Loose:
    notes: dict[str, Any]


class Noting(Workflow[Loose]):
    opened = State(zh="开", en="Open", final=True)
    note = Event(Loose, START >> opened, zh="记", en="Note")


def test_data_that_can_change_are_read_anew(store: OwningStore[Any]) -> None:
    engine = Engine(store, [Noting])
    opened = engine.start(Noting.note(notes={"a": [1]}), by=BORROWER)
    opened.data.notes["a"].append(2)
    engine.get(opened.id, Noting).data.notes["a"].append(3)
    assert engine.get(opened.id, Noting).data == Loose({"a": [1]})
