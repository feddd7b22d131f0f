"""Reading stored cases and histories back into values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propflow.definition import Actor, Case, Entry
from propflow.errors import NotFound
from propflow.runtime.operations import Steps, read_history
from propflow.runtime.registry import Registered, Registry
from propflow.storage import Ref, Snapshot, StoredEntry

_HISTORY_PAGE = 1000


def existing(ref: Ref, found: Sequence[Snapshot | None]) -> Snapshot:
    """Return the one case that was loaded.

    Raises:
        NotFound: It is not there.
    """
    (snapshot,) = found
    if snapshot is None:
        raise NotFound(ref.id)
    return snapshot


def as_case(registry: Registry, snapshot: Snapshot) -> Case[Any]:
    """Return a stored case as a value.

    Raises:
        UnknownWorkflow: The version that it was opened with is not registered.
        UnreadableData: Its data do not fit that version.
    """
    codec = registry.version(snapshot.workflow, snapshot.version).codec
    return Case(
        snapshot.ref.id,
        snapshot.state,
        snapshot.previous,
        codec.read_data(snapshot.data),
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
    return Entry(
        Actor(stored.actor, stored.roles),
        stored.event,
        registered.codec.read_payload(stored.event, stored.payload),
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
    entries: list[Entry] = []
    while True:
        page: list[StoredEntry] = yield read_history(
            snapshot.ref, after=len(entries), limit=_HISTORY_PAGE
        )
        entries += [
            as_entry(registry.version(snapshot.workflow, stored.version), stored) for stored in page
        ]
        if len(page) < _HISTORY_PAGE:
            return tuple(entries)
