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
    problems: list[Problem] = []
    if limit < 1:
        problems.append(Problem("limit", f"{limit} must be at least 1"))
    name = state.name if isinstance(state, State) else state
    if name is not None and name not in spec.states:
        known = ", ".join(spec.states)
        problems.append(Problem("state", f"{spec.name} has no state {name!r}; it has {known}"))
    values, wrong = registered.codec.where(where or {})
    place = None if after is None else read_cursor(after)
    if after is not None and place is None:
        problems.append(Problem("after", f"{after!r} is no cursor; give the .cursor of a page"))
    problems += wrong
    if problems:
        raise InvalidQuery("find", problems)
    states = None if name is None else spec.tree.leaves(name)
    return Query(tenant, spec.name, states, values, place, limit)
