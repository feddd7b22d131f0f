"""A step that was decided, as what a store writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from propflow.decision import Accepted
from propflow.decision.due import Due
from propflow.definition import Case, FireCase, StartCase
from propflow.runtime.registry import Registered
from propflow.storage import Change, Message, Ref, Snapshot, StoredEntry
from propflow.storage.records import CaseText, ReadText

if TYPE_CHECKING:
    from propflow.storage.codec import Codec

Timing: TypeAlias = tuple[tuple[Due, ...], tuple[str, ...]]
"""Deadlines that begin to run, and the names of those that end."""

NOTHING: Timing = ((), ())


def change_of(
    registered: Registered,
    ref: Ref,
    before: Snapshot | None,
    case: Case[Any],
    step: Accepted[Any],
    timing: Timing,
) -> Change:
    """Return a step as what is written.

    Args:
        registered: The case's workflow.
        ref: The case.
        before: The case as it is stored, if it is.
        case: The case as the step found it.
        step: The step.
        timing: What begins to run with it, and what ends.

    Raises:
        InvalidPayload: A value cannot be stored.
        PayloadTooLarge: The payload is larger than 1 MiB.
    """
    after, entry, codec = step.case, step.entry, registered.codec
    payload = codec.write_payload(entry.event, entry.payload)  # first: what was given is told first
    if before is not None and after.data is case.data:
        data = before.data
    else:
        data = codec.write_data(entry.event, after.data)
    data_hash = codec.hash_data(data)
    if codec.shares_data:
        data = CaseText(data)
        data.case = after
    token = None
    if before is not None and type(before.data) is ReadText:
        token = before.data.token
    roles = entry.actor.roles
    latest = entry.occurred_at
    if before is not None and latest < before.occurred_at:
        latest = before.occurred_at
    begun, ended = timing
    return Change(
        Snapshot(
            ref,
            after.workflow,
            after.version,
            after.state,
            after.previous,
            data,
            after.revision,
            after.opened_at,
            latest,
        ),
        case.revision,
        StoredEntry(
            after.revision,
            after.version,
            entry.event,
            payload,
            entry.source,
            entry.target,
            entry.actor.id,
            tuple(sorted(roles) if len(roles) > 1 else roles),
            entry.occurred_at,
            entry.recorded_at,
            entry.key,
            entry.late,
            data_hash,
        ),
        _messages(codec, step) if step.effects else (),
        codec.indexed(after.data),
        begun,
        ended,
        token=token,
    )


def _messages(codec: Codec, step: Accepted[Any]) -> tuple[Message, ...]:
    return tuple(
        Message(index, type(effect).__name__, codec.write_effect(step.entry.event, effect))
        for index, effect in enumerate(step.effects)
        if not isinstance(effect, StartCase | FireCase)
    )
