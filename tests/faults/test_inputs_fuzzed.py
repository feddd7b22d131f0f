"""Inputs of every kind: what comes out is an error of propflow's, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update

from propflow import Actor, Engine
from propflow.definition.document import Definition
from propflow.errors import PropflowError
from propflow.rulebooks import load
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.rounds import MORNING
from tests.faults.sizes import times
from tests.runtime.loans import BORROWER, KEEPER, Cupboard, KeyAudit, KeyLoan
from tests.storage.mapped_host import WORKFLOWS, LoanRow, fresh, loan, tables

EFFORT = settings(
    max_examples=times(1_500),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

NAMES = st.sampled_from(["key", "borrower", "returned_in", "limit", "of", "checked", "", "kéy"])
TEXTS = st.text(st.characters(exclude_categories=()), max_size=12) | st.sampled_from(
    ["\0", "\ud800", "a" * 300, "\x1f", "propflow:x", "/", "%2F", "1e999", "NaN", "张三 ", "😀"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(2**63 - 2, 2**64)
    | st.floats()
    | TEXTS
    | st.binary(max_size=4)
)


def _can_be_stored(text: str) -> bool:
    return not any("\ud800" <= c <= "\udfff" or c == "\0" for c in text)


ENCODED = TEXTS.filter(_can_be_stored)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=3),
    max_leaves=6,
)
EVENTS = st.sampled_from(
    ["request", "lend", "remind", "give_back", "freeze", "", "Lend", "begin", "_"]
)


def counts(store: SQLStore) -> list[int]:
    each = ", ".join(f"(SELECT count(*) FROM {table})" for table in store._tables)  # noqa: S608 - our own
    with store.begin(write=False) as tx:
        return list(tx.exec_driver_sql(f"SELECT {each}").one())


def refused_whole(store: SQLStore, call: Callable[[], object]) -> bool:
    """Tell whether a call was refused; whatever else it raises, or leaves behind then, is a bug."""
    before = counts(store)
    try:
        call()
    except PropflowError:
        assert counts(store) == before
        return True
    return False


@pytest.fixture
def engine(sqlite_memory_store: SQLStore) -> Engine:
    return Engine(sqlite_memory_store, [KeyLoan, KeyAudit, Cupboard], clock=lambda: MORNING)


def test_payloads(engine: Engine, sqlite_memory_store: SQLStore) -> None:
    engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="lent")
    engine.fire("lent", KeyLoan.lend(), by=KEEPER)
    store, refused, taken = sqlite_memory_store, [], []
    workflows = st.sampled_from([KeyLoan, Cupboard, KeyAudit])

    @settings(EFFORT, max_examples=times(2_500))
    @given(workflows, EVENTS, JUNK, st.sampled_from(["lent", "none", None]))
    def hold(workflow: Any, event: str, payload: Any, case: str | None) -> None:
        def call() -> None:
            action = workflow.action(event, payload)
            if case is None:
                engine.start(action, by=BORROWER)
            else:
                engine.fire(case, action, by=KEEPER)

        (refused if refused_whole(store, call) else taken).append(event)

    hold()
    assert refused
    assert all(found.alteration is None for found in store.audit())


def test_ids_keys_and_actors(engine: Engine, sqlite_memory_store: SQLStore) -> None:
    store, refused, taken = sqlite_memory_store, [], []
    opening = KeyLoan.request(key="B1", borrower="u7")

    @EFFORT
    @given(SCALARS, SCALARS, SCALARS, SCALARS)
    def hold(case: Any, key: Any, actor: Any, tenant: Any) -> None:
        def call() -> None:
            scoped = engine.scoped(tenant)
            scoped.start(opening, by=Actor(actor), id=case, key=key)

        def again() -> None:
            found = engine.scoped(tenant).get(case, KeyLoan)
            assert found.id == case
            engine.scoped(tenant).receive(case, KeyLoan.remind(), by=Actor(actor), key=key)

        (refused if refused_whole(store, call) else taken).append(case)
        refused_whole(store, again)
        refused_whole(store, lambda: engine.find(KeyLoan, where={"borrower": case}, state=key))
        refused_whole(store, lambda: engine.requeue(case))

    hold()
    assert refused
    assert taken
    assert all(found.alteration is None for found in store.audit())


def tried_in_vain(connection: Connection, engine: Engine, *calls: Callable[[Engine], Any]) -> None:
    """Make calls in one transaction; one that is refused leaves every table as it was."""
    flow = engine.joined(connection)
    for call in calls:
        before = _totals(connection)
        try:
            call(flow)
        except PropflowError:
            assert _totals(connection) == before


def _totals(connection: Connection) -> Any:
    return connection.exec_driver_sql(
        "SELECT (SELECT sum(revision) FROM propflow_case), (SELECT count(*) FROM propflow_history),"
        " (SELECT count(*) FROM propflow_outbox), (SELECT count(*) FROM propflow_case)"
    ).one()


def test_codes_in_mapped_tables() -> None:
    store = SQLStore("sqlite://", tables=tables())
    store.create_tables()
    fresh(store._engine)
    engine = Engine(store, WORKFLOWS, clock=lambda: MORNING)
    with store._engine.begin() as connection:
        connection.execute(LoanRow.__table__.insert(), [loan(n) for n in range(1, 4)])
    for number in ("1", "2"):
        engine.adopt(KeyLoan, number, by=KEEPER)
    codes = st.sampled_from(["01", "02", "1", "", " 01", "０１", "99"])
    # What the types of the columns take on any database.
    numbers = st.integers(-(2**31), 2**31 - 1)
    written = st.tuples(st.sampled_from(["zt", "ys", "jyr"]), codes | ENCODED) | st.tuples(
        st.sampled_from(["ver", "yj", "sc"]), numbers
    )

    @EFFORT
    @given(st.integers(1, 4), written)
    def hold(number: int, what: tuple[str, Any]) -> None:
        column, code = what
        case, row = str(number), update(LoanRow.__table__).where(LoanRow.id == number)
        with store._engine.connect() as connection, connection.begin() as transaction:
            connection.execute(row.values({column: code}))
            tried_in_vain(
                connection,
                engine,
                lambda flow: flow.get(case, KeyLoan),
                lambda flow: flow.adopt(KeyLoan, case, by=KEEPER),
                lambda flow: flow.fire(case, KeyLoan.remind(), by=KEEPER),
            )
            transaction.rollback()

    hold()
    store.close()


@st.composite
def damaged(draw: Any, sound: str) -> str:
    """Return a text with a few pieces cut out, doubled, changed or put elsewhere."""
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(sound)))
        end = min(len(sound), at + draw(st.integers(0, 30)))
        put = draw(
            st.sampled_from(["", '"', "{", "}", "[", "]", "null", "1e999", "=", "\n", "[[", "# "])
            | TEXTS
            | st.just(sound[at:end] * 2)
        )
        sound = sound[:at] + put + sound[end:]
    return sound


def test_stored_json(engine: Engine, sqlite_memory_store: SQLStore) -> None:
    store = sqlite_memory_store
    engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
    with store.begin(write=False) as tx:
        data = tx.execute(select(store._tables.case.c.data)).scalar_one()
        payload = tx.execute(select(store._tables.history.c.payload)).scalar_one()
    texts = st.tuples(st.just(store._tables.case.c.data), damaged(data)) | st.tuples(
        st.just(store._tables.history.c.payload), damaged(payload)
    )

    @settings(EFFORT, max_examples=times(1_000))
    @given(texts)
    def hold(which: tuple[Any, str]) -> None:
        column, stored = which
        assume(_can_be_stored(stored))
        with store._engine.connect() as connection, connection.begin() as transaction:
            connection.execute(update(column.table).values({column.name: stored}))
            tried_in_vain(
                connection,
                engine,
                lambda flow: flow.get("1", KeyLoan),
                lambda flow: flow.history("1"),
                lambda flow: flow.check("1", KeyLoan.lend(), by=KEEPER),
                lambda flow: flow.fire("1", KeyLoan.remind(), by=KEEPER),
            )
            transaction.rollback()

    hold()


def test_definitions_in_json() -> None:
    @settings(EFFORT, max_examples=times(2_500))
    @given(damaged(KeyLoan.definition().to_json()))
    def hold(text: str) -> None:
        with suppress(PropflowError):
            Definition.from_json(text)

    hold()


def test_rule_books_in_toml(tmp_path: Path) -> None:
    import propflow.rulebooks

    folder = Path(propflow.rulebooks.__file__).parent
    sound = (folder / "service_checks_10.toml").read_text(encoding="utf-8")
    path = tmp_path / "book.toml"

    @settings(EFFORT, max_examples=times(1_000))
    @given(damaged(sound), st.binary(max_size=3))
    def hold(text: str, more: bytes) -> None:
        path.write_bytes(text.encode(errors="surrogatepass") + more)
        with suppress(PropflowError):
            load(path)

    hold()
