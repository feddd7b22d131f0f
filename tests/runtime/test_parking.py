"""Steps that come late, twice and before their case, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from threading import Barrier
from typing import Any

import attrs
import pytest

from propflow import START, Action, Actor, Case, Engine, Event, Refused, StartCase, State, Workflow
from propflow.decision import replay
from propflow.errors import (
    CaseExists,
    InvalidArgument,
    InvalidPayload,
    KeyReused,
    TenancyError,
    UnknownEvent,
)
from propflow.runtime import Parked
from propflow.storage import OwningStore
from tests.runtime.loans import BORROWER, Clock, KeyLoan
from tests.runtime.parcels import Delivered, Parcel

DESK = Actor("d1", roles=["desk", "guard"])
MINUTE = timedelta(minutes=1)


class Errand(Workflow[Parcel]):
    """Whoever asks for it is brought a parcel, under the name that it has already."""

    asked = State(zh="已托", en="Asked", final=True)
    ask = Event(
        Parcel,
        START >> asked,
        zh="托",
        en="Ask",
        effects=[StartCase(Delivered.bring(weight=9), id="1")],
    )


@pytest.fixture
def engine(store: OwningStore[Any], clock: Clock) -> Engine:
    return Engine(store, [Delivered, KeyLoan, Errand], clock=clock)


DAY: dict[str, Action[Any, Any]] = {
    "bring": Delivered.bring(weight=3),
    "shelve": Delivered.shelve(shelf="A"),
    "fetch": Delivered.fetch(),
}


def send(engine: Engine, clock: Clock, event: str, case_id: str = "1") -> Any:
    """Send a step of the day, each of which happened at its own minute."""
    happened = clock.start + list(DAY).index(event) * MINUTE
    return engine.receive(case_id, DAY[event], by=DESK, key=event, occurred_at=happened)


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.start = made.now - timedelta(hours=3)
    return made


@pytest.mark.parametrize("order", list(permutations(DAY)), ids="-".join)
def test_whatever_comes_before_its_case_waits_for_it(
    engine: Engine, clock: Clock, order: tuple[str, ...]
) -> None:
    """What comes after the opening, and too early, is refused, and may come again."""
    late = order[order.index("bring") + 1 :]
    for event in order:
        if late == ("fetch", "shelve") and event == "fetch":
            with pytest.raises(Refused, match="on a shelf"):
                send(engine, clock, event)
        else:
            send(engine, clock, event)
        send_again = event if event in order[: order.index("bring")] else None
        if send_again:
            assert isinstance(send(engine, clock, event), Parked)
    case = send(engine, clock, "fetch")
    assert (case.state, case.revision, case.data.shelf) == ("fetched", 3, "A")
    history = engine.history("1")
    assert [entry.event for entry in history] == list(DAY)
    assert [entry.key for entry in history] == list(DAY)
    assert [entry.occurred_at for entry in history] == [clock.start + n * MINUTE for n in range(3)]
    assert {entry.actor for entry in history} == {DESK}
    assert engine.parked() == ()
    assert replay(Delivered, "1", history) == engine.get("1", Delivered)


def test_what_comes_twice_is_answered_as_the_first_time(engine: Engine, clock: Clock) -> None:
    waits = send(engine, clock, "shelve")
    assert (waits.case_id, waits.key, waits.event, waits.problem) == ("1", "shelve", "shelve", None)
    assert send(engine, clock, "shelve") == waits
    assert engine.parked() == (waits,)
    opened = send(engine, clock, "bring")
    assert opened.revision == 2
    assert send(engine, clock, "bring").revision == 1
    assert send(engine, clock, "shelve") == opened
    send(engine, clock, "fetch")
    assert send(engine, clock, "shelve") == opened
    assert len(engine.history("1")) == 3


@pytest.mark.parametrize("parked", [True, False])
def test_a_key_with_other_content_is_refused(engine: Engine, clock: Clock, *, parked: bool) -> None:
    if not parked:
        send(engine, clock, "bring")
    send(engine, clock, "shelve")
    others: list[tuple[str, Action[Any, Any], Actor]] = [
        ("1", Delivered.shelve(shelf="B"), DESK),
        ("2", Delivered.shelve(shelf="A"), DESK),
        ("1", Delivered.fetch(), DESK),
        ("1", Delivered.shelve(shelf="A"), Actor("other")),
        ("9", Delivered.bring(weight=1), DESK),
    ]
    for case_id, action, by in others:
        with pytest.raises(KeyReused):
            engine.receive(case_id, action, by=by, key="shelve")
    assert len(engine.parked()) == parked


def test_what_the_case_refuses_stays_visible_and_may_come_again(
    engine: Engine, clock: Clock
) -> None:
    send(engine, clock, "fetch")
    opened = send(engine, clock, "bring")
    assert (opened.revision, opened.state) == (1, "kept")
    (refused,) = engine.parked()
    assert "the parcel is on a shelf" in (refused.problem or "")
    again = send(engine, clock, "fetch")
    assert isinstance(again, Parked)
    assert again.problem is not None
    send(engine, clock, "shelve")
    assert send(engine, clock, "fetch").state == "fetched"
    assert engine.parked() == ()


def test_one_that_cannot_be_taken_holds_up_no_other(engine: Engine, clock: Clock) -> None:
    engine.receive("1", KeyLoan.lend(), by=DESK, key="another workflow")
    engine.receive("1", Delivered.shelve(shelf="A"), by=DESK, key="used")
    send(engine, clock, "shelve")
    engine.start(Delivered.bring(weight=1), by=DESK, id="2", key="used")
    opened = engine.start(Delivered.bring(weight=1), by=DESK, id="1", key="k")
    assert (opened.revision, opened.data.shelf) == (2, "A")
    problems = {each.key: each.problem or "" for each in engine.parked()}
    assert sorted(problems) == ["another workflow", "used"]
    assert "WrongWorkflow" in problems["another workflow"]
    assert "KeyReused" in problems["used"]


def test_a_key_that_the_opening_itself_has_is_no_bar_to_it(engine: Engine, clock: Clock) -> None:
    send(engine, clock, "shelve")
    assert engine.start(Delivered.bring(weight=1), by=DESK, id="1", key="shelve").revision == 1
    (parked,) = engine.parked()
    assert "KeyReused" in (parked.problem or "")


def test_a_case_that_follows_from_another_is_waited_for_too(engine: Engine, clock: Clock) -> None:
    send(engine, clock, "shelve")
    engine.start(Errand.ask(weight=0), by=DESK)
    assert engine.get("1", Delivered).data.shelf == "A"
    assert engine.parked() == ()


def test_an_opening_that_fails_leaves_what_waits(engine: Engine, clock: Clock) -> None:
    send(engine, clock, "shelve")

    def fail() -> None:
        with engine._store.begin(write=True) as tx:
            engine.joined(tx).start(Delivered.bring(weight=1), by=DESK, id="1")
            assert engine.joined(tx).parked() == ()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert [each.problem for each in engine.parked()] == [None]
    assert send(engine, clock, "bring").revision == 2


def test_a_case_that_came_another_way_is_caught_up_with(engine: Engine, clock: Clock) -> None:
    """As if the case had come while its step was being parked."""
    request = engine._received("1", DAY["shelve"], DESK, "shelve", None)
    parked = engine._run(engine._receive(request, "shelve"), write=True)
    assert engine.take_parked() == 0
    plain = attrs.evolve(engine._start(DAY["bring"], DESK, "1", None, None), named=False)
    engine._run(engine._take(plain, any_case=False), write=True)
    assert engine.parked() == (parked,)
    assert engine.take_parked() == 1
    assert engine.get("1", Delivered).data.shelf == "A"
    assert (engine.parked(), engine.take_parked()) == ((), 0)


def test_the_second_look_finds_a_case_that_came_meanwhile(engine: Engine, clock: Clock) -> None:
    look_again = engine._look_again

    def meanwhile(received: Any) -> bool:
        plain = attrs.evolve(engine._start(DAY["bring"], DESK, "1", None, None), named=False)
        engine._run(engine._take(plain, any_case=False), write=True)
        return look_again(received)

    engine._look_again = meanwhile  # type: ignore[method-assign]
    case = send(engine, clock, "shelve")
    assert isinstance(case, Case)
    assert (case.data.shelf, engine.parked()) == ("A", ())


def test_an_opening_and_its_step_at_the_same_time_lose_nothing(engine: Engine) -> None:
    cases = [str(n) for n in range(20)]
    start = Barrier(2)

    def meet(action: Action[Any, Any]) -> None:
        for case_id in cases:
            start.wait()
            engine.receive(case_id, action, by=DESK, key=f"{action.event} {case_id}")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(meet, (DAY["bring"], DAY["shelve"])))
    engine.take_parked()
    assert [engine.get(case_id, Delivered).data.shelf for case_id in cases] == ["A"] * 20
    assert engine.parked() == ()


def test_an_opening_under_another_key_meets_the_case(engine: Engine, clock: Clock) -> None:
    send(engine, clock, "bring")
    with pytest.raises(CaseExists):
        engine.receive("1", Delivered.bring(weight=3), by=DESK, key="other")


def test_what_could_never_be_taken_is_not_parked(engine: Engine) -> None:
    with pytest.raises(UnknownEvent):
        engine.receive("1", Action("delivered", "burn", None), by=DESK, key="k")
    with pytest.raises(InvalidPayload):
        engine.receive("1", Action("delivered", "shelve", 3), by=DESK, key="k")
    with pytest.raises(InvalidArgument):
        engine.receive("1", "fetch", by=DESK, key="k")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument):
        engine.parked(limit=0)
    assert engine.parked() == ()


def test_what_is_parked_is_of_one_tenant(store: OwningStore[Any], clock: Clock) -> None:
    engine = Engine(store, [Delivered], clock=clock, tenancy="required")
    north, south = engine.scoped("north"), engine.scoped("south")
    send(north, clock, "shelve")
    assert south.parked() == ()
    assert send(south, clock, "bring").revision == 1
    assert len(north.parked()) == 1
    assert send(north, clock, "bring").revision == 2
    for call in (engine.parked, engine.take_parked, lambda: send(engine, clock, "bring")):
        with pytest.raises(TenancyError):
            call()


def test_parked_steps_are_listed_page_by_page(engine: Engine) -> None:
    for key in ("c", "a", "b"):
        engine.receive(key, Delivered.fetch(), by=DESK, key=key)
    assert [each.key for each in engine.parked(limit=2)] == ["a", "b"]
    assert [each.key for each in engine.parked(after="b")] == ["c"]


def test_a_step_of_a_joined_engine_is_parked_with_the_host(engine: Engine) -> None:
    with engine._store.begin(write=True) as tx:
        joined = engine.joined(tx)
        assert isinstance(joined.receive("1", DAY["fetch"], by=BORROWER, key="k"), Parked)
        with pytest.raises(InvalidArgument):
            joined.take_parked()
    assert len(engine.parked()) == 1
