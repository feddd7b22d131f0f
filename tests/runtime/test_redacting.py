"""Personal data that leave a case and its history, on every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import attrs
import pytest
from sqlalchemy import create_engine

from propflow import SAME, START, Actor, AsyncEngine, Deadline, Engine, Event, State, Workflow
from propflow.decision import replay
from propflow.decision.due import due
from propflow.definition import REDACTED, Redacted, Redaction
from propflow.errors import (
    CannotRedact,
    Conflict,
    EntryRedacted,
    FunctionRaised,
    InvalidArgument,
    NotFound,
)
from propflow.runtime.parking import Parked
from propflow.storage import MemoryStore, OwningStore, Ref
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.runtime.loans import BORROWER, KEEPER, Clock, KeyLoan, Loan

CLERK = Actor("clerk")
PHONE = "13812345678"


def without(loan: Loan) -> Loan:
    return attrs.evolve(loan, borrower="")


def lent(engine: Engine) -> Any:
    opening = KeyLoan.request(key="B1", borrower=PHONE)
    loan = engine.start(opening, by=BORROWER, id="c1", key="k-1")
    return engine.fire(loan, KeyLoan.lend(), by=KEEPER, key="k-2")


def redact(engine: Engine, loan: Any, **options: Any) -> Any:
    options = {"by": CLERK, "reason": "asked", "data": without, "undelivered": True} | options
    return engine.redact(loan, **options)


def test_what_was_said_is_gone_and_who_took_it_stands_there(engine):
    loan = redact(engine, lent(engine))
    assert (loan.data.borrower, loan.data.key, loan.state, loan.revision) == ("", "B1", "lent", 3)
    request, lend, said = engine.history(loan)
    assert request.payload == lend.payload == Redacted(by=3)
    assert (request.event, request.actor, lend.key) == ("request", BORROWER, "k-2")
    assert (said.event, said.actor, said.source, said.target) == (REDACTED, CLERK, "lent", "lent")
    assert isinstance(said.payload, Redaction)
    assert (said.payload.reason, said.payload.entries) == ("asked", (1, 2))
    assert said.payload.fields == ("borrower",)
    assert engine.get("c1", KeyLoan) == loan


def test_nothing_of_it_is_left_in_the_tables(engine, store):
    redact(engine, lent(engine))
    assert not list(engine.find(KeyLoan, where={"borrower": PHONE}))
    assert [case.id for case in engine.find(KeyLoan, where={"borrower": ""})] == ["c1"]
    assert engine.outbox() == ()
    if isinstance(store, SQLStore):
        with store.begin(write=False) as tx:
            for table in store._tables:
                for row in tx.execute(table.select()):
                    assert PHONE not in str(row)


def test_the_case_goes_on_and_is_replayed_from_there(engine):
    loan = redact(engine, lent(engine))
    done = engine.fire(loan, KeyLoan.give_back(returned_in="good"), by=KEEPER)
    assert (done.state, done.previous, done.revision) == ("returned", "lent", 4)
    history = engine.history(done)
    assert replay(KeyLoan, "c1", history) == done
    assert replay(KeyLoan, "c1", history[:3]) == loan
    with pytest.raises(EntryRedacted, match="entry 1 of case 'c1' was redacted, as entry 3"):
        replay(KeyLoan, "c1", history[:2])


def test_entries_that_are_not_named_stay(engine):
    loan = lent(engine)
    loan = engine.fire(loan, KeyLoan.give_back(returned_in="scratched by Mr Li"), by=KEEPER)
    redact(engine, loan, entries=[3], data=lambda d: attrs.evolve(d, returned_in=""))
    history = engine.history("c1")
    assert history[0].payload.borrower == PHONE
    assert history[2].payload == Redacted(by=4)
    assert [message.kind for message in engine.outbox()] == ["Notify"]
    with pytest.raises(EntryRedacted, match="entry 3"):
        replay(KeyLoan, "c1", history[:3])
    assert replay(KeyLoan, "c1", history[:2]).data.borrower == PHONE


def test_a_later_one_takes_what_an_earlier_one_held(engine):
    loan = redact(engine, lent(engine), data=None, reason="first")
    assert loan.data.borrower == PHONE  # as nobody said otherwise
    loan = engine.fire(loan, KeyLoan.remind(), by=BORROWER)
    loan = redact(engine, loan, reason="second")
    history = engine.history(loan)
    assert [entry.payload for entry in history[:3]] == [*[Redacted(by=3)] * 2, Redacted(by=5)]
    assert history[3].payload is None  # there was nothing to take
    said = history[4].payload
    assert said.entries == (3,)
    (earlier,) = said.earlier
    assert (earlier.revision, earlier.reason, earlier.entries) == (3, "first", (1, 2))
    assert replay(KeyLoan, "c1", history) == loan
    third = redact(engine, loan, reason="third")
    assert [each.revision for each in engine.history(third)[5].payload.earlier] == [3, 5]


def test_messages_that_wait_are_not_lost_by_mistake(engine):
    loan = lent(engine)
    with pytest.raises(CannotRedact, match=r"entries\[2\]: its message 0 is yet to be delivered"):
        engine.redact(loan, by=CLERK, reason="asked")
    assert engine.get("c1", KeyLoan) == loan
    assert engine.history(loan)[0].payload.borrower == PHONE
    sent: list[Any] = []
    assert engine.relay({"Notify": sent.append}).sent == 1
    assert engine.redact(loan, by=CLERK, reason="asked").revision == 3
    assert engine.dead_letters() == ()


def test_what_cannot_go_is_refused_at_once(engine):
    loan = lent(engine)
    with pytest.raises(CannotRedact) as refused:
        redact(engine, loan, entries=[1, 7, 9])
    assert [each.where for each in refused.value.problems] == ["entries[7]", "entries[9]"]
    with pytest.raises(CannotRedact, match="data= returned Request"):
        redact(engine, loan, data=lambda _: KeyLoan.request(key="", borrower="").payload)
    with pytest.raises(InvalidArgument, match="says nothing"):
        redact(engine, loan, reason=" ")

    def broken(data: Loan) -> Loan:
        raise KeyError(data)

    with pytest.raises(FunctionRaised):
        redact(engine, loan, data=broken)
    with pytest.raises(NotFound):
        redact(engine, "none")
    engine.fire(loan.id, KeyLoan.remind(), by=BORROWER)
    with pytest.raises(Conflict):
        redact(engine, loan)
    assert [type(entry.payload) for entry in engine.history("c1")].count(Redacted) == 0


def test_a_request_that_comes_again_is_told_what_became_of_it(engine):
    redact(engine, lent(engine), entries=[1])
    opening = KeyLoan.request(key="B1", borrower=PHONE)
    with pytest.raises(EntryRedacted) as told:
        engine.start(opening, by=BORROWER, id="c1", key="k-1")
    assert (told.value.case_id, told.value.revision, told.value.by) == ("c1", 1, 3)
    with pytest.raises(EntryRedacted, match="entry 1"):  # its result was that of entry 1 and 2
        engine.fire("c1", KeyLoan.lend(), by=KEEPER, key="k-2")


def test_other_tenants_and_cases_stay(engine):
    first, second = engine.scoped("p1"), engine.scoped("p2")
    for each in (first, second):
        lent(each)
    with pytest.raises(NotFound):
        redact(engine, "c1")
    redact(first, "c1")
    assert second.get("c1", KeyLoan).data.borrower == PHONE
    assert second.history("c1")[0].payload.borrower == PHONE
    assert len(second.outbox()) == 1


def test_what_fails_later_takes_it_back(engine, store):
    loan = lent(engine)
    before = engine.history(loan)

    def fail() -> None:
        with store.begin(write=True) as tx:
            redact(engine.joined(tx), loan)
            assert engine.joined(tx).history(loan)[0].payload == Redacted(by=3)
            raise KeyError(loan)

    with pytest.raises(KeyError):
        fail()
    assert (engine.get("c1", KeyLoan), engine.history(loan)) == (loan, before)
    assert len(engine.outbox()) == 1
    with store.begin(write=True) as tx:
        after = redact(engine.joined(tx), loan)
    assert engine.get("c1", KeyLoan) == after


def test_steps_that_could_not_be_taken_go_too(engine, clock):
    late = KeyLoan.give_back(returned_in=f"call {PHONE}")
    engine.receive("c1", late, by=KEEPER, key="late")
    lent(engine)
    (parked,) = engine.parked()
    assert isinstance(parked, Parked)
    assert parked.problem is not None
    redact(engine, "c1")
    assert engine.parked() == ()


# Deadlines -------------------------------------------------------------------------------------


@attrs.frozen
class Call:
    phone: str
    days: int


class Calls(Workflow[Call]):
    open_ = State(zh="待回访", en="Open")
    asked = State(zh="已回访", en="Asked", final=True)

    begin = Event(Call, START >> open_, zh="登记", en="Begin")
    urge = Event(open_ >> SAME, zh="催办", en="Urge")
    close = Event(open_ >> asked, zh="回访", en="Close")

    late = Deadline(
        open_, after=lambda call, _: timedelta(days=call.days), fires=urge, zh="超时", en="Late"
    )


def test_deadlines_stay_and_are_computed_from_what_is_left(store):
    clock = Clock()
    engine = Engine(store, [Calls], clock=clock)
    case = engine.start(Calls.begin(phone=PHONE, days=3), by=CLERK, id="c1")
    before = engine.next_due()
    case = engine.redact(
        case, by=CLERK, reason="asked", data=lambda call: attrs.evolve(call, phone="")
    )
    assert engine.next_due() == before
    with store.begin(write=False) as tx:
        kept = store.due(tx, Ref("", "c1"))
    history = engine.history("c1")
    assert kept == list(due(Calls.spec, history, [case.data] * len(history)))
    clock.now += timedelta(days=4)
    assert engine.run_due().fired == 1
    assert engine.clocks("c1")[0].fired_at is not None
    with pytest.raises(CannotRedact, match=r"entries\[9\]"):
        engine.redact("c1", by=CLERK, reason="again", entries=[9])


# Stores ----------------------------------------------------------------------------------------


class Reading:
    """A store that keeps cases and redacts nothing."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        if name == "redact":
            raise AttributeError(name)
        return getattr(self._store, name)


