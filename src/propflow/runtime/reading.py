"""Reading stored cases and histories back into values."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Any

from propflow.decision.replay import replay_each
from propflow.definition import Actor, Case, Entry, Redacted
from propflow.errors import AmbiguousId, FunctionRaised, InvalidPayload, NotFound
from propflow.runtime.operations import Steps, read_history
from propflow.runtime.registry import Registered, Registry
from propflow.storage import Ref, Snapshot, StoredEntry
from propflow.storage.records import CaseText

_HISTORY_PAGE = 1000


def existing(ref: Ref, found: Sequence[Snapshot | None]) -> Snapshot:
    """Return the one case that was loaded.

    Raises:
        NotFound: It is not there.
    """
    (snapshot,) = found
    if snapshot is None:
        raise NotFound(ref.case_id)
    return snapshot


def the_one(refs: Sequence[Ref], found: Sequence[Snapshot | None]) -> Snapshot:
    """Return the one case that was found where it may be.

    Raises:
        NotFound: It is nowhere.
        AmbiguousId: There are several.
    """
    there = [snapshot for snapshot in found if snapshot is not None]
    if not there:
        raise NotFound(refs[0].case_id)
    if len(there) > 1:
        raise AmbiguousId(refs[0].case_id, [snapshot.workflow for snapshot in there])
    return there[0]


def as_case(registry: Registry, snapshot: Snapshot) -> Case[Any]:
    """Return a stored case as a value.

    Raises:
        UnknownWorkflow: The version that it was opened with is not registered.
        UnreadableData: Its data do not fit that version.
    """
    return case_of(registry.version(snapshot.workflow, snapshot.version), snapshot)


def case_of(registered: Registered, snapshot: Snapshot) -> Case[Any]:
    """Return a stored case of this version of its workflow as a value.

    Raises:
        UnreadableData: Its data do not fit the version.
        UnknownCode: It is a row with a code that its mapping does not know.
    """
    if snapshot.unfit is not None:
        raise snapshot.unfit
    data = snapshot.data
    if type(data) is CaseText and data.case.revision == snapshot.revision:
        return data.case
    return Case(
        snapshot.ref.case_id,
        snapshot.state,
        snapshot.previous,
        registered.codec.read_data(data),
        snapshot.revision,
        snapshot.workflow,
        snapshot.version,
        snapshot.opened_at,
    )


def as_entry(registered: Registered, stored: StoredEntry) -> Entry:
    """Return a stored entry as a value.

    Raises:
        UnreadableData: Its payload does not fit the event's class.
    """
    payload = (
        registered.codec.read_payload(stored.event, stored.payload)
        if stored.redacted is None
        else Redacted(stored.redacted)
    )
    return Entry(
        Actor(stored.actor, stored.roles),
        stored.event,
        payload,
        stored.source,
        stored.target,
        stored.occurred_at,
        stored.recorded_at,
        stored.revision,
        stored.key,
        stored.late,
    )


def read_entries(registry: Registry, snapshot: Snapshot) -> Steps[tuple[Entry, ...]]:
    """Read a case's whole history, oldest first."""
    entries = yield from read_stored(snapshot.ref)
    return tuple(
        [as_entry(registry.version(snapshot.workflow, each.version), each) for each in entries]
    )


def read_stored(ref: Ref) -> Steps[list[StoredEntry]]:
    """Read a case's whole history as it is stored, oldest first."""
    entries: list[StoredEntry] = []
    while True:
        page: list[StoredEntry] = yield read_history(
            ref, after=entries[-1].revision if entries else 0, limit=_HISTORY_PAGE
        )
        entries += page
        if len(page) < _HISTORY_PAGE:
            return entries


def data_after(
    registered: Registered, ref: Ref, entries: Sequence[Entry], case: Case[Any]
) -> tuple[Any, ...]:
    """Return the data after each entry, if a function of them decides when a deadline is due.

    Of a row of the host's, what the steps made of the data; unless that is not what the row holds.
    Then the host has written it, and what it wrote counts from the step before it on, or from the
    first if the row's revision does not say when that was.

    Args:
        registered: The version of the case's workflow.
        ref: The case.
        entries: Its whole history, oldest first.
        case: The case as it is now.

    Raises:
        BrokenHistory: The entries do not follow from each other.
        FunctionRaised: An update is broken.
    """
    deadlines = registered.plan.spec.deadlines.values()
    if all(each.limit_of is None and each.moment_of is None for each in deadlines):
        return ()
    replayed = replay_each(registered.plan, ref.case_id, entries, mapped=bool(ref.table))
    if not ref.table:
        return tuple(each.data for each in replayed)
    made: list[Any] = []
    with suppress(FunctionRaised, InvalidPayload):  # of data that the host wrote
        for each in replayed:
            made.append(each.data)  # noqa: PERF401 - what was made until it raises is kept
    if len(made) == len(entries) and made[-1] == case.data:
        return tuple(made)
    steps = enumerate(pairwise(entries))
    kept = next((n for n, pair in steps if _written_between(*pair)), None)
    if kept is None:
        kept = len(entries) - 1 if case.revision > entries[-1].revision else 0
    kept = min(kept, len(made))
    return (*made[:kept], *(case.data for _ in entries[kept:]))


def _written_between(before: Entry, after: Entry) -> bool:
    """Whether it shows in two entries that the host has written its row between them."""
    return after.revision > before.revision + 1 or after.source != before.target
