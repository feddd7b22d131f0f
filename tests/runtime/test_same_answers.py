"""The same random program has the same answers on the memory store and on SQLite."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from propflow import Action, Actor, Engine, PropflowError
from propflow.decision import replay
from propflow.definition import Workflow
from propflow.storage import MemoryStore
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import BORROWER, KEEPER, Clock, Cupboard, KeyAudit, KeyLoan

STEPS = 50
IDS = st.sampled_from(["a", "b", "c", "A"])
KEYS = st.none() | st.sampled_from(["k1", "k2", "k3"])
ACTORS = st.sampled_from([BORROWER, KEEPER])
WORKFLOWS: dict[str, type[Workflow[Any]]] = {
    workflow.spec.name: workflow for workflow in (KeyLoan, KeyAudit, Cupboard)
}

openings = st.sampled_from(
    [
        KeyLoan.request(key="B1", borrower="u7"),
        KeyLoan.request(key="B2", borrower="u8"),
        Cupboard.install(limit=1),
        Cupboard.install(limit=9),
    ]
)
actions = st.sampled_from(
    [
        KeyLoan.lend(),
        KeyLoan.remind(),
        KeyLoan.freeze(),
        KeyLoan.thaw(),
        KeyLoan.give_back(returned_in="good"),
        KeyLoan.give_back(returned_in=""),
        KeyAudit.finish(),
        Cupboard.take(key="B1"),
        Cupboard.take(key="B2"),
        Cupboard.loop(),
        Cupboard.retire(),
    ]
)

Step = Callable[[Engine], object]


def start(action: Action[Any, Any], by: Actor, case_id: str, key: str | None) -> Step:
    return lambda engine: engine.start(action, by=by, id=case_id, key=key)


def fire(case_id: str, action: Action[Any, Any], by: Actor, key: str | None) -> Step:
    return lambda engine: engine.fire(case_id, action, by=by, key=key)


def fire_many(steps: list[tuple[str, Action[Any, Any]]], by: Actor) -> Step:
    return lambda engine: [str(result) for result in engine.fire_many(steps, by=by)]


def ask(case_id: str, by: Actor) -> Step:
    return lambda engine: (engine.options(case_id, by=by), engine.history(case_id))


def look(workflow: str, state: str | None, limit: int) -> Step:
    return lambda engine: engine.find(WORKFLOWS[workflow], state=state, limit=limit)


def search(borrower: str, deposit: Decimal) -> Step:
    where = {"borrower": borrower, "deposit": deposit}
    return lambda engine: engine.find(KeyLoan, where=where).cases


programs = st.lists(
    st.builds(start, openings, ACTORS, IDS, KEYS)
    | st.builds(fire, IDS, actions, ACTORS, KEYS)
    | st.builds(fire, IDS, actions, ACTORS, KEYS)
    | st.builds(fire_many, st.lists(st.tuples(IDS, actions), max_size=4), ACTORS)
    | st.builds(ask, IDS, ACTORS)
    | st.builds(
        look,
        st.sampled_from(sorted(WORKFLOWS)),
        st.sampled_from([None, "in_use", "lent", "requested", "opened"]),
        st.integers(1, 3),
    )
    | st.builds(search, st.sampled_from(["u7", "u8"]), st.just(Decimal("0.0"))),
    min_size=STEPS,
    max_size=STEPS,
)


def answer(engine: Engine, step: Step) -> object:
    """Return what a step returns, or what it raises."""
    try:
        return step(engine)
    except PropflowError as error:
        return type(error), str(error)


@settings(max_examples=20)
@given(programs)
def test_memory_and_sqlite_give_the_same_answers(program: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sqlite = SQLStore(f"sqlite:///{Path(folder) / 'cases.db'}")
        sqlite.create_tables()
        registered = [KeyLoan, KeyAudit, Cupboard]
        memory = Engine(MemoryStore(), registered, clock=Clock())
        durable = Engine(sqlite, registered, clock=Clock())
        for step in program:
            assert answer(memory, step) == answer(durable, step)
        for workflow in WORKFLOWS.values():
            for case in durable.find(workflow, limit=100):
                assert replay(workflow, case.id, durable.history(case)) == case
        sqlite.close()
