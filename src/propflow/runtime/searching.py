"""What `find` is asked for, as a query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from propflow.definition import State
from propflow.errors import InvalidQuery, Problem
from propflow.runtime.page import read_cursor
from propflow.runtime.registry import Registry
from propflow.storage import Query

if TYPE_CHECKING:
    from propflow.storage.codec import Codec


def query_of(
    registry: Registry,
    workflow: str,
    tenant: str,
    *,
    state: State | str | None,
    where: Mapping[str, Any] | None,
    limit: int,
    after: str | None,
) -> Query:
    """Return the query; a state that holds others matches those within it, in every version.

    Raises:
        UnknownWorkflow: The engine does not have the workflow.
        InvalidQuery: The state is unknown, a field is not indexed, a value is of the wrong type,
            the limit is not positive, or the cursor is none.
    """
    codec = registry.latest(workflow).codec
    trees = [version.plan.spec.tree for version in registry.versions(workflow)]
    problems: list[Problem] = []
    if type(limit) is not int:
        problems.append(Problem("limit", f"{limit!r} is no whole number"))
    elif limit < 1:
        problems.append(Problem("limit", f"{limit} must be at least 1"))
    name = state.name if isinstance(state, State) else state
    known = dict.fromkeys(state for tree in trees for state in tree.states)
    if name is not None and name not in known:
        has = ", ".join(known)
        problems.append(Problem("state", f"{workflow} has no state {name!r}; it has {has}"))
    values, wrong = _values(codec, where)
    place = read_cursor(after) if isinstance(after, str) else None
    if after is not None and place is None:
        problems.append(Problem("after", f"{after!r} is no cursor; give the .cursor of a page"))
    problems += wrong
    if problems:
        raise InvalidQuery("find", problems)
    if name is None:
        return Query(tenant, workflow, None, values, place, limit)
    leaves = (leaf for tree in trees if name in tree.states for leaf in tree.leaves(name))
    return Query(tenant, workflow, tuple(dict.fromkeys(leaves)), values, place, limit)


def _values(codec: Codec, where: object) -> tuple[tuple[tuple[str, str], ...], list[Problem]]:
    """Return what the fields must hold, and what is wrong with it."""
    if where is None or isinstance(where, Mapping):
        return codec.where(cast("Mapping[str, Any]", where or {}))
    return (), [Problem("where", f"{where!r} is no mapping; give {{field: value}}")]
