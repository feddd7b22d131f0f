"""Histories to audit, with all that a history can hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
from hypothesis import strategies as st

from propflow import (
    SAME,
    START,
    Actor,
    Case,
    Context,
    Engine,
    Event,
    FireCase,
    Notify,
    Refused,
    Role,
    State,
    Workflow,
)
from propflow.errors import NotFound
from propflow.storage import OwningStore
from propflow.testing import FakeClock

clerk = Role("clerk", zh="文员", en="Clerk")
guard_ = Role("guard", zh="保安", en="Guard")

NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, UTC)
TEXTS = st.sampled_from(["", "B1 水泵房 😀", "NUL \0 and more", "e\u0301", " x ", '"\\', "a" * 300])
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-99, max_value=99)
MOMENTS = st.integers(0, 10**15).map(lambda n: NOON - timedelta(microseconds=n))


@attrs.frozen
class Note:
    text: str
    amount: Decimal = Decimal(0)
    at: datetime | None = None


@attrs.frozen
class Parcel:
    text: str
    amount: Decimal = Decimal(0)
    at: datetime | None = None
    notes: tuple[str, ...] = ()


def _note(case: Case[Parcel], payload: Note, context: Context) -> Parcel:
    return attrs.evolve(
        case.data, amount=payload.amount, at=payload.at, notes=(*case.data.notes[-2:], payload.text)
    )


class Post(Workflow[Parcel]):
    """Parcels that are taken in, written notes on and handed out."""

    indexed = ("text", "amount")

    kept = State(zh="在库", en="Kept")
    moved = State(zh="移库", en="Moved")
    gone = State(zh="已取走", en="Gone", final=True)

    take_in = Event(Note, START >> kept, zh="入库", en="Take in", effects=[Notify("in", to="a")])
    note = Event(
        Note,
        [kept, moved] >> SAME,
        zh="备注",
        en="Note",
        update=_note,
        effects=[Notify("noted", to="a"), Notify("noted", to="b")],
    )
    move = Event(kept >> moved, zh="移库", en="Move", by=clerk)
    give = Event([kept, moved] >> gone, zh="发放", en="Give", by=[clerk, guard_])


@attrs.frozen
class Round:
    parcel: str


class Walk(Workflow[Round]):
    """A round that moves a parcel in its own commit."""

    on = State(zh="进行中", en="On")
    over = State(zh="结束", en="Over", final=True)

    begin = Event(Round, START >> on, zh="开始", en="Begin")
    end = Event(
        on >> over,
        zh="结束",
        en="End",
        effects=lambda case, payload, context: [FireCase(case.data.parcel, Post.move())],
    )


WORKFLOWS = [Post, Walk]
ACTORS = st.sampled_from(
    [Actor("u7"), Actor("王", roles=[clerk]), Actor("k 1", roles=[guard_, clerk])]
)
NOTES = st.builds(Note, TEXTS, NUMBERS, st.none() | MOMENTS)


def live(store: OwningStore[Any], draw: Any, *, steps: int = 12) -> list[str]:
    """Take random steps of several cases of two tenants, and return the ids."""
    clock = FakeClock(NOON)
    engines = [Engine(store, WORKFLOWS, clock=clock).scoped(name) for name in ("p1", "项目 2")]
    ids: list[str] = []
    for number in range(steps):
        clock.turn(timedelta(seconds=draw(st.integers(0, 99)), microseconds=7))
        engine = engines[draw(st.integers(0, 1))]
        by = draw(ACTORS)
        key = draw(st.sampled_from([None, f"key {number} 😀"]))
        past = draw(st.sampled_from([None, clock() - timedelta(hours=1)]))
        note = draw(NOTES)
        which = ids[draw(st.integers(0, len(ids) - 1))] if ids else ""
        kind = draw(st.integers(0, 7)) if ids else 0
        try:
            if kind == 0:
                opening = Post.take_in(text=note.text, amount=note.amount, at=note.at)
                made = engine.start(opening, by=by, id=f"件 {number}", key=key, occurred_at=past)
                ids.append(made.id)
            elif kind in (1, 2):
                action = Post.note(text=note.text, amount=note.amount, at=note.at)
                engine.fire(which, action, by=by, key=key, occurred_at=past)
            elif kind == 3:
                engine.fire(which, Post.give(), by=by, key=key)
            elif kind == 4:
                noted = Post.note(text=note.text, amount=note.amount)
                engine.fire_many([(which, noted), (which, Post.move()), (which, noted)], by=by)
            elif kind == 7:
                some = draw(st.sampled_from([None, [1]]))
                engine.redact(which, by=by, reason="asked", entries=some, undelivered=True)
            else:
                walk = engine.start(Walk.begin(parcel=which), by=by)
                engine.fire(walk, Walk.end(), by=by)
        except (Refused, NotFound):
            continue  # of another tenant, or already given away
    return ids


def filled(store: OwningStore[Any]) -> None:
    """Take a fixed number of steps of several cases, with messages, keys and late entries.

    The history of one has payloads that were taken away, and that of one twice.
    """
    clock = FakeClock(NOON)
    by = Actor("王", roles=[clerk])
    everyone = Engine(store, WORKFLOWS, clock=clock)
    for engine in (everyone, everyone.scoped("p1")):
        for number in range(3):
            clock.turn(timedelta(seconds=1.5))
            opening = Post.take_in(text="B1 水泵房 😀", amount=Decimal("1.10"), at=NOON)
            parcel = engine.start(opening, by=Actor("u7"), id=f"{number}", key=f"k{number}")
            for step in range(number * 2):
                clock.turn(timedelta(seconds=1))
                past = clock() - timedelta(hours=1) if step % 2 else None
                noted = Post.note(text=f"{step}", amount=Decimal(step))
                parcel = engine.fire(parcel, noted, by=by, occurred_at=past)
            if number:
                parcel = redacted(engine, parcel)
            parcel = engine.fire(parcel, Post.move(), by=by)
            if number > 1:
                parcel = redacted(engine, parcel)
            engine.fire(parcel, Post.give(), by=by, key=f"given {number}")


def redacted(engine: Engine, parcel: Case[Parcel]) -> Case[Parcel]:
    """Take everything that was said of a parcel away."""

    def less(data: Parcel) -> Parcel:
        return attrs.evolve(data, text="", notes=())

    by = Actor("王", roles=[clerk])
    return engine.redact(parcel, by=by, reason="asked", data=less, undelivered=True)
