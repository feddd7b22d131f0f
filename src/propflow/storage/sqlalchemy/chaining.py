"""The seals of what is written, each tied to the entry before it."""

from __future__ import annotations

from collections.abc import Sequence

from propflow.definition import REDACTED
from propflow.storage.records import Change, Ref
from propflow.storage.sealing import (
    OPENING,
    Hashes,
    Link,
    Sealed,
    Seals,
    Standing,
    hash_data,
)
from propflow.storage.sqlalchemy.columns import index_value
from propflow.storage.sqlalchemy.prepared import Prepared
from propflow.storage.sqlalchemy.rows import id_of
from propflow.storage.sqlalchemy.running import Running


class Chains:
    """Seals the changes of one call, those of one case one after another."""

    def __init__(self, seals: Seals, standing: Prepared, run: Running) -> None:
        self._seals = seals
        self._standing = standing
        self._run = run
        self._moved: dict[Ref, Link] = {}

    def sealed(self, change: Change) -> Sealed:
        """Return the seals of a change, if it is written next of its case."""
        case, entry, seals = change.snapshot, change.entry, self._seals
        before, salt = self._before(change), seals.new_salt()
        sent = seals.of_messages(change.messages, salt)
        # What a redaction found is gone.
        found = "" if entry.event == REDACTED else before.data_hash
        hashes = Hashes(
            seals.of_payload(entry.payload, salt, sent),
            sent,
            seals.of_data(found, entry.data_hash, salt),
        )
        seal = seals.of_entry(case.ref, case.workflow, entry, before, hashes)
        indexed: Sequence[tuple[str, str]] = ()
        if change.indexed:
            indexed = sorted([(field, index_value(text)) for field, text in change.indexed])
        row = seals.of_case(seal, case.previous, case.opened_at, case.occurred_at, indexed)
        return Sealed(seal, row, sent, salt)

    def moved(self, change: Change, sealed: Sealed) -> None:
        """Note that a change was written."""
        case = change.snapshot
        self._moved[case.ref] = Link(case.revision, sealed.entry, change.entry.data_hash)

    def _before(self, change: Change) -> Link:
        """Return what the entry is tied to."""
        case = change.snapshot
        if change.expected == 0:
            return OPENING
        moved = self._moved.get(case.ref)
        if moved is not None and moved.revision == change.expected:
            return moved
        read = change.token
        if not isinstance(read, Standing) or read.revision != change.expected:
            # It was not made from a case as this store has read it.
            rows = self._run.rows(self._standing, id_of(case.ref))
            if not rows:
                return OPENING  # the change will not be written
            read = Standing(*rows[0])
        same = read.data == case.data
        found = change.entry.data_hash if same else hash_data(read.data)
        return Link(read.revision, read.seal, found)
