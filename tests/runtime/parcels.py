"""A workflow whose every step sends something, for the tests of the relay and of what is parked."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import attrs

from propflow import SAME, START, Case, Context, Event, Notify, State, Workflow, guard
from propflow.definition import Effect


@attrs.frozen
class Printed(Effect):
    """A label to print."""

    text: str
    price: Decimal
    copies: tuple[int, ...] = ()


@attrs.frozen
class Parcel:
    weight: int = 0
    shelf: str = ""


@attrs.frozen
class Shelve:
    shelf: str


def _print(case: Case[Parcel], payload: Parcel, context: Context) -> Iterable[Effect]:
    return [Printed("label", Decimal("1.50"), (1, 2)), Notify("arrived", to="desk")]


@guard(zh="已上架", en="the parcel is on a shelf")
def shelved(case: Case[Parcel], context: Context) -> bool:
    return bool(case.data.shelf)


class Delivered(Workflow[Parcel]):
    """A parcel that is kept at the desk until it is fetched."""

    kept = State(zh="代管", en="Kept")
    fetched = State(zh="已取", en="Fetched", final=True)

    bring = Event(Parcel, START >> kept, zh="送到", en="Bring", effects=_print)
    shelve = Event(
        Shelve, kept >> SAME, zh="上架", en="Shelve", effects=[Notify("shelved", to="desk")]
    )
    fetch = Event(
        kept >> fetched,
        zh="取走",
        en="Fetch",
        guards=[shelved],
        effects=[Notify("fetched", to="desk")],
    )
