"""Cases: one running instance of a workflow each."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import attrs

D = TypeVar("D")


@attrs.frozen
class Case(Generic[D]):
    """One case as it stood after one of its steps; a frozen value, never updated in place.

    Attributes:
        id: Unique within the tenant.
        state: Name of the state it rests in.
        previous: Name of the state it was in before; `None` while it has only been opened.
        data: What the workflow keeps about it.
        revision: How many steps it has taken; 1 after its opening, 0 while that is decided.
        workflow: Name of its workflow.
        version: Version of the definition that it was opened with.
        opened_at: When it was opened, an aware datetime in UTC.
    """

    id: str
    state: str
    previous: str | None
    data: D
    revision: int
    workflow: str
    version: int
    opened_at: datetime
