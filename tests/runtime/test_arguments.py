"""A slip in a call is named with its argument and with what that takes, before anything is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

from propflow import Actor, AsyncEngine, Engine, Notify, Workflow
from propflow.errors import InvalidArgument, InvalidId, InvalidQuery
from propflow.runtime import Backoff
from propflow.storage import MemoryStore
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.runtime.loans import BORROWER, KEEPER, Clock, Cupboard, KeyLoan


def engine_on(store: Any) -> Engine:
    return Engine(store, [KeyLoan, Cupboard], clock=Clock())


def handler(delivery: object) -> None:
    """Deliver nothing."""


def fire(**options: Any) -> Callable[[Any], object]:
    return lambda engine: engine.fire("1", KeyLoan.lend(), by=KEEPER, **options)


def relay(handlers: object, **options: Any) -> Callable[[Any], object]:
    return lambda engine: engine.relay(handlers, **options)


CALLS: dict[str, tuple[Callable[[Any], object], str, str]] = {
    "text for a revision": (
        fire(expected_revision="1"),
        "expected_revision",
        "whole number from 1",
    ),
    "True for a revision": (fire(expected_revision=True), "expected_revision", "whole number"),
    "revision 0": (fire(expected_revision=0), "expected_revision", "whole number from 1"),
    "text for a moment": (fire(occurred_at="2026-03-01"), "occurred_at", "aware datetime"),
    "a date for a moment": (fire(occurred_at=date(2026, 3, 1)), "occurred_at", "aware datetime"),
    "another class": (relay({str: handler}), "handlers", "is no class of an effect"),
    "a workflow for an effect": (relay({KeyLoan: handler}), "handlers", "is no class of an effect"),
    "no name": (relay({"Notify now": handler}), "handlers", "names no class of an effect"),
    "no function": (relay({Notify: None}), "handlers", "for Notify and cannot be called"),
    "no function by name": (relay({"Notify": 5}), "handlers", "for Notify and cannot be called"),
    "a list of handlers": (relay([handler]), "handlers", "is no mapping; give {Notify: function}"),
    "None for handlers": (relay(None), "handlers", "is no mapping"),
    "no handler": (relay({}), "handlers", "has no handler"),
    "a number of tries": (relay({Notify: handler}, retry=3), "retry", "give Backoff(attempts=…)"),
    "a lease without a unit": (relay({Notify: handler}, lease=5), "lease", "positive timedelta"),
    "no lease": (relay({Notify: handler}, lease=timedelta()), "lease", "positive timedelta"),
    "no id of a message": (lambda engine: engine.requeue(None), "id", "names no dead message"),
    "a while for a moment": (
        lambda engine: engine.prune_outbox(before=timedelta(days=3)),
        "before",
        "give an aware datetime",
    ),
    "text for a limit": (lambda engine: engine.run_due(limit="5"), "limit", "a whole number"),
    "True for a limit": (lambda engine: engine.outbox(limit=True), "limit", "a whole number"),
    "a number for a wait": (lambda engine: engine.run_due(retry=3), "retry", "is no Backoff"),
    "a place that is none": (lambda engine: engine.parked(after=5), "after", "is int, not text"),
    "the name of a workflow": (lambda engine: engine.find("key_loan"), "workflow", "its class"),
    "the root of workflows": (lambda engine: engine.find(Workflow), "workflow", "its class"),
    "a name for a class": (lambda engine: engine.get("1", "key_loan"), "workflow", "its class"),
    "a class that is none": (lambda engine: engine.options(str, by=KEEPER), "case", "its class"),
    "no class to check": (
        lambda engine: engine.check(str, KeyLoan.lend(), by=KEEPER),
        "case",
        "its class",
    ),
    "no pairs": (
        lambda engine: engine.fire_many(["1", KeyLoan.lend()], by=KEEPER),
        "steps",
        "give [(case, action), …]",
    ),
    "two letters": (lambda engine: engine.fire_many(["ab"], by=KEEPER), "steps", "is no pair"),
    "no steps": (lambda engine: engine.fire_many(None, by=KEEPER), "steps", "is no list"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_slip_names_its_argument_and_what_it_takes(name: str) -> None:
    act, argument, words = CALLS[name]
    engine = engine_on(MemoryStore())
    with pytest.raises(InvalidArgument, match=re.escape(words)) as refused:
        act(engine)
    assert refused.value.name == argument


def test_find_says_what_is_wrong_with_its_question() -> None:
    engine: Any = engine_on(MemoryStore())
    with pytest.raises(InvalidQuery) as refused:
        engine.find(Cupboard, limit="5", after=5, where=["room"])
    assert [problem.where for problem in refused.value.problems] == ["limit", "after", "where"]


def test_what_is_right_still_passes() -> None:
    engine = engine_on(MemoryStore())
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
    lent = engine.fire("1", KeyLoan.lend(), by=KEEPER, expected_revision=loan.revision)
    engine.relay({Notify: handler, "Printed": handler}, retry=Backoff(attempts=1), limit=1)
    assert lent.revision == 2


# What an engine is made of ------------------------------------------------------------------------


class Half:
    """What has some of a store's calls."""

    def load(self) -> None:
        """Load nothing."""


