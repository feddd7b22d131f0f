"""Which cases of a store have no place in another version of their workflow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from propflow.definition import Workflow
from propflow.definition.document import Definition
from propflow.scoring import Label
from propflow.storage import OwningStore, Query, Snapshot
from propflow.testing.diff import Stranded, diff

_AT_ONCE = 500


@attrs.frozen
class StrandedCase:
    """An open case that another version has no place for, or no way on.

    Attributes:
        tenant: Whose case; the empty text where the host has no tenants.
        case_id: Which case.
        state: Name of the state in which it rests.
        previous: Name of the state that it came from, if any.
        why: What is missing, as `Diff.stranded` says it.
    """

    tenant: str
    case_id: str
    state: str
    previous: str | None
    why: Label


def stranded_cases(
    old: type[Workflow[Any]] | Definition,
    new: type[Workflow[Any]] | Definition,
    store: OwningStore[Any],
    *,
    tenant: str = "",
) -> Iterator[StrandedCase]:
    """Yield the open cases of one definition that another has no place for, oldest first.

    They are read page by page, each in a transaction of its own, so that any number of them takes
    little memory and holds up nobody.

    Args:
        old: The workflow that the cases run on, or its `Definition`.
        new: The one to go to.
        store: Where they are.
        tenant: Of this tenant alone.
    """
    before = old if isinstance(old, Definition) else old.definition()
    places = diff(before, new).stranded
    states = tuple(dict.fromkeys(place.state for place in places))
    page = Query(tenant, before.name, states, limit=_AT_ONCE)
    while states:
        with store.begin(write=False) as tx:
            found = store.find(tx, page)
        for case in found:
            place = next((each for each in places if _is_there(each, case)), None)
            if case.version == before.version and place is not None:
                yield StrandedCase(tenant, case.ref.id, case.state, case.previous, place.why)
        if len(found) < _AT_ONCE:
            return
        page = attrs.evolve(page, after=(found[-1].opened_at, found[-1].ref.id))


def _is_there(place: Stranded, case: Snapshot) -> bool:
    return place.state == case.state and place.previous in {None, case.previous}
