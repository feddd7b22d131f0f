"""Cases that go to another version of their workflow, on every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import attrs
import pytest

from propflow import (
    PREVIOUS,
    START,
    SYSTEM,
    Actor,
    AsyncEngine,
    Deadline,
    Engine,
    Event,
    State,
    Workflow,
)
from propflow.decision import replay
from propflow.decision.due import due
from propflow.definition import MIGRATED, Migration
from propflow.errors import (
    BrokenHistory,
    CannotMigrate,
    Conflict,
    FunctionRaised,
    NotFound,
    Refused,
    UnknownWorkflow,
)
from propflow.storage import Ref
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.runtime.loans import Clock

DAY = timedelta(days=1)
WORKER = Actor("w1")


@attrs.frozen
class Loan:
    key: str
    borrower: str


@attrs.frozen
class Keys:
    keys: tuple[str, ...]
    borrower: str


class Old(Workflow[Loan]):
    name = "key_loan"
    indexed = ("borrower",)

    requested = State(zh="待发放", en="Requested")
    lent = State(zh="已借出", en="Lent")
    frozen = State(zh="冻结", en="Frozen")
    returned = State(zh="已归还", en="Returned", final=True)

    request = Event(Loan, START >> requested, zh="申请", en="Request")
    lend = Event(requested >> lent, zh="发放", en="Lend")
    freeze = Event([requested, lent] >> frozen, zh="冻结", en="Freeze")
    thaw = Event(frozen >> PREVIOUS, zh="解冻", en="Thaw")
    urge = Event(lent >> lent, zh="催还", en="Urge")
    give_back = Event(lent >> returned, zh="归还", en="Give back")

    overdue = Deadline(lent, after=7 * DAY, fires=urge)
    gone = Deadline(lent, after=9 * DAY, fires=urge)


class New(Workflow[Keys]):
    name = "key_loan"
    version = 2

    requested = State(zh="待发放", en="Requested")
    out = State(zh="在外", en="Out")
    frozen = State(zh="冻结", en="Frozen")
    returned = State(zh="已归还", en="Returned", final=True)

    request = Event(Keys, START >> requested, zh="申请", en="Request")
    lend = Event(requested >> out, zh="发放", en="Lend")
    freeze = Event([requested, out] >> frozen, zh="冻结", en="Freeze")
    thaw = Event(frozen >> PREVIOUS, zh="解冻", en="Thaw")
    urge = Event(out >> out, zh="催还", en="Urge", by=SYSTEM)
    give_back = Event(out >> returned, zh="归还", en="Give back")

    overdue = Deadline(out, after=3 * DAY, fires=urge)


def convert(loan: Loan) -> Keys:
    return Keys((loan.key,), loan.borrower)


RENAMED = {"lent": "out"}


@pytest.fixture
def engine(store, clock):
    return Engine(store, [Old, New], clock=clock)


@pytest.fixture
def old(store, clock):
    return Engine(store, [Old], clock=clock)


def lent(old: Engine):
    loan = old.start(Old.request(key="B1", borrower="u7"), by=WORKER)
    return old.fire(loan, Old.lend(), by=WORKER)


def running(store, case_id: str) -> list:
    with store.begin(write=False) as tx:
        return list(store.due(tx, Ref("", case_id)))


def test_running_cases_keep_the_version_that_they_were_opened_with(engine, old):
    loan = lent(old)
    assert engine.get(loan.id, Old) == loan
    assert engine.fire(loan, Old.give_back(), by=WORKER).version == 1


def test_a_case_goes_to_another_version_and_on_from_there(engine, old, clock):
    loan = lent(old)
    clock.now += DAY
    moved = engine.migrate(loan, to_version=2, data=convert, states=RENAMED, by=WORKER)
    assert (moved.version, moved.state, moved.previous) == (2, "out", "requested")
    assert (moved.data, moved.revision) == (Keys(("B1",), "u7"), loan.revision + 1)
    assert (moved.id, moved.opened_at) == (loan.id, loan.opened_at)
    assert engine.get(loan.id, New) == moved

    entry = engine.history(loan.id)[-1]
    assert (entry.event, entry.source, entry.target) == (MIGRATED, "lent", "out")
    assert (entry.actor.id, entry.occurred_at) == ("w1", clock.now)
    assert entry.payload == Migration(1, 2, RENAMED, "requested", moved.data)

    done = engine.fire(moved, New.give_back(), by=WORKER)
    assert (done.version, done.state) == (2, "returned")
    assert replay(New, loan.id, engine.history(loan.id)) == done
    assert replay(New, loan.id, engine.history(loan.id)[:3]) == moved
    assert replay(Old, loan.id, engine.history(loan.id)[:2]) == loan


def test_a_hold_is_left_by_the_way_that_it_was_entered(engine, old):
    held = old.fire(lent(old), Old.freeze(), by=WORKER)
    moved = engine.migrate(held.id, to_version=2, data=convert, states=RENAMED)
    assert (moved.state, moved.previous) == ("frozen", "out")
    assert engine.fire(moved, New.thaw(), by=WORKER).state == "out"
    assert engine.history(held.id)[3].actor.id == SYSTEM.id


def test_a_case_may_come_back_and_go_again(engine, old):
    loan = lent(old)
    engine.migrate(loan.id, to_version=2, data=convert, states=RENAMED)
    back = engine.migrate(
        loan.id,
        to_version=1,
        data=lambda keys: Loan(keys.keys[0], keys.borrower),
        states={"out": "lent"},
    )
    assert (back.state, back.data, back.version) == (loan.state, loan.data, 1)
    assert list(old.find(Old, where={"borrower": "u7"})) == [back]
    again = engine.migrate(loan.id, to_version=2, data=convert, states=RENAMED)
    history = engine.history(loan.id)
    assert replay(New, loan.id, history) == again
    assert due(New.spec, history)[0].since == 2  # since it was lent, whatever that was called


def test_the_index_of_the_old_version_goes_with_it(engine, old, store):
    loan = lent(old)
    assert list(old.find(Old, where={"borrower": "u7"})) == [loan]
    engine.migrate(loan, to_version=2, data=convert, states=RENAMED)
    assert list(old.find(Old, where={"borrower": "u7"})) == []


def test_an_audit_finds_nothing_wrong_with_a_migration(tmp_path, clock):
    store = SQLStore(f"sqlite:///{tmp_path / 'sealed.db'}")
    store.create_tables()
    engine = Engine(store, [Old, New], clock=clock)
    loan = lent(Engine(store, [Old], clock=clock))
    moved = engine.migrate(loan, to_version=2, data=convert, states=RENAMED)
    engine.fire(moved, New.give_back(), by=WORKER)
    (audited,) = store.audit()
    assert (audited.head.revision, audited.alteration) == (4, None)
    store.close()


def test_repeating_a_migration_changes_nothing(engine, old):
    loan = lent(old)
    moved = engine.migrate(loan, to_version=2, data=convert, states=RENAMED)
    assert engine.migrate(loan, to_version=2, data=convert, states=RENAMED) == moved
    assert len(engine.history(loan.id)) == 3


def test_what_has_no_place_is_refused_whole_with_every_problem(engine, old, store):
    held = old.fire(lent(old), Old.freeze(), by=WORKER)
    with pytest.raises(CannotMigrate) as refused:
        engine.migrate(held, to_version=2, states={"lost": "out", "frozen": "nowhere"})
    wheres = [problem.where for problem in refused.value.problems]
    assert wheres[:3] == ["states['lost']", "states['frozen']", "previous"]
    assert any(where.startswith("data") for where in wheres)
    with pytest.raises(CannotMigrate, match="states="):
        engine.migrate(lent(old), to_version=2, data=convert)
    with pytest.raises(CannotMigrate, match="returned Loan, not Keys"):
        engine.migrate(lent(old), to_version=2, data=lambda loan: loan, states=RENAMED)
    assert engine.get(held.id, Old) == held
    assert len(engine.history(held)) == held.revision


def test_other_refusals_have_their_names(engine, old):
    loan = lent(old)
    with pytest.raises(NotFound):
        engine.migrate("absent", to_version=2)
    with pytest.raises(UnknownWorkflow):
        engine.migrate(loan, to_version=3)
    with pytest.raises(UnknownWorkflow):
        old.migrate(loan, to_version=2)
    with pytest.raises(FunctionRaised, match="data function"):
        engine.migrate(loan, to_version=2, data=lambda _: 1 / 0, states=RENAMED)
    old.fire(loan, Old.urge(), by=WORKER)
    with pytest.raises(Conflict):
        engine.migrate(loan, to_version=2, data=convert, states=RENAMED)
    engine.migrate(loan.id, to_version=2, data=convert, states=RENAMED)
    with pytest.raises(Conflict):
        engine.fire(loan, Old.give_back(), by=WORKER)
    with pytest.raises(Refused, match="wrong_role"):
        engine.fire(loan.id, New.urge(), by=WORKER)


def test_deadlines_are_those_of_the_new_version_from_when_the_case_came_there(
    engine, old, store, clock
):
    loan = lent(old)
    begun = clock.now
    assert [each.deadline for each in running(store, loan.id)] == ["gone", "overdue"]
    clock.now += DAY
    engine.migrate(loan, to_version=2, data=convert, states=RENAMED)
    (left,) = running(store, loan.id)
    assert (left.deadline, left.since, left.at) == ("overdue", 2, begun + 3 * DAY)
    assert (left,) == due(New.spec, engine.history(loan.id))
    clock.now = begun + 4 * DAY
    assert engine.run_due().fired == 1
    assert engine.history(loan.id)[-1].occurred_at == begun + 3 * DAY


def test_nothing_of_a_version_is_due_before_the_case_came_to_it(engine, old, store, clock):
    loan = lent(old)
    clock.now += 5 * DAY
    engine.migrate(loan, to_version=2, data=convert, states=RENAMED)
    (left,) = running(store, loan.id)
    assert left.at == clock.now
    assert (left,) == due(New.spec, engine.history(loan.id))


def test_a_deadline_that_has_fired_does_not_fire_again(engine, old, store, clock):
    loan = lent(old)
    clock.now += 7 * DAY
    assert old.run_due().fired == 1  # it stays in the state
    engine.migrate(loan.id, to_version=2, data=convert, states=RENAMED)
    assert running(store, loan.id) == []


def test_a_history_that_lacks_an_entry_is_broken(engine, old):
    loan = lent(old)
    engine.migrate(loan, to_version=2, data=convert, states=RENAMED)
    history = engine.history(loan.id)
    with pytest.raises(BrokenHistory, match="revision 1 is missing"):
        replay(New, loan.id, history[1:])
    with pytest.raises(BrokenHistory, match="leads to version 2"):
        replay(Old, loan.id, history)


def test_the_awaited_engine_does_the_same(tmp_path, clock: Clock):
    async def run() -> None:
        store = AsyncSQLStore(f"sqlite:///{tmp_path / 'awaited.db'}")
        await store.create_tables()
        await store.check_schema()
        engine = AsyncEngine(store, [Old, New], clock=clock)
        old = AsyncEngine(store, [Old], clock=clock)
        loan = await old.start(Old.request(key="B1", borrower="u7"), by=WORKER)
        moved = await engine.migrate(loan, to_version=2, data=convert)
        assert (await engine.get(loan.id, New)) == moved
        await store.close()

    asyncio.run(run())