WAITS: Any = Engine  # a program without a type checker
AWAITS: Any = AsyncEngine

MADE: dict[str, tuple[Callable[[], object], str, str]] = {
    "a URL": (lambda: WAITS("sqlite://", [KeyLoan]), "store", "give SQLStore(url)"),
    "half a store": (lambda: WAITS(Half(), [KeyLoan]), "store", "is no store"),
    "no store to await": (lambda: AWAITS(None, []), "store", "give AsyncSQLStore"),
    "one workflow": (lambda: WAITS(MemoryStore(), KeyLoan), "workflows", "give [KeyLoan]"),
    "a name": (lambda: WAITS(MemoryStore(), ["loan"]), "workflows", "'loan' is no workflow"),
    "text": (lambda: WAITS(MemoryStore(), "loan"), "workflows", "is no list"),
    "a moment": (lambda: WAITS(MemoryStore(), [], clock=Clock().now), "clock", "a function"),
    "a tenancy": (lambda: WAITS(MemoryStore(), [], tenancy="require"), "tenancy", "'required'"),
    "a store that waits": (lambda: AWAITS(MemoryStore(), []), "store", "AsyncSQLStore"),
    "a database that waits": (
        lambda: AWAITS(SQLStore("sqlite://"), []),
        "store",
        "AsyncSQLStore",
    ),
    "a store that is awaited": (
        lambda: WAITS(AsyncSQLStore(create_async_engine("sqlite+aiosqlite://")), []),
        "store",
        "give it to an AsyncEngine",
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_an_engine_is_not_made_of_the_wrong_things(name: str) -> None:
    make, argument, words = MADE[name]
    with pytest.raises(InvalidArgument, match=re.escape(words)) as refused:
        make()
    assert refused.value.name == argument


# Blank names --------------------------------------------------------------------------------------

BLANKS = " \t\n\r\f\v\u00a0\u2002\u3000"  # U+3000 is the full-width space


@given(st.text(BLANKS, min_size=1, max_size=255))
def test_a_blank_names_nothing(blank: str) -> None:
    engine = engine_on(MemoryStore())
    calls: list[tuple[str, Callable[[], object]]] = [
        ("id", lambda: engine.start(Cupboard.install(), by=BORROWER, id=blank)),
        ("key", lambda: engine.start(Cupboard.install(), by=BORROWER, key=blank)),
        ("by", lambda: engine.start(Cupboard.install(), by=Actor(blank))),
        ("case", lambda: engine.fire(blank, KeyLoan.lend(), by=KEEPER)),
        ("case", lambda: engine.history(blank)),
        ("tenant", lambda: engine.scoped(blank)),
    ]
    for name, call in calls:
        with pytest.raises(InvalidId, match="is blank") as refused:
            call()
        assert refused.value.name == name
    assert len(engine.find(Cupboard)) == 0


@given(st.text(BLANKS, max_size=5), st.text(BLANKS, max_size=5))
def test_blanks_around_a_name_are_part_of_it(before: str, after: str) -> None:
    engine = engine_on(MemoryStore())
    case = engine.start(Cupboard.install(), by=BORROWER, id=f"{before}1{after}")
    assert engine.get(f"{before}1{after}", Cupboard) == case
