"""One monitor over stored histories, and over a history that is replayed."""

from __future__ import annotations

import pytest

from propflow import Actor, Engine
from propflow.errors import BrokenHistory
from propflow.storage import Ref
from propflow.storage.sqlalchemy import SQLStore
from propflow.testing import Monitor, Watching, replay
from tests.runtime.loans import KEEPER, KeyAudit, KeyLoan


def hands(times: int, entry) -> int:
    return times + (entry.event == "lend")


never_lent = Monitor(0, hands, lambda times: times == 0, says="a key is never lent")
lent_once = Monitor(0, hands, lambda times: times <= 1)


@pytest.fixture
def store():
    made = SQLStore("sqlite://")
    made.create_tables()
    engine = Engine(made, [KeyLoan, KeyAudit])
    for number in ("1", "2"):
        opening = KeyLoan.request(key="B1", borrower="u7")
        engine.start(opening, by=Actor("u7"), id=number)
    engine.fire("2", KeyLoan.lend(), by=KEEPER)
    yield made
    made.close()


def watched(store, *workflows) -> Watching:
    watching = Watching(never_lent, workflows)
    for _ in store.audit(watch=watching):
        pass
    return watching


def test_the_first_entry_after_which_it_does_not_hold_is_told(store):
    watching = watched(store, KeyLoan)
    (broken,) = watching.broken
    assert (broken.ref, broken.revision, broken.why) == (Ref("", "2"), 2, "a key is never lent")
    assert (watching.cases, watching.left_out) == (2, 0)


def test_cases_of_other_workflows_are_left_out(store):
    watching = watched(store, KeyAudit)
    assert (watching.broken, watching.cases, watching.left_out) == ([], 0, 2)


def test_a_payload_that_cannot_be_read_is_told(store):
    with store.begin(write=True) as tx:
        tx.exec_driver_sql("UPDATE propflow_history SET payload = '{}' WHERE case_id = '1'")
    first, second = watched(store, KeyLoan).broken
    assert (first.ref.id, first.revision) == ("1", 1)
    assert "borrower" in first.why
    assert second.ref.id == "2"


def test_replay_holds_a_history_against_monitors(store):
    engine = Engine(store, [KeyLoan, KeyAudit])
    history = engine.history("2")
    case = engine.get("2", KeyLoan)
    assert replay(KeyLoan, "2", history, monitors=[lent_once]) == case
    with pytest.raises(BrokenHistory, match="hands does not hold after it: a key is never") as told:
        replay(KeyLoan, "2", iter(history), monitors=[lent_once, never_lent])
    assert told.value.revision == 2
