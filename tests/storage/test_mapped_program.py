"""A mapped store gives the cases and histories that a store in memory gives, whatever is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, insert, update

from propflow import Actor, Engine
from propflow.errors import PropflowError, UnknownCode
from propflow.storage import MemoryStore
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import BORROWER, KEEPER, KeyLoan

from .changes import empty
from .mapped_host import STATES, WORKFLOWS, LoanRow, fresh, loan, tables

IDS = ("1", "2", "10")
KEYS = ("k1", "k2")

actions = st.sampled_from(
    [
        KeyLoan.lend(),
        KeyLoan.remind(),
        KeyLoan.freeze(),
        KeyLoan.thaw(),
        KeyLoan.give_back(returned_in="good"),
        KeyLoan.give_back(returned_in=""),
    ]
)
openings = st.builds(
    KeyLoan.request,
    key=st.sampled_from(["B1", "水泵房"]),
    borrower=st.sampled_from(["", "u7", "k1"]),
)
steps = st.tuples(
    st.sampled_from(IDS),
    actions | openings,
    st.sampled_from([BORROWER, KEEPER]),
    st.none() | st.sampled_from(KEYS),
    st.none() | st.integers(1, 4),
)
programs = st.lists(steps, min_size=10, max_size=30)


def play(store: Any, program: Sequence[Any]) -> list[Any]:
    """Carry a program out; return every answer, and in the end everything there is."""
    ticks = iter(range(10_000))
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    engine = Engine(store, WORKFLOWS, clock=lambda: noon + timedelta(seconds=next(ticks)))
    answers = [_do(engine, *step) for step in program]
    answers += [tuple(engine.find(KeyLoan, state=state)) for state in (None, *STATES)]
    for borrower in ("", "u7", "k1"):
        answers += [tuple(engine.find(KeyLoan, where={"borrower": borrower}))]
    answers += [_ask(engine, case_id) for case_id in IDS]
    return answers


def _do(engine: Engine, case_id: str, action: Any, by: Any, key: Any, expected: Any) -> Any:
    try:
        if action.event == "request":
            return engine.start(action, by=by, id=case_id, key=key)
        return engine.fire(case_id, action, by=by, key=key, expected_revision=expected)
    except PropflowError as error:
        return type(error), str(error)


def _ask(engine: Engine, case_id: str) -> Any:
    try:
        return engine.history(case_id)
    except PropflowError as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    ("database", "part"), [("sqlite", 1), ("postgres", 5), ("mariadb", 5)], ids=str
)
def test_a_mapped_store_does_what_memory_does(database, part, request):
    host = create_engine(request.getfixturevalue(database))
    fresh(host)
    store = SQLStore(host, tables=tables())
    store.create_tables()

    @settings(max_examples=max(5, settings.default.max_examples // (2 * part)))
    @given(programs)
    def same(program: Sequence[Any]) -> None:
        empty(store)
        fresh(host)
        assert play(store, program) == play(MemoryStore(), program)

    same()
    host.dispose()


codes = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=2)


def test_only_a_code_of_the_mapping_is_a_state(sqlite):
    host = create_engine(sqlite)
    fresh(host)
    store = SQLStore(host, tables=tables())
    store.create_tables()
    engine = Engine(store, WORKFLOWS)
    clerk = Actor("c1")
    known = {code: state for state, code in STATES.items()}
    with host.begin() as connection:
        connection.execute(insert(LoanRow), [loan(1)])
    engine.adopt(KeyLoan, "1", by=clerk)

    @given(codes | st.sampled_from([*known, "1", "01 ", " 01", "２"]))
    def told(code: str) -> None:
        with host.begin() as connection:
            connection.execute(update(LoanRow.__table__).values(zt=code))
        if code in known:
            assert engine.get("1", KeyLoan).state == known[code]
            return
        for ask in (
            lambda: engine.get("1", KeyLoan),
            lambda: engine.fire("1", KeyLoan.remind(), by=clerk),
            lambda: engine.find(KeyLoan),
            lambda: engine.history("1"),
        ):
            with pytest.raises(UnknownCode) as unknown:
                ask()
            found = unknown.value
            assert (found.table, found.row, found.code) == ("wy_key_loan", "1", code)

    told()
    with host.begin() as connection:
        connection.execute(update(LoanRow.__table__).values(zt="01"))
    assert len(engine.history("1")) == 1
    with host.begin() as connection:
        connection.execute(delete(LoanRow.__table__))
    host.dispose()
