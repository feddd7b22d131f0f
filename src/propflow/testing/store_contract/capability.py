"""What a store may be able to do beyond what every store must."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, TypeVar

Law = TypeVar("Law", bound=Callable[..., Any])

_NEEDS = "propflow_needs"


class Capability(enum.Enum):
    """What a store declares that it can do; what it does not declare is reported as untested."""

    THREADS = "several threads may use the store at once"
    READERS = "readers do not wait for a writer"
    WRITERS = "writers of different cases do not wait for each other"
    LATEST = "a transaction that loses a case sees what the winner made of it"
    JOIN = "a step can be part of a transaction of the host's"
    REOPEN = "what was written is there when the store is opened again"
    OUTBOX = "the contract can look into the outbox"
    CLAIMS = "deadlines and messages can be claimed and settled"
    REDACT = "what was said can be taken out of a history"


def needs(*capabilities: Capability) -> Callable[[Law], Law]:
    """Mark a law as one for stores that declare these capabilities."""

    def mark(law: Law) -> Law:
        setattr(law, _NEEDS, frozenset(capabilities))
        return law

    return mark


def needed_by(law: object) -> frozenset[Capability]:
    """Return what a store must declare for this law."""
    return getattr(law, _NEEDS, frozenset[Capability]())
