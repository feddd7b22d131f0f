"""History entries: what happened to a case, one entry a step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from propflow.definition.actor import Actor

MIGRATED = "(migrated)"
"""The event of the entry with which a case went to another version; no event has this name."""


@attrs.frozen
class Migration:
    """The payload of an entry with which a case went to another version of its workflow.

    It holds the case after it whole, for the functions that made it may be gone.

    Attributes:
        from_version: The version before.
        to_version: The version after.
        states: New names of states by their old ones, for those that were renamed.
        previous: Name of the state before, in the new version.
        data: The data after it.
    """

    from_version: int
    to_version: int
    states: Mapping[str, str]
    previous: str | None
    data: Any


ADOPTED = "(adopted)"
"""The event of the entry with which a row of the host's became a case; no event has this name.

Its payload is the data as the row held them.
"""


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
        revision: The case's revision after the step; the first entry has 1, or what an adopted
            row of the host's had.
        key: The idempotency key that the request carried.
        late: It happened before one of the entries that precede it.
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

    @property
    def counts_from(self) -> datetime:
        """From when a clock counts it: when it happened, or was recorded if that is earlier.

        So recording it late gives nobody more time, and a client whose clock is ahead gains none.
        """
        return min(self.occurred_at, self.recorded_at)
