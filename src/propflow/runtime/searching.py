"""What `find` is asked for, as a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from propflow.definition import State
from propflow.errors import InvalidQuery, Problem
from propflow.runtime.page import read_cursor
from propflow.runtime.registry import Registered
from propflow.storage import Query


def query_of(
    registered: Registered,
    tenant: str,
    *,
    state: State | str | None,
    where: Mapping[str, Any] | None,
    limit: int,
    after: str | None,
) -> Query:
    """Return the query; a state that holds others matches those within it.

    Raises:
        InvalidQuery: The state is unknown, a field is not indexed, a value is of the wrong type,
            the limit is not positive, or the cursor is none.
    """
    spec = registered.plan.spec
    if limit < 1:
        raise InvalidQuery("find", [Problem("limit", f"{limit} must be at least 1")])
    states = None
    if state is not None:
        name = state.name if isinstance(state, State) else state
        if name not in spec.states:
            known = ", ".join(spec.states)
            problem = Problem("state", f"{spec.name} has no state {name!r}; it has {known}")
            raise InvalidQuery("find", [problem])
        states = spec.tree.leaves(name)
    return Query(
        tenant=tenant,
        workflow=spec.name,
        states=states,
        where=registered.codec.where(where or {}),
        after=None if after is None else read_cursor(after),
        limit=limit,
    )
