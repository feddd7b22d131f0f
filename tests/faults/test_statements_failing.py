"""A serialization failure, a deadlock or a lock timeout at every statement, before and after it.

What the database does to the transaction is done to it too: PostgreSQL takes no more statements,
MariaDB rolls a transaction back that lost a deadlock.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import attrs
import psycopg
import pymysql
import pytest
from sqlalchemy import func, select

from propflow import Engine
from propflow.errors import StoreUnavailable
from propflow.storage.sqlalchemy import SQLStore, connect
from tests.faults.drivers import AFTER, BEFORE, BEGIN, COMMIT, ROLLBACK, watched, watched_far_away
from tests.faults.invariants import EVENING, Found, Inbox, examine, settled
from tests.faults.rounds import GUARD, MORNING, Round
from tests.faults.sizes import THOROUGH
from tests.runtime.test_relaying import expire_leases
from tests.storage.conftest import new_store


def _busy(code: int) -> Callable[[], Exception]:
    def make() -> Exception:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = code
        return error

    return make


ERRORS: dict[str, dict[str, Callable[[], Exception]]] = {
    "sqlite": {"busy": _busy(5), "busy snapshot": _busy(517), "locked": _busy(6)},
    "postgresql": {
        "serialization": lambda: psycopg.errors.SerializationFailure("could not serialize"),
        "deadlock": lambda: psycopg.errors.DeadlockDetected("deadlock detected"),
        "lock timeout": lambda: psycopg.errors.LockNotAvailable("lock timeout"),
    },
    "mariadb": {
        "serialization": lambda: pymysql.err.OperationalError(1020, "Record has changed"),
        "deadlock": lambda: pymysql.err.OperationalError(1213, "Deadlock found"),
        "lock timeout": lambda: pymysql.err.OperationalError(1205, "Lock wait timeout exceeded"),
    },
}


@attrs.define
class Strike:
    """Counts what a driver is told to do, and fails at one place.

    Attributes:
        at: Which one fails, from 0; nobody if `None`.
        make: Makes the error.
        seen: When and what, since this strike was told to `begin`.
        struck: Whether the place was reached.
    """

    at: int | None = None
    make: Callable[[], Exception] = RuntimeError
    seen: list[tuple[str, str]] | None = None
    struck: bool = False

    def begin(self, at: int | None, make: Callable[[], Exception] = RuntimeError) -> None:
        self.at, self.make, self.seen, self.struck = at, make, [], False

    def end(self) -> list[tuple[str, str]]:
        seen, self.seen = self.seen or [], None
        return seen

    def __call__(self, when: str, text: str, connection: Any) -> None:
        if self.seen is None or text in (BEGIN, ROLLBACK):
            return
        place = len(self.seen)
        self.seen.append((when, text))
        if place != self.at:
            return
        self.struck = True
        error = self.make()
        if not committed(self.seen):
            _done_to_it(error, connection, ends=text == COMMIT)
        raise error


def committed(seen: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a transaction was committed; far away its last statement does that too."""
    return any(when == AFTER and text.endswith(COMMIT) for when, text in seen)


def _done_to_it(error: Exception, connection: Any, *, ends: bool) -> None:
    """Do to a transaction what its database does: a COMMIT that fails ends it, but on SQLite."""
    if isinstance(error, psycopg.Error):
        if ends:
            psycopg.Connection.rollback(connection)
        else:
            with suppress(psycopg.Error):
                psycopg.Cursor(connection).execute("SELECT 1 / 0")
    elif isinstance(error, pymysql.Error) and (ends or error.args[0] in (1020, 1213)):
        pymysql.connections.Connection.rollback(connection)


@attrs.frozen
class Room:
    """A store whose driver can be struck, and an engine on it.

    Attributes:
        store: The store.
        morning: An engine while rounds begin.
        evening: One when all of them are to be urged.
        strike: What makes it fail.
    """

    store: SQLStore
    morning: Engine
    evening: Engine
    strike: Strike

    def rows(self) -> list[int]:
        with self.store.begin(write=False) as tx:
            return [
                tx.execute(select(func.count()).select_from(table)).scalar_one()
                for table in self.store._tables
            ]


@pytest.fixture(params=["sqlite", "postgres", "postgres far away", "mariadb"])
def room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    name, far, _ = request.param.partition(" far")
    monkeypatch.setattr(connect, "_NEAR", 0.0 if far else math.inf)
    for empty in new_store(request.getfixturevalue(name)):
        strike = Strike()
        store = SQLStore(empty._engine.url.render_as_string(hide_password=False))
        watched(store._engine, strike)
        watched_far_away(monkeypatch, strike)
        morning, evening = (
            Engine(store, [Round], clock=clock) for clock in (lambda: MORNING, lambda: EVENING)
        )
        yield Room(store, morning, evening, strike)
        store.close()


