"""Work that is to be done once a moment has come: claimed for a while, then settled.

A claim is a lease on the store's own clock. Whoever holds it has a token that nobody else has had;
whatever is written for the claim is written only where that token still stands.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import attrs

from propflow.decision.due import Due
from propflow.storage.records import Message, Ref


class Kind(enum.Enum):
    """What is claimed."""

    DEADLINES = "deadlines"
    """Deadlines that run; gone when they are settled, or when their case moves on."""

    OUTBOX = "outbox"
    """Messages, of each case the earliest that is not sent; kept and marked when settled."""


@attrs.frozen
class Wanted:
    """What to claim.

    Attributes:
        kind: Deadlines or messages.
        tenant: Of this tenant alone.
        now: What may be tried from this moment on, or earlier; the engine's clock says so.
        limit: At most so many.
        token: Names this claim; never used before.
        lease: For how long, on the store's own clock.
        names: Only messages of these kinds.
        other_than: If given, only deadlines that are provisional by other data than these, by
            `data_version` in ascending order; whenever they are due, and in any order.
    """

    kind: Kind
    tenant: str
    now: datetime
    limit: int
    token: str
    lease: timedelta
    names: tuple[str, ...] = ()
    other_than: tuple[str, ...] = ()


@attrs.frozen
class Claim:
    """One deadline or message, held until the lease ends.

    Attributes:
        kind: Deadline or message.
        ref: Of which case.
        revision: Of the entry that it comes from.
        name: The deadline's name, or the message's kind.
        index: The message's place among those of the entry; 0 for a deadline.
        moment: When the deadline is due, or the message was recorded; UTC.
        body: The message as JSON text; empty for a deadline.
        attempts: How often it was tried in vain.
        problem: Why the last attempt failed, if one did.
        not_before: When it may be tried (again), UTC.
        token: The token of the claim; empty in a list of what nobody holds.
        calendar: Of a deadline that is provisional, which data do not reach so far; else empty.
    """

    kind: Kind
    ref: Ref
    revision: int
    name: str
    index: int
    moment: datetime
    body: str
    attempts: int
    problem: str | None
    not_before: datetime
    token: str = ""
    calendar: str = ""


class Verdict(enum.Enum):
    """What becomes of a claim."""

    DONE = "done"
    """It is over: the deadline is gone, the message is sent."""

    AGAIN = "again"
    """It failed, and may be tried again later."""

    DEAD = "dead"
    """It failed for good; a message stays to be seen, and is not tried again by itself."""


@attrs.frozen
class Settlement:
    """What becomes of one claim.

    Attributes:
        claim: The claim.
        verdict: What becomes of it.
        not_before: When it may be tried again.
        problem: Why it failed.
    """

    claim: Claim
    verdict: Verdict
    not_before: datetime | None = None
    problem: str | None = None


def running(ref: Ref, due: Due) -> Claim:
    """Return a deadline that begins to run, as nobody has tried it yet."""
    return Claim(
        *(Kind.DEADLINES, ref, due.since, due.deadline, 0, due.at, "", 0, None),
        not_before=due.not_before,
        calendar=due.calendar,
    )


def outgoing(ref: Ref, revision: int, message: Message, recorded_at: datetime) -> Claim:
    """Return a message that nobody has tried to send yet."""
    return Claim(
        Kind.OUTBOX,
        ref,
        revision,
        message.kind,
        message.index,
        recorded_at,
        message.body,
        0,
        None,
        not_before=recorded_at,
    )
