"""Steps that propflow takes by itself: in the history they have payloads of these classes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import attrs


@attrs.frozen
class Climb:
    """A rung of a deadline was reached, and a `Notify` went into the outbox.

    Attributes:
        deadline: Name of the deadline.
        rung: Its place among the deadline's rungs, from 0.
        to: Who is told.
        due_at: When the deadline is due, UTC; `None` where the calendar does not know yet.
    """

    deadline: str
    rung: int
    to: tuple[str, ...]
    due_at: datetime | None


@attrs.frozen
class Recompute:
    """When something is due was computed anew.

    The calendar has other data than before, or the host has written other data into its row.

    Attributes:
        deadline: What is due: the name of a deadline, for a rung with ``#`` and its place.
        was: The moment that was kept until now, UTC.
        due_at: The moment that is kept from now on, UTC; until when the calendar knows, if it is
            still provisional.
        calendar: `data_version` of the calendar that it was computed with; empty without one.
        was_calendar: The same of what was kept until now, if that was provisional; else empty.
    """

    deadline: str
    was: datetime
    due_at: datetime
    calendar: str
    was_calendar: str = ""


@attrs.frozen
class Moved:
    """A sweep came upon a row that the host had moved to another state by itself.

    The entry's states are both the one that the row was found in.

    Attributes:
        was: Name of the state that the step before had left it in.
    """

    was: str


OwnStep: TypeAlias = Climb | Moved | Recompute

OWN_STEPS: Mapping[str, type[OwnStep]] = MappingProxyType(
    {"propflow:climb": Climb, "propflow:moved": Moved, "propflow:recompute": Recompute}
)
"""The payload's class by the event's name; no event of a workflow can have such a name."""


def own_event(step: OwnStep) -> str:
    """Return the name that the event has in the history."""
    return next(name for name, kind in OWN_STEPS.items() if type(step) is kind)
