"""What goes into a store and comes out: plain frozen values, data and payloads as JSON text.

Those that every step makes have no slots: they are faster to make so.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any, NamedTuple

import attrs

from propflow.decision.due import Due
from propflow.definition import Case
from propflow.errors import UnknownCode

IN_TABLE = "\x1f"
"""Stands between the name of a host's table and a key in it; no id of a case holds it."""


class Ref(NamedTuple):
    """Names one case; the tenant is the empty text where the host has none.

    A tuple, because stores look things up by it all the time. Of a case that is a row of the host's
    (see `MappedStore`), the id begins with the name of the table, so that two tables may both have
    a row 1; `case_id` is the id without it, which is what the host and the case know.
    """

    tenant: str
    id: str

    @property
    def case_id(self) -> str:
        """The id of the case as its host knows it."""
        return self.id.rpartition(IN_TABLE)[2]

    @property
    def table(self) -> str:
        """The name of the host's table that the case is a row of; empty if there is none."""
        return self.id.rpartition(IN_TABLE)[0]

    def in_table(self, table: str) -> Ref:
        """Return what names the row with this key in a table of the host's."""
        return Ref(self.tenant, f"{table}{IN_TABLE}{self.id}")


@attrs.frozen
class HostRow:
    """A row of the host's as the case that it would be; see `MappedStore`.

    Attributes:
        state: Name of the state that its code stands for.
        data: What its columns hold of the data, as JSON text.
        revision: What its revision column holds, at least 1; `None` without such a column.
        moment: What the column of moments holds that stands for a revision; `None` without one.
    """

    state: str
    data: str
    revision: int | None
    moment: datetime | None = None


@attrs.frozen
class Unadopted:
    """A row of the host's that is no case yet.

    Attributes:
        id: The text of its key.
        row: What it holds, or why that is no case.
    """

    id: str
    row: HostRow | UnknownCode


class CaseText(str):
    """Data as JSON text that knows the case it was written for, in which nothing can change.

    A store in memory that keeps the text hands the case back with it; every other keeps text.
    """

    __slots__ = ("case",)

    case: Case[Any]


class ReadText(str):
    """Data as a store read them, with what that store wants back with the case's next step."""

    __slots__ = ("token",)

    token: object


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
        left: Name of the state that the latest step left it in, if it is a row that the host has
            moved to another one since.
        unfit: Why it is no case as it is, if it is a row that the host has given a code which its
            mapping does not know. Then the state and the data are those of the latest step.
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
    left: str | None = None
    unfit: UnknownCode | None = None


@attrs.frozen(slots=False)
class StoredEntry:
    """One step of a case, never changed once written, but for what a redaction takes away.

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
        data_hash: BLAKE2b of the data after it, 256 bits in hex, so that replay can show drift;
            empty once a redaction has come after it.
        redacted: Revision of the redaction that took the payload away, if one did.
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
    redacted: int | None = None


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
        begun: The deadlines that begin to run with the step, over those of the same name.
        ended: Names of the deadlines that end with it.
        token: What the store that read the case wants back, from its `ReadText`.
    """

    snapshot: Snapshot
    expected: int
    entry: StoredEntry
    messages: tuple[Message, ...]
    indexed: tuple[tuple[str, str], ...]
    begun: tuple[Due, ...] = ()
    ended: tuple[str, ...] = ()
    token: object = attrs.field(default=None, eq=False, repr=False)


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


@attrs.frozen
class ParkedStep:
    """A step whose case has not arrived.

    Attributes:
        ref: The case that it is for.
        key: Its idempotency key; unique among the parked steps of the tenant.
        workflow: Name of the workflow.
        event: Name of the event.
        payload: The payload as JSON text, `None` for an event without one.
        actor: Id of who took it.
        roles: Names of the actor's roles, sorted.
        occurred_at: When it happened, UTC to the microsecond.
        received_at: When it was parked, UTC to the microsecond.
        problem: Why it could not be taken when its case came; `None` while it waits.
    """

    ref: Ref
    key: str
    workflow: str
    event: str
    payload: str | None
    actor: str
    roles: tuple[str, ...]
    occurred_at: datetime
    received_at: datetime
    problem: str | None = None
