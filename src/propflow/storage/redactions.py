"""Holding what left a history against the entries that say that it left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from propflow.definition import REDACTED

if TYPE_CHECKING:
    from propflow.storage.audit import SealedEntry


class Redactions:
    """The redactions of one case, and the entries that they took something of."""

    def __init__(self) -> None:
        self._gone: dict[int, int] = {}
        self._said: dict[int, tuple[int, ...]] = {}

    @property
    def revisions(self) -> tuple[int, ...]:
        """The revisions of the entries that something was taken of, and that is said."""
        return tuple(n for n, by in self._gone.items() if n in self._said.get(by, ()))

    def add(self, row: SealedEntry) -> str | None:
        """Take note of the next entry, whose seal fits; return what is wrong with it."""
        entry = row.entry
        if entry.redacted is None:
            if row.payload_hash is not None:
                return "it has the hash of a payload that was taken away, and no redaction"
            if entry.event == REDACTED and entry.payload is not None:
                self._hear(entry.revision, json.loads(entry.payload))
            return None
        self._gone[entry.revision] = entry.redacted
        if entry.payload is not None or row.salt not in {None, ""}:
            return "it holds what a redaction took away"
        return None

    def _hear(self, revision: int, said: Any) -> None:
        self._said[revision] = tuple(said["entries"])
        for earlier in said["earlier"]:
            self._said[earlier["revision"]] = tuple(earlier["entries"])

    def unsaid(self) -> Iterator[tuple[int, str]]:
        """Yield the entries of which it is said otherwise than it is, and what is wrong."""
        for revision, by in self._gone.items():
            if revision not in self._said.get(by, ()):
                yield revision, f"its payload was taken away, and entry {by} does not say so"
        for by, entries in self._said.items():
            for revision in entries:
                if self._gone.get(revision) != by:
                    yield revision, f"entry {by} says that its payload was taken away: it is there"
