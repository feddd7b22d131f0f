"""The immutable values that the hand-written table makes, of the shape of propflow's own.

A host without propflow would write these classes. They have the fields, the frozen slots and the
defaults of propflow's case, entry and actor, so that the ratio to the table compares the deciding
and not the size of what is made.
"""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import attrs

D = TypeVar("D")


@attrs.frozen
class Actor:
    """Who asks for a step, with the names of the roles that they play."""

    id: str
    roles: frozenset[str] = frozenset()


@attrs.frozen
class Repair:
    """The data of one repair order: where, what, and whose work it is."""

    place: str
    fault: str
    team: tuple[str, ...]
    note: str = ""


@attrs.frozen
class Note:
    """The payload of the measurements with a payload: one field, copied into the data."""

    note: str


@attrs.frozen
class Case(Generic[D]):
    """One repair order as it stood after one of its steps."""

    id: str
    state: str
    previous: str | None
    data: D
    revision: int
    workflow: str
    version: int
    opened_at: datetime


@attrs.frozen
class Entry:
    """The audit record of one step."""

    actor: Actor
    event: str
    payload: Note | None
    source: str
    target: str
    occurred_at: datetime
    recorded_at: datetime
    revision: int
    key: str | None = None
    late: bool = False
