"""Redactions: personal data leave a history, and an entry of it says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

REDACTED = "(redacted)"
"""The event of the entry with which payloads left a history; no event has this name."""


@attrs.frozen
class Redacted:
    """Stands in an entry for a payload that was taken away.

    Attributes:
        by: Revision of the entry that says who took it away, when and why.
    """

    by: int


@attrs.frozen
class EarlierRedaction:
    """What a redaction said whose own payload a later one took away.

    Attributes:
        revision: The revision of its entry.
        reason: Why it was made.
        entries: Revisions of the entries whose payloads it took away.
    """

    revision: int
    reason: str
    entries: tuple[int, ...]


@attrs.frozen
class Renaming:
    """What is left of a migration whose payload was taken away.

    Attributes:
        revision: The revision of its entry.
        states: New names of states by their old ones.
    """

    revision: int
    states: Mapping[str, str]


@attrs.frozen
class Redaction:
    """The payload of an entry with which payloads left a history.

    It holds the case after it whole, for the entries that led there can be repeated no more.

    Attributes:
        reason: Why.
        entries: Revisions of the entries whose payloads and messages were taken away.
        fields: Names of the fields of the data that were changed.
        version: Version of the case's definition.
        previous: Name of the state before, if any.
        data: The data after it.
        earlier: Redactions whose own payloads it took away.
        renamed: Migrations whose payloads it took away.
    """

    reason: str
    entries: tuple[int, ...]
    fields: tuple[str, ...]
    version: int
    previous: str | None
    data: Any
    earlier: tuple[EarlierRedaction, ...] = ()
    renamed: tuple[Renaming, ...] = ()
