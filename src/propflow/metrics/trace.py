"""Traces: what figures need of a history, and no more; read from entries, or by a store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from datetime import UTC, datetime
from typing import Any, TypeAlias

import attrs

from propflow.definition import Entry, Redacted
from propflow.definition.payload import converter
from propflow.metrics.step import Step

Steps: TypeAlias = Mapping[str, Step]
"""Steps by what they mean: a `Meaning`, or a name of the host's own."""


@attrs.frozen
class Moment:
    """One thing that a step meant, when it happened.

    Attributes:
        meaning: What it meant.
        at: When, an aware datetime in UTC.
        revision: The revision of the case after the step.
        text: What `Step.text` asks for, or empty.
        count: What `Step.count` asks for, or 0.
    """

    meaning: str
    at: datetime
    revision: int
    text: str = ""
    count: int = 0


@attrs.frozen
class Trace:
    """The moments of a case, in the order of its history.

    Attributes:
        case_id: Which case.
        moments: What happened to it, as far as steps were named; by revision, then by name.
    """

    case_id: str
    moments: tuple[Moment, ...]

    def all(self, *meanings: str) -> list[Moment]:
        """The moments of these meanings, in order."""
        return [moment for moment in self.moments if moment.meaning in meanings]

    def first(self, meaning: str) -> Moment | None:
        """The first moment of a meaning."""
        return next(iter(self.all(meaning)), None)


@attrs.frozen
class Recorded:
    """An entry as a store has it: its payload as in JSON, or empty where no step asks for it."""

    revision: int
    event: str
    source: str
    target: str
    occurred_at: datetime
    payload: Mapping[str, Any]


def trace(case_id: str, entries: Iterable[Entry], steps: Steps) -> Trace:
    """Take from a history what figures need.

    Args:
        case_id: The case's id, which entries do not repeat.
        entries: The case's whole history, oldest first.
        steps: What to look for.
    """
    return trace_of(case_id, map(_recorded, entries), steps)


def trace_of(case_id: str, recorded: Iterable[Recorded], steps: Steps) -> Trace:
    """Take from stored entries what figures need; for stores."""
    named = sorted(steps.items())
    return Trace(
        case_id,
        tuple(
            moment
            for entry in recorded
            for meaning, step in named
            if _is_of(step, entry) and (moment := _moment(entry, str(meaning), step)) is not None
        ),
    )


def _recorded(entry: Entry) -> Recorded:
    gone = entry.payload is None or isinstance(entry.payload, Redacted)
    payload: dict[str, Any] = {} if gone else converter().unstructure(entry.payload)
    return Recorded(
        entry.revision, entry.event, entry.source, entry.target, entry.occurred_at, payload
    )


def _is_of(step: Step, entry: Recorded) -> bool:
    return (
        (not step.events or entry.event in step.events)
        and (not step.sources or entry.source in step.sources)
        and (not step.targets or entry.target in step.targets)
        and all(
            value is wanted if isinstance(wanted, bool) else value in wanted
            for wanted, value in ((each, entry.payload.get(n)) for n, each in step.where.items())
        )
    )


def _moment(entry: Recorded, meaning: str, step: Step) -> Moment | None:
    at: datetime | None = entry.occurred_at
    if step.at:
        at = _moment_in(entry.payload.get(step.at))
    if at is None:
        return None
    text, counted = entry.payload.get(step.text), entry.payload.get(step.count)
    return Moment(
        meaning,
        at.astimezone(UTC),
        entry.revision,
        text if isinstance(text, str) else "",
        0 if isinstance(counted, str) or not isinstance(counted, Sized) else len(counted),
    )


def _moment_in(value: object) -> datetime | None:
    """The aware moment in a field of a payload, if there is one."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if moment is None or moment.utcoffset() is None else moment
