"""Messages leave through the relay, at least once and in order, on every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from sqlalchemy import update

from propflow import Actor, Engine, Notify
from propflow.errors import InvalidArgument, NaiveDatetime, TenancyError
from propflow.runtime import Backoff, Delivery
from propflow.storage import MemoryStore, OwningStore
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import Clock
from tests.runtime.parcels import Delivered, Printed

DESK = Actor("d1")
MINUTE = timedelta(minutes=1)
EXACT = Backoff(first=MINUTE, attempts=3, chance=lambda: 1.0)


@pytest.fixture
def engine(store: OwningStore[Any], clock: Clock) -> Engine:
    return Engine(store, [Delivered], clock=clock)


class Inbox:
    """A handler that keeps what it is given, and fails as it is told."""

    def __init__(self) -> None:
        self.got: list[Delivery[Any]] = []
        self.fails: Callable[[Delivery[Any]], bool] = lambda _: False

    def __call__(self, delivery: Delivery[Any]) -> None:
        self.got.append(delivery)
        if self.fails(delivery):
            raise ConnectionError("no answer")

    @property
    def handlers(self) -> dict[Any, Any]:
        return {Notify: self, Printed: self}

    def topics(self, case_id: str = "1") -> list[str]:
        return [
            getattr(each.effect, "topic", "printed") for each in self.got if each.case_id == case_id
        ]


def brought(engine: Engine, case_id: str = "1") -> None:
    engine.start(Delivered.bring(weight=3), by=DESK, id=case_id)
    engine.fire(case_id, Delivered.shelve(shelf="A"), by=DESK)
    engine.fire(case_id, Delivered.fetch(), by=DESK)


def expire_leases(store: OwningStore[Any]) -> None:
    """Let all leases end, as if their time had passed on the store's own clock."""
    if isinstance(store, MemoryStore):
        clock = store._clock
        store._clock = lambda: clock() + timedelta(days=1)
        return
    assert isinstance(store, SQLStore)
    past = datetime(2000, 1, 1, tzinfo=UTC)
    with store.begin(write=True) as tx:
        for table in (store._tables.outbox, store._tables.deadline):
            held = table.c.leased_until.is_not(None)
            tx.execute(update(table).where(held).values(leased_until=past))


def test_every_message_is_delivered_once_and_in_order(engine: Engine) -> None:
    for case_id in ("1", "2"):
        brought(engine, case_id)
    inbox = Inbox()
    assert [each.case_id for each in engine.outbox()] == ["1", "1", "1", "1", "2", "2", "2", "2"]
    relayed = engine.relay(inbox.handlers)
    assert (relayed.sent, relayed.undelivered, relayed.lost, relayed.tried) == (8, (), 0, 8)
    for case_id in ("1", "2"):
        assert inbox.topics(case_id) == ["printed", "arrived", "shelved", "fetched"]
    assert engine.relay(inbox.handlers).tried == 0
    assert (engine.outbox(), engine.dead_letters()) == ((), ())


def test_a_delivery_says_what_and_whence(engine: Engine) -> None:
    brought(engine, "a/b%")
    inbox = Inbox()
    engine.relay(inbox.handlers)
    first, second, *_ = inbox.got
    assert first.effect == Printed("label", Decimal("1.50"), (1, 2))
    assert second.effect == Notify("arrived", to="desk")
    assert [each.id for each in inbox.got] == [
        "/a%2Fb%25/1/0",
        "/a%2Fb%25/1/1",
        "/a%2Fb%25/2/0",
        "/a%2Fb%25/3/0",
    ]
    entry = engine.history("a/b%")[0]
    assert (first.kind, first.tenant, first.case_id) == ("Printed", "", "a/b%")
    assert (first.revision, first.index, first.attempt) == (1, 0, 1)
    assert first.recorded_at == entry.recorded_at


def test_a_handler_by_name_is_given_plain_fields(engine: Engine) -> None:
    brought(engine)
    inbox = Inbox()
    assert engine.relay({"Printed": inbox}).sent == 1
    assert inbox.got[0].effect == {"text": "label", "price": "1.50", "copies": [1, 2]}


def test_what_has_no_handler_stays_and_holds_up_nothing(engine: Engine) -> None:
    brought(engine)
    inbox = Inbox()
    assert engine.relay({Notify: inbox}).sent == 3
    (left,) = engine.outbox()
    assert (left.kind, left.attempts, left.problem) == ("Printed", 0, None)
    assert engine.relay({Printed: inbox}).sent == 1
    assert inbox.topics() == ["arrived", "shelved", "fetched", "printed"]


