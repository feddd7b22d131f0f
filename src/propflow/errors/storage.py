"""Errors about what a store cannot do, keep or read."""

from __future__ import annotations

from propflow.errors.root import Problems, PropflowError


class StoreError(PropflowError):
    """A store could not do what was asked."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, is closed, or does not answer."""


class SchemaMissing(StoreError):
    """The database does not have propflow's tables."""


class UnreadableData(Problems, StoreError):
    """Stored data do not fit their class; it was changed without a new version."""


class PayloadTooLarge(PropflowError):
    """A payload is larger than what is stored."""

    def __init__(self, workflow: str, event: str, size: int, limit: int) -> None:
        self.workflow = workflow
        self.event = event
        self.size = size
        self.limit = limit
        super().__init__(
            f"the payload of {workflow}.{event} has {size} bytes, the limit is {limit}; "
            "keep large things in files and store where they are"
        )


class InvalidQuery(Problems):
    """A search that cannot be made; `problems` lists every part that is wrong."""
