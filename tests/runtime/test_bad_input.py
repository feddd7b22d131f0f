"""Bad input is refused by name, says what to do, and leaves nothing behind: on every store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from propflow import START, Action, Actor, Engine, Event, PropflowError, State, Workflow
from propflow.errors import (
    InvalidArgument,
    InvalidId,
    InvalidPayload,
    InvalidQuery,
    InvalidRegistration,
    NaiveDatetime,
    PayloadTooLarge,
    StoreUnavailable,
    UnknownEvent,
    UnknownWorkflow,
    WrongWorkflow,
)
from propflow.storage import MemoryStore, OwningStore
from tests.runtime.loans import BORROWER, KEEPER, Clock, Cupboard, KeyLoan, Posting, Request


@attrs.frozen
class Paper:
    title: str
    body: dict[str, Any] = attrs.field(factory=dict[str, Any])


class Filing(Workflow[Paper]):
    """Papers with whatever in them."""

    filed = State(zh="已归档", en="Filed", final=True)
    file = Event(Paper, START >> filed, zh="归档", en="File")


@pytest.fixture
def engine(store: OwningStore[Any], clock: Clock) -> Engine:
    return Engine(store, [KeyLoan, Cupboard, Filing], clock=clock)


def nested(depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for _ in range(depth):
        made = {"in": made}
    return made


def start(action: Action[Any, Any], **options: Any) -> Callable[[Engine], object]:
    return lambda engine: engine.start(action, **{"by": BORROWER, **options})


BAD: dict[str, tuple[Callable[[Engine], object], type[PropflowError], str]] = {
    "mistyped payload": (
        start(KeyLoan.request(key=5, borrower=None)),  # type: ignore[arg-type]
        InvalidPayload,
        r"key: 5 is not str\n.*borrower: None is not str",
    ),
    "another event's payload": (
        start(Action("key_loan", "request", Paper("x"))),
        InvalidPayload,
        "is Paper, not Request",
    ),
    "no payload": (start(Action("key_loan", "request", None)), InvalidPayload, "not Request"),
    "unknown event": (
        start(Action("key_loan", "sell", None)),
        UnknownEvent,
        "no event 'sell'; it has request",
    ),
    "unknown workflow": (
        start(Posting.apply(department="x", holder="y")),
        UnknownWorkflow,
        "no posting; it has key_loan, cupboard, filing; register it",
    ),
    "too large": (
        start(Filing.file(title="x" * 1024 * 1024)),
        PayloadTooLarge,
        "the limit is 1048576; keep large things in files",
    ),
    "too deep": (start(Filing.file(title="x", body=nested(100_000))), InvalidPayload, "too deep"),
    "a set": (start(Filing.file(title="x", body={"y": {object()}})), InvalidPayload, "body"),
    "not a number": (
        start(Filing.file(title="x", body={"y": float("nan")})),
        InvalidPayload,
        "body: .*not a finite number",
    ),
    "half a character": (start(Filing.file(title="\ud83d")), InvalidPayload, "title: .*surrogates"),
    "an empty id": (start(Cupboard.install(), id=""), InvalidId, "must have 1 to 255"),
    "a long id": (start(Cupboard.install(), id="x" * 256), InvalidId, "must have 1 to 255"),
    "NUL in an id": (start(Cupboard.install(), id="a\0"), InvalidId, "holds a NUL"),
    "NUL in a key": (start(Cupboard.install(), key="a\0"), InvalidId, "key='a.x00' holds a NUL"),
    "a number as an id": (start(Cupboard.install(), id=5), InvalidId, "is int, not text"),
    "half a character in an id": (start(Cupboard.install(), id="\ud83d"), InvalidId, "surrogate"),
    "an id for an actor": (start(Cupboard.install(), by="lin"), InvalidArgument, "give Actor"),
    "an event for an action": (start(Cupboard.install), InvalidArgument, "call the event"),  # type: ignore[arg-type]
    "an actor without an id": (start(Cupboard.install(), by=Actor("")), InvalidId, "by=''"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_nothing_is_written(engine: Engine, name: str) -> None:
    act, error, words = BAD[name]
    with pytest.raises(error, match=words):
        act(engine)
    for workflow in (KeyLoan, Cupboard, Filing):
        assert len(engine.find(workflow)) == 0


def test_the_largest_payload_fits(engine: Engine) -> None:
    title = "x" * (1024 * 1024 - len('{"title":"","body":{}}'))
    paper = engine.start(Filing.file(title=title), by=BORROWER)
    assert engine.get(paper.id, Filing).data.title == title
    assert engine.history(paper.id)[0].payload == Paper(title)


def test_chinese_counts_by_its_bytes(engine: Engine) -> None:
    with pytest.raises(PayloadTooLarge):
        engine.start(Filing.file(title="楼" * (350 * 1024)), by=BORROWER)


def test_whatever_can_be_stored_comes_back(engine: Engine) -> None:
    body = {"emoji": "🔑", "nul": "a\0b", "deep": nested(50), "list": [1, 2.5, None, True]}
    paper = engine.start(Filing.file(title="钥匙 🔑", body=body), by=BORROWER)
    assert engine.get(paper.id, Filing).data == Paper("钥匙 🔑", body)


def test_an_action_does_not_fit_a_case_of_another_workflow(engine: Engine) -> None:
    cupboard = engine.start(Cupboard.install(), by=BORROWER)
    with pytest.raises(WrongWorkflow):
        engine.fire(cupboard, KeyLoan.lend(), by=KEEPER)  # type: ignore[arg-type]
    assert engine.get(cupboard.id, Cupboard) == cupboard


def test_a_naive_clock_is_found_out(store: OwningStore[Any]) -> None:
    engine = Engine(store, [KeyLoan], clock=lambda: Clock().now.replace(tzinfo=None))
    with pytest.raises(NaiveDatetime, match=r"clock\(\)="):
        engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)


def test_a_closed_store_says_so(engine: Engine, store: OwningStore[Any]) -> None:
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        engine.fire(loan, KeyLoan.lend(), by=KEEPER)
    with pytest.raises(StoreUnavailable):
        engine.get(loan.id, KeyLoan)


def test_two_workflows_of_one_name_and_version_are_refused() -> None:
    class Other(Workflow[Request]):
        name = "key_loan"
        open_ = State(zh="开", en="Open", final=True)
        begin = Event(Request, START >> open_, zh="开始", en="Begin")

    with pytest.raises(InvalidRegistration, match="key_loan version 1: registered twice"):
        Engine(MemoryStore(), [KeyLoan, Other])


def test_a_state_that_only_an_older_version_has_can_be_looked_for(store: OwningStore[Any]) -> None:
    class Renamed(Workflow[Paper]):
        name = "filing"
        version = 2
        kept = State(zh="已存", en="Kept", final=True)
        file = Event(Paper, START >> kept, zh="归档", en="File")

    old = Engine(store, [Filing]).start(Filing.file(title="x"), by=BORROWER)
    both = Engine(store, [Filing, Renamed])
    assert both.find(Renamed, state="filed").cases == (old,)
    assert both.find(Renamed, state="kept").cases == ()
    with pytest.raises(InvalidQuery, match="filing has no state 'lost'; it has filed, kept"):
        both.find(Renamed, state="lost")


def test_a_case_of_a_version_that_is_gone_is_named(store: OwningStore[Any]) -> None:
    class Later(KeyLoan):
        name = "key_loan"
        version = 2

    both = Engine(store, [KeyLoan, Later])
    old = Engine(store, [KeyLoan]).start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    new = both.start(KeyLoan.request(key="B2", borrower="u7"), by=BORROWER)
    assert (old.version, new.version) == (1, 2)
    assert both.fire(old, KeyLoan.lend(), by=KEEPER).version == 1
    with pytest.raises(UnknownWorkflow, match="no key_loan version 1; it has key_loan version 2"):
        Engine(store, [Later]).get(old.id, KeyLoan)
