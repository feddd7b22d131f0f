"""Facts: the host's answers, and the built-in one about other cases."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from propflow import Action, Case, Engine, Refused
from propflow.errors import FunctionRaised, InvalidRegistration, MissingFact
from propflow.storage import MemoryStore, OwningStore
from tests.runtime.loans import BORROWER, KeyLoan, Posting, departments


class Host:
    """Answers from a set of departments, and remembers what it was asked."""

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)
        self.asked: list[tuple[str, str | None]] = []

    def __call__(
        self, connection: Any, case: Case[Any], action: Action[Any, Any] | None
    ) -> Mapping[Any, Any]:
        assert connection is not None
        self.asked.append((case.state, None if action is None else action.event))
        return {departments: self.names}


def test_the_provider_is_asked_once_per_decision_and_only_if_needed(
    store: OwningStore[Any],
) -> None:
    host = Host("cleaning")
    engine = Engine(store, [Posting, KeyLoan], facts=host)
    engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    post = engine.start(Posting.apply(department="cleaning", holder="a"), by=BORROWER)
    engine.options(post, by=BORROWER)
    engine.fire(post, Posting.take_up(), by=BORROWER)
    assert host.asked == [("START", "apply"), ("wanted", None), ("wanted", "take_up")]


def test_a_guard_decides_by_the_facts(store: OwningStore[Any]) -> None:
    engine = Engine(store, [Posting], facts=Host("cleaning"))
    with pytest.raises(Refused) as refused:
        engine.start(Posting.apply(department="magic", holder="a"), by=BORROWER)
    assert [r.code for r in refused.value.reasons] == ["known_department"]


def test_facts_may_be_answered_by_name(store: OwningStore[Any]) -> None:
    engine = Engine(store, [Posting], facts=lambda *_: {"departments": frozenset({"cleaning"})})
    assert engine.start(Posting.apply(department="cleaning", holder="a"), by=BORROWER)


def test_a_workflow_without_its_facts_is_not_registered() -> None:
    with pytest.raises(InvalidRegistration, match="needs 'departments'"):
        Engine(MemoryStore(), [Posting])
    with pytest.raises(InvalidRegistration) as all_of_it:
        Engine(MemoryStore(), [Posting, KeyLoan, KeyLoan], facts=Host(), provides=["weather"])
    assert [p.where for p in all_of_it.value.problems] == [
        "posting version 1",
        "key_loan version 1",
    ]


def test_a_provider_that_forgets_a_fact_is_told_so(store: OwningStore[Any]) -> None:
    engine = Engine(store, [Posting], facts=lambda *_: {})
    with pytest.raises(FunctionRaised) as broken:
        engine.start(Posting.apply(department="cleaning", holder="a"), by=BORROWER)
    assert isinstance(broken.value.__cause__, MissingFact)


def test_a_guard_may_look_at_other_cases_of_its_tenant(store: OwningStore[Any]) -> None:
    engine = Engine(store, [Posting], facts=Host("cleaning", "security"))
    first, second = (
        engine.start(Posting.apply(department="cleaning", holder=h), by=BORROWER) for h in "ab"
    )
    elsewhere = engine.scoped("north").start(
        Posting.apply(department="cleaning", holder="c"), by=BORROWER
    )
    engine.fire(first, Posting.take_up(), by=BORROWER)
    with pytest.raises(Refused) as refused:
        engine.fire(second, Posting.take_up(), by=BORROWER)
    assert [r.code for r in refused.value.reasons] == ["vacant"]
    option = next(o for o in engine.options(second, by=BORROWER) if o.event == "take_up")
    assert option.answer == "refused"
    assert engine.scoped("north").fire(elsewhere, Posting.take_up(), by=BORROWER).state == "held"


def test_a_step_sees_what_an_earlier_step_of_its_commit_did(store: OwningStore[Any]) -> None:
    engine = Engine(store, [Posting], facts=Host("cleaning"))
    ids = [
        engine.start(Posting.apply(department="cleaning", holder=h), by=BORROWER).id for h in "ab"
    ]
    results = engine.fire_many([(i, Posting.take_up()) for i in ids], by=BORROWER)
    assert [isinstance(r, Refused) for r in results] == [False, True]


def test_two_racing_steps_cannot_both_rely_on_the_same_fact(store: OwningStore[Any]) -> None:
    engine = Engine(store, [Posting], facts=Host("cleaning"))
    posts = [
        engine.start(Posting.apply(department="cleaning", holder=str(n)), by=BORROWER)
        for n in range(6)
    ]
    barrier = threading.Barrier(len(posts))
    outcomes: list[bool] = []

    def race(post: Case[Any]) -> None:
        barrier.wait()
        try:
            engine.fire(post, Posting.take_up(), by=BORROWER)
        except Refused:
            outcomes.append(False)
        else:
            outcomes.append(True)

    threads = [threading.Thread(target=race, args=(post,)) for post in posts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 5 + [True]
