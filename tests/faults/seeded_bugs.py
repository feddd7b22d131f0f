"""Stores, engines and clients with one bug each, as people write them; the harness must notice all.

`live` is a short life with faults in it. `SOUND` comes through it; what the others do wrong shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import attrs
from sqlalchemy import Column, Connection, MetaData, String, Table, delete, insert, select, update

from propflow import Engine
from propflow.errors import Conflict, StoreUnavailable
from propflow.storage import Change, Kind, Ref, Snapshot, Wanted
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.invariants import EVENING, Found, Inbox, examine
from tests.faults.rounds import GUARD, MORNING, Round
from tests.runtime.test_relaying import expire_leases
from tests.testing.faulty_stores import onto

NOTES = Table("host_note", MetaData(), Column("token", String(40), primary_key=True))


class Frail(SQLStore):
    """The sound store, whose commits fail before or after, and whose reads are old, when told so.

    Attributes:
        fails: ``before`` or ``after``, for the next commit; the caller hears the same of both.
        old: What the next read returns instead.
    """

    fails = ""
    old: Snapshot | None = None

    @contextmanager
    def begin(self, *, write: bool):
        fails = ""
        if write:
            fails, self.fails = self.fails, ""
        with super().begin(write=write) as tx:
            yield tx
            if fails == "before":
                raise StoreUnavailable("the database hung up")
        if fails == "after":
            raise StoreUnavailable("the database hung up")

    def load(self, tx: Connection, refs: Sequence[Ref], *, lock: bool = False):
        if self.old is None:
            return super().load(tx, refs, lock=lock)
        old, self.old = self.old, None
        return [old]


class NoTransaction(Frail):
    """Writes each change for good at once."""

    def apply(self, tx: Connection, changes: Sequence[Change], *, last: bool = False):
        outcomes = super().apply(tx, changes, last=last)
        if self._connections.running(tx):
            tx.connection.driver_connection.commit()
        return outcomes


class EarlyAnswer(Frail):
    """Answers before it knows what became of the commit."""

    @contextmanager
    def begin(self, *, write: bool):
        with suppress(StoreUnavailable), super().begin(write=write) as tx:
            yield tx


class NoDedupe(Frail):
    """Keeps no keys."""

    def apply(self, tx: Connection, changes: Sequence[Change], *, last: bool = False):
        keyless = [attrs.evolve(c, entry=attrs.evolve(c.entry, key=None)) for c in changes]
        return super().apply(tx, keyless, last=last)


class ABAOnState(Frail):
    """Compares the state alone, which is the same again after a step in place."""

    def apply(self, tx: Connection, changes: Sequence[Change], *, last: bool = False):
        outcomes = []
        for change in changes:
            (case,) = self.load(tx, [change.snapshot.ref]) if change.expected else (None,)
            if case is not None and case.state == change.entry.source:
                change = onto(change, case)  # noqa: PLW2901 - the bug is to go on with another
            outcomes += super().apply(tx, [change])
        return outcomes


class LostMessage(Frail):
    """Writes no message with a step that has a key with a 3 in it, as a cache might forget one."""

    def apply(self, tx: Connection, changes: Sequence[Change], *, last: bool = False):
        kept = [attrs.evolve(c, messages=()) if "3" in (c.entry.key or "") else c for c in changes]
        return super().apply(tx, kept, last=last)


class EntryOutside(Frail):
    """Logs a step without a key when the transaction is over, whatever became of it."""

    @contextmanager
    def begin(self, *, write: bool):
        self.logged: list[Change] = []
        try:
            with super().begin(write=write) as tx:
                yield tx
        finally:
            for change in self.logged if write else ():
                with self._engine.begin() as own:
                    own.execute(insert(self._tables.history).prefix_with("OR IGNORE"), _row(change))

    def apply(self, tx: Connection, changes: Sequence[Change], *, last: bool = False):
        self.logged += [change for change in changes if change.entry.key is None]
        return super().apply(tx, changes, last=last)


def _row(change: Change) -> dict[str, Any]:
    entry = attrs.asdict(change.entry, recurse=False)
    ref = change.snapshot.ref
    return {**entry, "roles": "[]", "tenant": ref.tenant, "case_id": ref.id, "seal": ""}


class EditsHistory(Frail):
    """Marks entries that are written as late."""

    def apply(self, tx: Connection, changes: Sequence[Change], *, last: bool = False):
        outcomes = super().apply(tx, changes, last=last)
        tx.execute(update(self._tables.history).values(late=True))
        return outcomes


class NoLease(Frail):
    """Hands out messages that somebody else holds."""

    def claim(self, tx: Connection, wanted: Wanted):
        if wanted.kind is Kind.OUTBOX:
            tx.execute(update(self._tables.outbox).values(leased_until=None, status="pending"))
        return super().claim(tx, attrs.evolve(wanted, limit=min(wanted.limit, 3)))

    def settle(self, tx: Connection, settlements: Sequence[Any]):
        super().settle(tx, settlements)
        return [True for _ in settlements]


class DropsWhatIsDue(Frail):
    """Strikes a deadline off the list when a sweep takes it, and not when it has fired."""

    @contextmanager
    def begin(self, *, write: bool):
        self.taken: list[Any] = []
        with super().begin(write=write) as tx:
            yield tx
            for claim in self.taken:
                rows = self._tables.deadline
                tx.execute(delete(rows).where(rows.c.case_id == claim.ref.id))

    def claim(self, tx: Connection, wanted: Wanted):
        claims = super().claim(tx, wanted)
        if wanted.kind is Kind.DEADLINES:
            self.taken += claims
        return claims


class Killed(BaseException):
    """The end of a process: nothing catches it."""


def same_key(token: str, attempt: int) -> str:
    return token


def new_key(token: str, attempt: int) -> str:
    return f"{token}, attempt {attempt}"


def relay(engine: Engine, handler: Callable[[Any], None]) -> None:
    """Relay as propflow does."""
    engine.relay({"Notify": handler}, limit=20)


def mark_before_send(engine: Engine, handler: Callable[[Any], None]) -> None:
    """Write that messages are sent, and send them."""
    taken: list[Any] = []
    engine.relay({"Notify": taken.append})
    for delivery in taken:
        handler(delivery)


def with_the_step(engine: Engine, token: str, case: str) -> None:
    """Write the host's row in the transaction of the step."""
    store: Any = engine._store
    with store._engine.connect() as connection, connection.begin():
        connection.execute(insert(NOTES), {"token": token})
        flow = engine.joined(connection)
        flow.fire(case, Round.stop(token=token), by=GUARD, key=token)
        if token.startswith("given up"):
            raise Killed