def test_a_failure_is_tried_again_and_holds_up_its_case_alone(engine: Engine, clock: Clock) -> None:
    for case_id in ("1", "2"):
        brought(engine, case_id)
    inbox = Inbox()
    inbox.fails = lambda each: each.case_id == "1"
    relayed = engine.relay(inbox.handlers, retry=EXACT)
    assert relayed.sent == 4
    (failed,) = relayed.undelivered
    assert (failed.id, failed.attempts) == ("/1/1/0", 1)
    assert failed.problem == "ConnectionError: no answer"
    assert failed.not_before is not None
    assert engine.outbox()[0].recorded_at == failed.recorded_at
    assert failed in engine.outbox()
    assert engine.relay(inbox.handlers, retry=EXACT).tried == 0

    clock.now += MINUTE
    (again,) = engine.relay(inbox.handlers, retry=EXACT).undelivered
    assert again.attempts == 2
    assert again.not_before is not None
    assert timedelta(0) < again.not_before - clock.now <= 2 * MINUTE
    inbox.fails = lambda _: False
    clock.now += 2 * MINUTE
    assert engine.relay(inbox.handlers, retry=EXACT).sent == 4
    assert inbox.topics("1") == ["printed"] * 3 + ["arrived", "shelved", "fetched"]
    assert [each.attempt for each in inbox.got if each.case_id == "1"] == [1, 2, 3, 1, 1, 1]


def test_a_dead_message_is_seen_holds_up_nothing_and_can_be_requeued(
    engine: Engine, clock: Clock
) -> None:
    brought(engine)
    inbox = Inbox()
    inbox.fails = lambda each: each.kind == "Printed"
    for _ in range(3):
        assert engine.dead_letters() == ()
        relayed = engine.relay(inbox.handlers, retry=EXACT)
        clock.now += timedelta(hours=1)
    (dead,) = engine.dead_letters()
    assert relayed.undelivered == (dead,)
    assert (dead.id, dead.attempts, dead.not_before) == ("/1/1/0", 3, None)
    assert dead.problem == "ConnectionError: no answer"
    assert relayed.sent == 3
    assert (engine.relay(inbox.handlers).tried, engine.outbox()) == (0, ())

    inbox.fails = lambda _: False
    engine.requeue(dead.id)
    (waiting,) = engine.outbox()
    assert (waiting.id, waiting.attempts, waiting.problem) == (dead.id, 0, None)
    assert engine.relay(inbox.handlers).sent == 1
    assert (engine.dead_letters(), engine.outbox()) == ((), ())
    assert inbox.got[-1].attempt == 1


@pytest.mark.parametrize(
    "message", ["/1/1/0", "/1/1/9", "other/1/1/0", "", "/1/x/0", "/1/1/-1", "nonsense"]
)
def test_only_what_is_dead_can_be_requeued(engine: Engine, message: str) -> None:
    brought(engine)
    with pytest.raises(InvalidArgument, match="no dead message"):
        engine.requeue(message)


def test_a_message_that_cannot_be_read_fails_and_is_seen(engine: Engine) -> None:
    brought(engine)

    class Printed(Notify):  # another class of the name, with other fields
        pass

    (unread,) = engine.relay({Printed: Inbox()}, retry=EXACT).undelivered
    assert "UnreadableData" in (unread.problem or "")


def test_a_relay_delivers_no_more_than_its_limit(engine: Engine) -> None:
    brought(engine)
    inbox = Inbox()
    assert [engine.relay(inbox.handlers, limit=3).sent for _ in range(3)] == [3, 1, 0]
    assert inbox.topics() == ["printed", "arrived", "shelved", "fetched"]


def test_a_handler_past_its_lease_has_lost_its_message(
    store: OwningStore[Any], engine: Engine
) -> None:
    """Another relay delivers it meanwhile; the first may then say nothing of it."""
    brought(engine)
    other = Inbox()

    def hang(delivery: Delivery[Any]) -> None:
        expire_leases(store)
        assert engine.relay(other.handlers).sent == 4

    relayed = engine.relay({Printed: hang})
    assert (relayed.sent, relayed.lost) == (0, 1)
    assert other.topics() == ["printed", "arrived", "shelved", "fetched"]
    assert (engine.outbox(), engine.dead_letters()) == ((), ())
    assert engine.relay(other.handlers).tried == 0


def test_a_claim_that_was_lost_while_it_waited_is_not_delivered(
    store: OwningStore[Any], engine: Engine
) -> None:
    for case_id in ("1", "2"):
        brought(engine, case_id)
    other, seen = Inbox(), Inbox()

    def hang(delivery: Delivery[Any]) -> None:
        seen(delivery)
        expire_leases(store)
        engine.relay({"Printed": other})

    relayed = engine.relay({Printed: hang})
    assert (relayed.sent, relayed.lost, len(seen.got), len(other.got)) == (0, 2, 1, 2)