def test_a_store_that_redacts_nothing_says_so():
    store: OwningStore[Any] = Reading(MemoryStore())  # type: ignore[assignment]
    engine = Engine(store, [KeyLoan])
    loan = lent(engine)
    with pytest.raises(InvalidArgument, match="must be a RedactingStore"):
        redact(engine, loan)


@pytest.mark.parametrize("server", ["sqlite", "postgres", "mariadb"])
def test_awaited_it_is_the_same(server, tmp_path, request):
    url = f"sqlite:///{tmp_path / 'a.db'}"
    if server != "sqlite":
        url = request.getfixturevalue(server)
    host = create_engine(url)
    made = SQLStore(host, prefix="awaited_")
    made.create_tables()
    plain = Engine(made, [KeyLoan])
    with made.begin(write=True) as tx:
        for table in reversed([*made._tables]):
            tx.execute(table.delete())
    loan = lent(plain)

    async def awaited() -> Any:
        store = AsyncSQLStore(url.replace("+pymysql", "+asyncmy"), prefix="awaited_")
        engine = AsyncEngine(store, [KeyLoan])
        try:
            done = await engine.redact(
                loan, by=CLERK, reason="asked", data=without, undelivered=True
            )
            return done, await engine.history("c1")
        finally:
            await store.close()

    done, history = asyncio.run(awaited())
    assert plain.get("c1", KeyLoan) == done
    assert plain.history("c1") == history
    assert [found.alteration for found in made.audit()] == [None]
    host.dispose()
