"""Requests: what a caller asks for, checked before anything is read."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import attrs

from propflow.decision.decide import utc
from propflow.decision.due import RESERVED
from propflow.definition import Action, Actor, Case
from propflow.errors import InvalidArgument, InvalidId
from propflow.runtime.arguments import check_revision
from propflow.storage.records import IN_TABLE

_LONGEST_ID = 255


@attrs.frozen(slots=False, eq=False)  # made for every step: faster so, if larger
class Request:
    """One step that is asked for.

    Attributes:
        action: What is asked.
        by: Who asks.
        now: When it is decided, UTC.
        occurred_at: When it happened, UTC.
        case_id: Of which case; the id of the new one for an opening.
        expected: The revision that it was meant for; `None` for whichever it is at.
        key: The idempotency key.
        opening: It opens the case.
        named: The caller named the case to open, so that others may know of it already.
    """

    action: Action[Any, Any]
    by: Actor
    now: datetime
    occurred_at: datetime
    case_id: str
    expected: int | None
    key: str | None
    opening: bool
    named: bool = False


def opening(
    action: Action[Any, Any],
    *,
    by: Actor,
    now: datetime,
    case_id: str | None = None,
    key: str | None = None,
    occurred_at: datetime | None = None,
) -> Request:
    """Return the request to open a case, with an id of our own if none is given.

    Raises:
        InvalidArgument: The action or the actor is none.
        InvalidId: An id or the key cannot be stored.
        NaiveDatetime: `occurred_at` has no UTC offset.
    """
    named = case_id is not None
    case_id = _new_id(now) if case_id is None else case_id
    check_id("id", case_id)
    happened = _checked(action, by, key, occurred_at) or now
    return Request(action, by, now, happened, case_id, None, key, opening=True, named=named)


def step(
    case: Case[Any] | str,
    action: Action[Any, Any],
    *,
    by: Actor,
    now: datetime,
    key: str | None = None,
    expected: int | None = None,
    occurred_at: datetime | None = None,
) -> Request:
    """Return the request for a step; a case implies its revision, an id does not.

    Raises:
        InvalidArgument: The action, the actor or the expected revision is none.
        InvalidId: An id or the key cannot be stored.
        NaiveDatetime: `occurred_at` has no UTC offset.
    """
    if expected is not None:
        check_revision(expected)
    if isinstance(case, Case):
        case_id = case.id
        if expected is None:
            expected = case.revision
    else:
        case_id = case
    check_id("case", case_id)
    happened = _checked(action, by, key, occurred_at) or now
    return Request(action, by, now, happened, case_id, expected, key, opening=False)


def id_of(case: Case[Any] | str) -> str:
    """Return the id of a case that is given as itself or by its id.

    Raises:
        InvalidId: No case can have it.
    """
    case_id = case.id if isinstance(case, Case) else case
    check_id("case", case_id)
    return case_id


def _checked(
    action: object, by: object, key: str | None, occurred_at: datetime | None
) -> datetime | None:
    """Check what every request has; return when it happened, in UTC, if that was said."""
    if not isinstance(action, Action):
        raise InvalidArgument("action", action, "is no action; call the event to make one")
    check_actor(by)
    if key is not None:
        check_id("key", key)
        if key.startswith(RESERVED):
            raise InvalidId(
                "key", key, f"begins with {RESERVED!r}, which propflow keeps for itself"
            )
    return None if occurred_at is None else utc("occurred_at", occurred_at)


def check_actor(by: object) -> None:
    """Refuse who is no actor, or could not be written to a history.

    Raises:
        InvalidArgument: It is no actor.
        InvalidId: The actor's id cannot be stored.
    """
    if not isinstance(by, Actor):
        raise InvalidArgument("by", by, "is no actor; give Actor(id, roles=[…])")
    check_id("by", by.id)


def check_id(name: str, value: object) -> None:
    """Refuse what could not be stored and found again, byte for byte, in every database.

    Raises:
        InvalidId: It is no text, blank, too long, or holds what some database drops.
    """
    if (
        type(value) is str
        and 0 < len(value) <= _LONGEST_ID
        and value.isprintable()
        and not value.isspace()
    ):
        return  # almost every id, settled in a moment
    if not isinstance(value, str):
        raise InvalidId(name, value, f"is {type(value).__name__}, not text")
    if not 1 <= len(value) <= _LONGEST_ID:
        raise InvalidId(name, value, f"must have 1 to {_LONGEST_ID} characters")
    if value.isspace():
        raise InvalidId(name, value, "is blank; give what tells it from others")
    if IN_TABLE in value:
        raise InvalidId(name, value, "holds U+001F, which stores keep for themselves; remove it")
    if "\0" in value:
        raise InvalidId(name, value, "holds a NUL character; remove it")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidId(name, value, "holds half a surrogate pair; mend the text") from None


def new_token() -> str:
    """Return a token for a claim, which nobody has had before."""
    return os.urandom(16).hex()


def _new_id(now: datetime) -> str:
    """Return an id that sorts by time, so that new cases lie together in the store's index."""
    return f"{int(now.timestamp() * 1000):012x}{os.urandom(10).hex()}"