def test_two_relays_at_once_get_different_messages(engine: Engine) -> None:
    for n in range(4):
        brought(engine, str(n))
    one = engine._relay(Inbox().handlers, 3, EXACT, MINUTE)
    two = engine._relay(Inbox().handlers, 3, EXACT, MINUTE)
    first, second = engine._part(next(one)), engine._part(next(two))
    assert (len(first), len(second)) == (3, 1)
    assert {each.ref for each in first}.isdisjoint(each.ref for each in second)


def test_a_relay_is_of_one_tenant(store: OwningStore[Any], clock: Clock) -> None:
    engine = Engine(store, [Delivered], clock=clock, tenancy="required")
    north, south = engine.scoped("north"), engine.scoped("south")
    brought(north)
    brought(south)
    inbox = Inbox()
    inbox.fails = lambda _: True
    dead = north.relay(inbox.handlers, retry=Backoff(attempts=1)).undelivered
    assert {each.tenant for each in inbox.got} == {"north"}
    assert (len(dead), len(north.dead_letters())) == (4, 4)
    assert (len(south.outbox()), south.dead_letters()) == (4, ())
    with pytest.raises(InvalidArgument):
        south.requeue(dead[0].id)
    assert north.prune_outbox(before=clock.now) == 0
    for call in (
        lambda: engine.relay(inbox.handlers),
        engine.outbox,
        engine.dead_letters,
        lambda: engine.requeue(dead[0].id),
        lambda: engine.prune_outbox(before=clock.now),
    ):
        with pytest.raises(TenancyError):
            call()


def test_messages_that_were_sent_can_be_pruned(engine: Engine, clock: Clock) -> None:
    brought(engine)
    engine.relay({Notify: Inbox()})
    assert engine.prune_outbox(before=clock.now - timedelta(days=1)) == 0
    later = clock.now + MINUTE
    assert [engine.prune_outbox(before=later, limit=2) for _ in range(3)] == [2, 1, 0]
    assert [each.kind for each in engine.outbox()] == ["Printed"]
    assert engine.get("1", Delivered).revision == 3
    with pytest.raises(NaiveDatetime):
        engine.prune_outbox(before=clock.now.replace(tzinfo=None))


def test_what_a_relay_cannot_take_is_refused(engine: Engine) -> None:
    inbox = Inbox()

    async def awaited(delivery: Delivery[Any]) -> None:
        raise AssertionError

    wrong: list[dict[Any, Any]] = [{}, {Notify: inbox, "Notify": inbox}, {Notify: awaited}]
    for handlers in wrong:
        with pytest.raises(InvalidArgument, match="handlers"):
            engine.relay(handlers)
    for limit in (0, -1):
        for call in (
            lambda limit=limit: engine.relay(inbox.handlers, limit=limit),
            lambda limit=limit: engine.outbox(limit=limit),
            lambda limit=limit: engine.dead_letters(limit=limit),
            lambda limit=limit: engine.prune_outbox(before=inbox.got, limit=limit),
        ):
            with pytest.raises(InvalidArgument, match="limit"):
                call()
    with (
        engine._store.begin(write=True) as tx,
        pytest.raises(InvalidArgument, match="transactions of its own"),
    ):
        engine.joined(tx).relay(inbox.handlers)


def test_a_handler_that_turns_out_asynchronous_has_failed(engine: Engine) -> None:
    brought(engine)

    async def awaited(delivery: Delivery[Any]) -> None:
        raise AssertionError

    hidden = attrs.make_class("Hidden", [], class_body={"__call__": lambda _, each: awaited(each)})
    (failed,) = engine.relay({Printed: hidden()}).undelivered
    assert "AsyncEngine awaits it" in (failed.problem or "")


def test_what_is_rolled_back_sends_nothing(engine: Engine) -> None:
    def fail() -> None:
        with engine._store.begin(write=True) as tx:
            engine.joined(tx).start(Delivered.bring(weight=1), by=DESK, id="1")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert engine.outbox() == ()


@pytest.mark.parametrize(
    "message_id",
    [None, 7, b"/1/1/0", "", "/1/1", "/1/99999999999/0", "/\ud800/1/0", "/%00/1/0", "/1/1/-1"],
)
def test_what_cannot_be_the_id_of_a_message_is_refused(engine: Engine, message_id: Any) -> None:
    with pytest.raises(InvalidArgument, match="names no dead message of this tenant"):
        engine.requeue(message_id)
