"""What goes into a store and comes out: plain frozen values, data and payloads as JSON text.

Those that every step makes have no slots: they are faster to make so.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import NamedTuple

import attrs


class Ref(NamedTuple):
    """Names one case; the tenant is the empty text where the host has none.

    A tuple, because stores look things up by it all the time.
    """

    tenant: str
    id: str


@attrs.frozen(slots=False)
class Snapshot:
    """A case as it stands.

    Attributes:
        ref: Which case.
        workflow: Name of its workflow.
        version: Version of its definition.
        state: Name of its state.
        previous: Name of the state before, if any.
        data: Its data as JSON text.
        revision: How many steps it has taken, from 1.
        opened_at: When it was opened, UTC to the microsecond.
        occurred_at: When the latest of its steps happened, UTC to the microsecond.
    """

    ref: Ref
    workflow: str
    version: int
    state: str
    previous: str | None
    data: str
    revision: int
    opened_at: datetime
    occurred_at: datetime


@attrs.frozen(slots=False)
class StoredEntry:
    """One step of a case, never changed once written.

    Attributes:
        revision: The case's revision after it; unique within the case.
        version: Version of the definition that decided it.
        event: Name of the event.
        payload: The payload as JSON text, `None` for an event without one.
        source: Name of the state before.
        target: Name of the state after.
        actor: Id of who took it.
        roles: Names of the actor's roles, sorted.
        occurred_at: When it happened, UTC to the microsecond.
        recorded_at: When it was recorded, UTC to the microsecond.
        key: The request's idempotency key; unique within the tenant.
        late: It happened before the step that precedes it.
        data_hash: SHA-256 of the data after it, in hex, so that replay can show drift.
    """

    revision: int
    version: int
    event: str
    payload: str | None
    source: str
    target: str
    actor: str
    roles: tuple[str, ...]
    occurred_at: datetime
    recorded_at: datetime
    key: str | None
    late: bool
    data_hash: str


@attrs.frozen
class Message:
    """An effect on its way out.

    Its id is (tenant, case, revision, index), so delivering it twice can be noticed.

    Attributes:
        index: Its place among the effects of the step.
        kind: Name of the effect's class.
        body: The effect as JSON text.
    """

    index: int
    kind: str
    body: str


@attrs.frozen(slots=False)
class Change:
    """One step, whole: a store writes all of it or nothing.

    Attributes:
        snapshot: The case after the step.
        expected: The revision before it; 0 creates the case.
        entry: The step itself.
        messages: What leaves after the commit.
        indexed: The values of the workflow's indexed fields after the step, as canonical text.
    """

    snapshot: Snapshot
    expected: int
    entry: StoredEntry
    messages: tuple[Message, ...]
    indexed: tuple[tuple[str, str], ...]


class Outcome(enum.Enum):
    """What became of a change."""

    MOVED = "moved"
    """It was written."""

    STALE = "stale"
    """The case is not at the expected revision, or not there; nothing of it was written."""

    DUPLICATE = "duplicate"
    """The case to create exists, or the key was used; nothing of it was written."""


@attrs.frozen
class Query:
    """Which cases to find, oldest first: by `opened_at`, then id.

    Attributes:
        tenant: Of this tenant alone.
        workflow: Of this workflow.
        states: In one of these states; `None` for any.
        where: With these values of indexed fields, as canonical text.
        after: After this place: the `opened_at` and id of the last case seen.
        limit: At most so many.
    """

    tenant: str
    workflow: str
    states: tuple[str, ...] | None = None
    where: tuple[tuple[str, str], ...] = ()
    after: tuple[datetime, str] | None = None
    limit: int = 50
