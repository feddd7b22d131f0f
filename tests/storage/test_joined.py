"""Steps in a transaction of the host's: with the host's own rows, or not at all."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from propflow import Conflict, Engine, NotFound, Refused
from propflow.errors import InvalidPayload, KeyReused, SchemaMissing
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import BORROWER, KEEPER, Cupboard, KeyLoan, Posting, departments

from .changes import empty
from .hosts import NOTHING, OPENING, WORKFLOWS, Note, notes, rows, write

LENT = {"case": 1, "history": 2, "outbox": 1, "indexed": 2}


@pytest.fixture
def store(host_store):
    return host_store


@pytest.fixture
def engine(host_engine):
    return host_engine


# Together, or not at all -------------------------------------------------------------------------


@pytest.mark.parametrize("ends", ["commit", "rollback"])
@pytest.mark.parametrize("first", ["host", "case"])
def test_a_commit_keeps_both_and_a_rollback_neither(host, engine, handle, ends, first):
    flow = engine.joined(handle)
    if first == "host":
        write(handle, 1)
    loan = flow.start(OPENING, by=BORROWER)
    loan = flow.fire(loan, KeyLoan.lend(), by=KEEPER)
    if first == "case":
        write(handle, 1)
    assert flow.get(loan.id, KeyLoan) == loan
    assert [entry.event for entry in flow.history(loan)] == ["request", "lend"]
    assert flow.find(KeyLoan, where={"borrower": "u7"}).cases == (loan,)
    assert (notes(host), rows(host)) == ([], NOTHING)  # as others see it

    getattr(handle, ends)()
    kept = ends == "commit"
    assert (notes(host), rows(host)) == (([1], LENT) if kept else ([], NOTHING))


def test_the_block_of_the_host_decides(host, engine):
    with Session(host) as session, session.begin():
        engine.joined(session).start(OPENING, by=BORROWER, id="kept")
    with suppress(ZeroDivisionError), host.begin() as connection:
        engine.joined(connection).start(OPENING, by=BORROWER, id="lost")
        raise ZeroDivisionError
    assert [case.id for case in engine.find(KeyLoan)] == ["kept"]


def test_reading_leaves_the_transaction_as_it_is(host, engine, handle):
    engine.start(OPENING, by=BORROWER, id="1")
    flow = engine.joined(handle)
    assert flow.check("1", KeyLoan.lend(), by=KEEPER).accepted
    assert {option.event for option in flow.options("1", by=KEEPER)} >= {"lend", "freeze"}
    write(handle, 1)
    handle.commit()
    assert notes(host) == [1]
    assert engine.get("1", KeyLoan).revision == 1


def test_the_transaction_of_the_host_stays_open(engine, handle):
    flow = engine.joined(handle)
    flow.start(OPENING, by=BORROWER)
    assert handle.in_transaction()
    assert not handle.in_nested_transaction()


# After a failure ---------------------------------------------------------------------------------


def refused(flow):
    flow.fire("old", KeyLoan.lend(), by=BORROWER)


def refused_after_others_were_decided(flow):
    flow.fire("cupboard", Cupboard.take(key="B1"), by=KEEPER)


def conflict(flow):
    flow.fire("old", KeyLoan.lend(), by=KEEPER, expected_revision=7)


def not_found(flow):
    flow.fire("none", KeyLoan.lend(), by=KEEPER)


def exists(flow):
    flow.start(OPENING, by=BORROWER, id="old")


def key_reused(flow):
    flow.fire("old", KeyLoan.lend(), by=KEEPER, key="k")


def bad_input(flow):
    flow.start(KeyLoan.request(key="\ud800", borrower="u7"), by=BORROWER)


@pytest.mark.parametrize(
    ("fails", "error"),
    [
        (refused, Refused),
        (refused_after_others_were_decided, Refused),
        (conflict, Conflict),
        (not_found, NotFound),
        (exists, Conflict),
        (key_reused, KeyReused),
        (bad_input, InvalidPayload),
    ],
)
def test_what_fails_leaves_the_work_of_the_host(host, engine, handle, fails, error):
    engine.start(OPENING, by=BORROWER, id="old", key="k")
    engine.start(Cupboard.install(limit=0), by=KEEPER, id="cupboard")
    before = rows(host)
    flow = engine.joined(handle)
    write(handle, 1)
    with pytest.raises(error):
        fails(flow)
    write(handle, 2)
    assert flow.fire("old", KeyLoan.remind(), by=KEEPER).revision == 2
    handle.commit()
    assert notes(host) == [1, 2]
    assert rows(host) == {**before, "history": before["history"] + 1}


class LosesTheRace(SQLStore):
    """Writes, and then learns that somebody was faster."""

    def apply(self, tx, changes, **options):
        super().apply(tx, changes, **options)
        self.tried = getattr(self, "tried", 0) + 1
        raise Conflict("1", 1, 2)


def test_what_was_written_before_a_conflict_is_taken_back_and_not_tried_again(host, handle):
    store = LosesTheRace(host)
    store.create_tables()
    empty(store)
    write(handle, 1)
    with pytest.raises(Conflict):
        Engine(store, WORKFLOWS).joined(handle).start(OPENING, by=BORROWER, key="k")
    handle.commit()
    assert store.tried == 1
    assert (notes(host), rows(host)) == ([1], NOTHING)


def test_a_statement_of_the_facts_that_fails_is_taken_back(host, store, handle):
    def provide(connection, case, action):
        connection.execute(text("SELECT nothing FROM nowhere"))
        return {departments: frozenset({"A"})}

    flow = Engine(store, [Posting], facts=provide).joined(handle)
    write(handle, 1)
    with pytest.raises(Exception, match="nowhere"):
        flow.start(Posting.apply(department="A", holder="u7"), by=BORROWER)
    handle.commit()
    assert notes(host) == [1]


def test_facts_see_what_the_host_wrote(store, handle):
    def provide(connection, case, action):
        count = connection.execute(text("SELECT count(*) FROM host_note")).scalar_one()
        return {departments: frozenset({"A"} if count else ())}

    flow = Engine(store, [Posting], facts=provide).joined(handle)
    opening = Posting.apply(department="A", holder="u7")
    with pytest.raises(Refused):
        flow.start(opening, by=BORROWER)
    write(handle, 1)
    assert flow.start(opening, by=BORROWER).state == "wanted"


def test_missing_tables_are_named_and_leave_the_work_of_the_host(host, handle):
    flow = Engine(SQLStore(host, prefix="none_"), WORKFLOWS).joined(handle)
    write(handle, 1)
    with pytest.raises(SchemaMissing):
        flow.start(OPENING, by=BORROWER)
    handle.commit()
    assert notes(host) == [1]


# Sessions ----------------------------------------------------------------------------------------


def test_a_session_is_flushed_before_anything_is_read(host, engine):
    with Session(host, autoflush=False) as session:
        session.add(Note(id=1))
        engine.joined(session).find(KeyLoan)
        assert session.execute(select(func.count(Note.id))).scalar_one() == 1
        session.add(Note(id=2))
        with pytest.raises(NotFound):
            engine.joined(session).fire("none", KeyLoan.lend(), by=KEEPER)
        session.commit()
    assert notes(host) == [1, 2]


def test_what_a_session_cannot_flush_is_told_as_the_host_knows_it(host, engine):
    with Session(host) as session:
        session.add(Note(id=1))
        session.commit()
    with Session(host) as session:
        session.add(Note(id=1))
        with pytest.raises(IntegrityError):
            engine.joined(session).start(OPENING, by=BORROWER)
        session.rollback()
    assert rows(host) == NOTHING


def test_objects_of_the_session_keep_their_changes(host, engine):
    with Session(host) as session, session.begin():
        note = Note(id=1, text="before")
        session.add(note)
        with pytest.raises(NotFound):
            engine.joined(session).fire("none", KeyLoan.lend(), by=KEEPER)
        note.text = "after"
        engine.joined(session).start(OPENING, by=BORROWER)
    with Session(host) as session:
        assert session.get_one(Note, 1).text == "after"


def test_a_session_of_the_thread_can_be_joined(host, engine):
    sessions = scoped_session(sessionmaker(host))
    engine.joined(sessions).start(OPENING, by=BORROWER)
    sessions.rollback()
    assert rows(host) == NOTHING
    sessions.remove()


# Savepoints --------------------------------------------------------------------------------------


def test_a_savepoint_of_the_host_takes_the_step_back(host, engine, handle):
    flow = engine.joined(handle)
    write(handle, 1)
    with handle.begin_nested():
        flow.start(OPENING, by=BORROWER, id="kept")
    inner = handle.begin_nested()
    write(handle, 2)
    flow.start(OPENING, by=BORROWER, id="lost")
    with pytest.raises(Refused):
        flow.fire("lost", KeyLoan.lend(), by=BORROWER)
    assert inner.is_active
    inner.rollback()
    flow.fire("kept", KeyLoan.lend(), by=KEEPER)
    handle.commit()
    assert notes(host) == [1]
    assert [(case.id, case.state) for case in engine.find(KeyLoan)] == [("kept", "lent")]
