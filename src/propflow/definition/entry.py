"""History entries: what happened to a case, one entry a step."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from propflow.definition.actor import Actor


@attrs.frozen
class Entry:
    """One step of a case, as it stands in the history for good.

    Attributes:
        actor: Who took it.
        event: Name of the event.
        payload: The event's payload, `None` for an event without one.
        source: Name of the state before; ``START`` for the opening.
        target: Name of the state after.
        occurred_at: When it happened, an aware datetime in UTC.
        recorded_at: When it was recorded, an aware datetime in UTC.
        revision: The case's revision after the step; the first entry has 1.
        key: The idempotency key that the request carried.
        late: It happened before the entry that precedes it.
    """

    actor: Actor
    event: str
    payload: Any
    source: str
    target: str
    occurred_at: datetime
    recorded_at: datetime
    revision: int
    key: str | None = None
    late: bool = False
