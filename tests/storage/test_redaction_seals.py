"""A history that something was taken of has its seals, and nobody can take anything unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import insert, select, update

from propflow import Actor, Engine
from propflow.definition import Redacted
from propflow.errors import CannotRedact
from propflow.storage import Ref
from propflow.storage.audit import Tampering
from propflow.storage.sqlalchemy import SQLStore
from propflow.storage.sqlalchemy.migrations import upgrade

from .audited import Parcel, Post, clerk
from .changes import empty

CLERK = Actor("王", roles=[clerk])
PHONE = "13812345678"
HERE = Path(__file__).parent


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def store(request) -> Iterator[SQLStore]:
    made = SQLStore(request.getfixturevalue(request.param))
    made.create_tables()
    empty(made)
    yield made
    made.close()


def kept(engine: Engine) -> None:
    parcel = engine.start(Post.take_in(text=PHONE), by=CLERK, id="c1")
    parcel = engine.fire(parcel, Post.note(text="call"), by=CLERK)
    parcel = engine.fire(parcel, Post.move(), by=CLERK)
    redact(engine)
    engine.fire("c1", Post.note(text="call again"), by=CLERK)


def redact(engine: Engine, **options: Any) -> None:
    def less(parcel: Parcel) -> Parcel:
        return attrs.evolve(parcel, text="", notes=())

    options = {"by": CLERK, "reason": "asked", "data": less, "undelivered": True} | options
    engine.redact("c1", **options)


def found(store: SQLStore) -> Any:
    (audited,) = store.audit()
    return audited


def entries(store: SQLStore) -> list[Any]:
    table = store._tables.history
    with store.begin(write=False) as tx:
        return list(tx.execute(select(table).order_by(table.c.revision)))


def change(store: SQLStore, of: int, **cells: Any) -> None:
    table = store._tables.history
    with store.begin(write=True) as tx:
        tx.execute(update(table).where(table.c.revision == of).values(**cells))


def test_the_chain_is_whole_and_the_audit_says_what_is_gone(store):
    kept(Engine(store, [Post]))
    audited = found(store)
    assert (audited.alteration, audited.redacted) == (None, (1, 2))
    heads = [audited.head]
    redact(Engine(store, [Post]))
    audited = found(store)
    assert (audited.alteration, audited.redacted) == (None, (1, 2, 4, 5))
    assert [each.alteration for each in store.audit(heads=heads)] == [None]


def test_what_is_left_says_nothing_of_what_could_be_guessed(store):
    kept(Engine(store, [Post]))
    rows = entries(store)
    payloads = [json.dumps({"text": PHONE, "amount": "0", "at": None}, separators=(",", ":"))]
    guesses = [
        salt + payload
        for payload in payloads
        for salt in ["", *(str(cell) for row in rows for cell in row if isinstance(cell, str))]
    ]
    hashes = {blake2b(guess.encode(), digest_size=32).hexdigest() for guess in guesses}
    assert not hashes & {cell for row in rows for cell in row}
    assert [row.salt for row in rows[:2]] == ["", ""]
    assert all(len(row.salt) < 64 for row in rows[:3])  # nothing to hash the data before with


def test_a_payload_taken_without_an_entry_shows(store):
    engine = Engine(store, [Post])
    engine.start(Post.take_in(text=PHONE), by=CLERK, id="c1")
    engine.fire("c1", Post.move(), by=CLERK)
    with store.begin(write=True) as tx:
        assert store.redact(tx, Ref("", "c1"), [1], by=3, undelivered=True) == (1,)
    altered = found(store)
    assert (altered.alteration.what, altered.alteration.revision) == (Tampering.ALTERED, 1)
    assert "entry 3 does not say so" in altered.alteration.why
    assert altered.redacted == ()


@pytest.mark.parametrize("by", [4, 5, 99])
def test_a_payload_taken_under_another_entry_shows(store, by):
    kept(Engine(store, [Post]))
    with store.begin(write=True) as tx:
        assert store.redact(tx, Ref("", "c1"), [5], by=by, undelivered=True) == (5,)
    assert found(store).alteration.revision == 5


@pytest.mark.parametrize(
    "cells",
    [
        {"payload": '{"text":"never said"}'},
        {"redacted": None},
        {"redacted": 5},
        {"payload_hash": "0" * 64},
        {"payload_hash": None},
        {"salt": None},
        {"salt": "0" * 32},
        {"data_hash": "0" * 64},
        {"actor": "wang"},
        {"sent": None},
    ],
    ids=str,
)
def test_an_entry_that_was_redacted_cannot_be_changed_unseen(store, cells):
    kept(Engine(store, [Post]))
    change(store, 1, **cells)
    assert found(store).alteration.revision == 1


def test_what_was_taken_cannot_be_put_back_unseen(store):
    engine = Engine(store, [Post])
    engine.start(Post.take_in(text=PHONE), by=CLERK, id="c1")
    before = entries(store)[0]
    redact(engine)
    change(store, 1, **{name: getattr(before, name) for name in before._fields})
    assert found(store).alteration.revision == 1
    (audited,) = store.audit(outbox=False)
    assert "it is there" in audited.alteration.why


def test_data_that_were_changed_before_are_not_sealed_by_it(store):
    engine = Engine(store, [Post])
    engine.start(Post.take_in(text=PHONE), by=CLERK, id="c1")
    with store.begin(write=True) as tx:
        other = '{"text":"x","amount":"9","at":null,"notes":[]}'
        tx.execute(update(store._tables.case).values(data=other))
    with pytest.raises(CannotRedact, match="somebody changed them; audit it first"):
        redact(engine)


def test_a_change_before_it_shows_after_it(store):
    engine = Engine(store, [Post])
    engine.start(Post.take_in(text=PHONE), by=CLERK, id="c1")
    engine.fire("c1", Post.note(text="call"), by=CLERK)
    change(store, 1, payload='{"text":"x","amount":"0","at":null}')
    redact(engine)
    assert found(store).alteration.revision == 1


# What the last version wrote -------------------------------------------------------------------


@pytest.fixture
def of_0002(request, sqlite) -> Iterator[SQLStore]:
    """Return a store on the rows of propflow_0002, sealed then, and upgraded."""
    made = SQLStore(sqlite, seal_key="the key of then, 0002")
    upgrade(made, to="propflow_0002")
    rows = json.loads((HERE / "propflow_0002.json").read_text(encoding="utf-8"))
    with made.begin(write=True) as tx:
        for name, listed in rows.items():
            table = getattr(made._tables, name)
            for row in listed:
                cells = {
                    column: datetime.fromisoformat(cell)
                    if column.endswith(("_at", "not_before", "until")) and cell
                    else cell
                    for column, cell in row.items()
                }
                tx.execute(insert(table).values(cells))
    upgrade(made)
    yield made
    made.close()


def test_what_the_last_version_sealed_is_in_order(of_0002):
    assert (found(of_0002).alteration, found(of_0002).head.revision) == (None, 3)
    change(of_0002, 1, payload='{"text":"x","amount":"0","at":null}')
    assert found(of_0002).alteration.revision == 1


def test_what_the_last_version_sealed_can_be_redacted(of_0002):
    engine = Engine(of_0002, [Post])
    redact(engine)
    engine.fire("c1", Post.give(), by=CLERK)
    audited = found(of_0002)
    assert (audited.alteration, audited.redacted) == (None, (1, 2))
    assert engine.history("c1")[0].payload == Redacted(by=4)
    change(of_0002, 1, payload_hash="0" * 64)
    assert found(of_0002).alteration.revision == 1