def struck_everywhere(
    room: Room, prepare: Callable[[str], object], call: Callable[[str], object]
) -> Iterator[tuple[str, bool]]:
    """Make a call fail at every place; yield its name, and whether it had committed by then."""
    prepare("clean")
    room.rows()  # a connection that is made now is not made in what is struck
    room.strike.begin(None)
    call("clean")
    places = room.strike.end()
    assert {when for when, _ in places} == {BEFORE, AFTER}
    assert committed(places)
    yield "clean", True
    for kind, make in ERRORS[room.store._engine.dialect.name].items():
        for place, (when, text) in enumerate(places):
            name, done = f"{kind} {when} {place}", committed(places[: place + 1])
            prepare(name)
            before = room.rows()
            room.strike.begin(place, make)
            with pytest.raises(StoreUnavailable):
                call(name)
            room.strike.end()
            assert room.strike.struck
            assert (room.rows() == before) is not done, (name, text)
            yield name, done


def start(room: Room, name: str) -> None:
    room.morning.start(Round.set_out(token=name), by=GUARD, id=name, key=name)


def stop(room: Room, name: str, case: str | None = None) -> None:
    token = f"stop {name}"
    room.morning.receive(case or name, Round.stop(token=token), by=GUARD, key=token)


def test_an_opening(room: Room) -> None:
    def call(name: str) -> None:
        start(room, name)

    names: list[str] = []
    for name, _ in struck_everywhere(room, lambda _: None, call):
        call(name)  # with its key
        names.append(name)
    given = settled(room.store)
    assert examine(room.store, acknowledged=names, given=given, urged=True) == Found()


def test_a_step(room: Room) -> None:
    def call(name: str) -> None:
        room.morning.fire(name, Round.stop(token=f"stop {name}"), by=GUARD, key=f"stop {name}")

    names: list[str] = []
    for name, _ in struck_everywhere(room, lambda name: start(room, name), call):
        call(name)
        names += [name, f"stop {name}"]
    given = settled(room.store)
    assert examine(room.store, acknowledged=names, given=given, urged=True) == Found()


def test_many_steps_in_one_commit(room: Room) -> None:
    start(room, "a")
    start(room, "b")

    def call(name: str) -> None:
        stops = [("a", f"1 {name}"), ("b", f"2 {name}"), ("a", f"3 {name}")]
        room.morning.fire_many([(case, Round.stop(token=t)) for case, t in stops], by=GUARD)

    tokens = ["a", "b"]
    for name, done in struck_everywhere(room, lambda _: None, call):
        if not done:  # they have no keys: a host that does not know looks
            call(name)
        tokens += [f"{n} {name}" for n in (1, 2, 3)]
    given = settled(room.store)
    assert examine(room.store, acknowledged=tokens, given=given, urged=True) == Found()


def test_a_step_that_comes_before_its_case(room: Room) -> None:
    names: list[str] = []
    for name, _ in struck_everywhere(room, lambda _: None, lambda name: stop(room, name)):
        stop(room, name)
        start(room, name)
        names += [name, f"stop {name}"]
    for name, _ in struck_everywhere(
        room,
        lambda name: stop(room, f"later {name}"),
        lambda name: start(room, f"later {name}"),
    ):
        start(room, f"later {name}")
        names += [f"later {name}", f"stop later {name}"]
    given = settled(room.store)
    assert examine(room.store, acknowledged=names, given=given, urged=True) == Found()
    assert room.morning.parked() == ()


def struck_at_work(room: Room, call: Callable[[], object]) -> list[str]:
    """Make work of several transactions fail at every place; return the rounds that it was of."""

    def prepare(name: str) -> list[str]:
        rounds = [f"{name} {n}" for n in range(2)]
        for each in rounds:
            start(room, each)
        return rounds

    rounds = prepare("clean")
    room.rows()
    room.strike.begin(None)
    call()
    places = room.strike.end()
    assert sum(when == AFTER and text.endswith(COMMIT) for when, text in places) > 1
    errors = ERRORS[room.store._engine.dialect.name]
    for turn in range(len(errors) if THOROUGH else 1):
        for place, (when, _) in enumerate(places):
            kind = list(errors)[(place + turn) % len(errors)]
            rounds += prepare(f"{kind} {when} {place}")
            room.strike.begin(place, errors[kind])
            with suppress(StoreUnavailable):  # or a sweep has tried one by one
                call()
            room.strike.end()
            assert room.strike.struck
            expire_leases(room.store)
            call()
    return rounds


def test_a_sweep(room: Room) -> None:
    rounds = struck_at_work(room, room.evening.run_due)
    assert room.evening.run_due().fired == 0
    given = settled(room.store)
    assert examine(room.store, acknowledged=rounds, given=given, urged=True) == Found()


def test_a_relay(room: Room) -> None:
    inbox = Inbox()
    rounds = struck_at_work(room, lambda: room.evening.relay(inbox.handlers))
    assert room.evening.relay(inbox.handlers).tried == 0
    assert room.evening.outbox() == room.evening.dead_letters() == ()
    # Delivered, and struck before that was written: once more, under the same id.
    assert max(Counter(inbox.ids).values()) <= 2
    assert examine(room.store, acknowledged=rounds, given=set(inbox.ids)) == Found()
