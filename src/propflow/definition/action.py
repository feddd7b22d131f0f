"""Actions: an event with its payload, ready to be fired."""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs

PL = TypeVar("PL")
D = TypeVar("D")


@attrs.frozen(slots=False)  # made for every step: faster so, if larger
class Action(Generic[PL, D]):
    """An event and its payload, made by calling the event: ``KeyLoan.lend()``.

    Attributes:
        workflow: Name of the workflow.
        event: Name of the event.
        payload: The event's payload, `None` for an event without one.
    """

    workflow: str
    event: str
    payload: PL