def beside_the_step(engine: Engine, token: str, case: str) -> None:
    """Write the host's row in a transaction of its own, first."""
    store: Any = engine._store
    with store._engine.begin() as connection:
        connection.execute(insert(NOTES), {"token": token})
    if token.startswith("given up"):
        raise Killed
    engine.fire(case, Round.stop(token=token), by=GUARD, key=token)


@attrs.frozen
class Plant:
    """One bug.

    Attributes:
        store: The store.
        key: What key a client sends with a token at an attempt.
        relay: How messages are handed on.
        host: How the host writes a row of its own with a step.
    """

    store: type[Frail] = Frail
    key: Callable[[str, int], str] = same_key
    relay: Callable[[Engine, Callable[[Any], None]], None] = relay
    host: Callable[[Engine, str, str], None] = with_the_step


SOUND = Plant()
BUGS: dict[str, tuple[Plant, str]] = {
    "no transaction": (Plant(store=NoTransaction), "phantom"),
    "early answer": (Plant(store=EarlyAnswer), "lost"),
    "new id on retry": (Plant(key=new_key), "doubled"),
    "mark before send": (Plant(relay=mark_before_send), "lost"),
    "no dedupe": (Plant(store=NoDedupe), "doubled"),
    "ABA on state": (Plant(store=ABAOnState), "broken"),
    "lost message": (Plant(store=LostMessage), "broken"),
    "entry outside of the transaction": (Plant(store=EntryOutside), "broken"),
    "edited history": (Plant(store=EditsHistory), "broken"),
    "no lease": (Plant(store=NoLease), "doubled"),
    "deadline dropped when taken": (Plant(store=DropsWhatIsDue), "lost"),
    "the host's row beside the step": (Plant(host=beside_the_step), "broken"),
}
"""Each bug, and what the harness says of it."""


def live(url: str, plant: Plant) -> Found:
    """Live through commits that fail, answers that are lost, old reads and crashes."""
    store = plant.store(url)
    store.create_tables()
    NOTES.create(store._engine)
    engine = Engine(store, [Round], clock=lambda: MORNING)
    tokens = ["a", "b", "c"]
    for case in tokens:
        engine.start(Round.set_out(token=case), by=GUARD, id=case, key=case)
    for number, fails in enumerate(["", "before", "after", "", "after", "before"]):
        case, token = "abc"[number % 3], f"t{number}"
        store.fails = fails
        _ask(engine, plant, case, token)
        tokens.append(token)
    _with_an_old_read(store, engine, plant)
    tokens += ["newer", "older"]
    store.fails = "before"
    with suppress(StoreUnavailable):  # its caller gives up, and nobody asks again
        engine.fire("a", Round.stop(token="given up"), by=GUARD)
        tokens.append("given up")  # it was answered
    _with_the_host(engine, plant)
    tokens += ["h1", "h2"]
    ids = _afterwards(store, plant)
    with store._engine.connect() as connection:
        notes = list(connection.execute(select(NOTES.c.token)).scalars())
    notes += [token for token in tokens if not token.startswith("h")]
    found = examine(store, acknowledged=tokens, given=ids, urged=True, host=notes)
    store.close()
    return found


def _ask(engine: Engine, plant: Plant, case: str, token: str) -> None:
    """Ask until there is an answer, as a client does that has not heard any."""
    for attempt in range(3):
        with suppress(StoreUnavailable):
            key = plant.key(token, attempt)
            engine.fire(case, Round.stop(token=token), by=GUARD, key=key)
            return


def _with_an_old_read(store: Frail, engine: Engine, plant: Plant) -> None:
    """Take a step on a case as it was before another step."""
    with store.begin(write=False) as tx:
        (old,) = store.load(tx, [Ref("", "c")])
    _ask(engine, plant, "c", "newer")
    store.old = old
    try:
        engine.fire("c", Round.stop(token="older"), by=GUARD, expected_revision=old.revision)
    except Conflict:
        store.old = None
        engine.fire("c", Round.stop(token="older"), by=GUARD)


def _with_the_host(engine: Engine, plant: Plant) -> None:
    for token in ("h1", "given up by the host", "h2"):
        with suppress(Killed):
            plant.host(engine, token, "b")


def _afterwards(store: Frail, plant: Plant) -> Iterable[str]:
    """Sweep and relay, each with a crash in it; return the ids as a handler was given them."""
    engine = Engine(store, [Round], clock=lambda: EVENING)
    for fails in ("", "before"):
        store.fails = fails
        with suppress(StoreUnavailable):
            engine.run_due(limit=1)
    expire_leases(store)
    while engine.run_due().fired:
        pass
    inbox = Inbox()

    def dies_at_the_third(delivery: Any) -> None:
        if len(inbox.ids) == 2:
            raise Killed
        inbox(delivery)

    with suppress(Killed):
        plant.relay(engine, dies_at_the_third)
    expire_leases(store)
    for _ in range(9):
        plant.relay(engine, inbox)
    return inbox.ids
