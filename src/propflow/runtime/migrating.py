"""Taking a case to another version of its workflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from propflow.decision import Accepted
from propflow.decision.due import Due, due, parts
from propflow.decision.migration import migrate
from propflow.definition import Actor, Case
from propflow.errors import Conflict
from propflow.runtime.change import change_of
from propflow.runtime.commit import check_written
from propflow.runtime.operations import Steps, apply, load
from propflow.runtime.reading import case_of, data_after, read_entries, the_one
from propflow.runtime.registry import Registered, Registry
from propflow.storage import Outcome, Ref, Snapshot


@attrs.frozen(eq=False)
class Wish:
    """Where a case is to go, and how.

    Attributes:
        to_version: The version to go to.
        convert: Returns the new data for the old; `None` reads them as the new version's class.
        states: New names of states by their old ones.
        by: Who wishes it.
        now: When, UTC.
        expected: The revision that it was meant for; `None` for whichever it is at.
    """

    to_version: int
    convert: Callable[[Any], Any] | None
    states: Mapping[str, str]
    by: Actor
    now: datetime
    expected: int | None


def migrate_case(registry: Registry, refs: Sequence[Ref], wish: Wish) -> Steps[Case[Any]]:
    """Take a case to another version; one that is there already stays as it is.

    Raises:
        NotFound: It is not there.
        AmbiguousId: Several workflows have a case of this id.
        Conflict: It is not at the revision that the wish was meant for.
        UnknownWorkflow: One of the two versions is not registered.
        CannotMigrate: It has no place in the version.
        FunctionRaised: `convert` is broken.
    """
    before = the_one(refs, (yield load(refs, lock=True)))
    ref = before.ref
    new = registry.version(before.workflow, wish.to_version)
    if before.version == wish.to_version:
        return case_of(new, before)
    if wish.expected is not None and before.revision != wish.expected:
        raise Conflict(ref.case_id, wish.expected, before.revision)
    old = registry.version(before.workflow, before.version)
    case = case_of(old, before)
    step = migrate(
        old.plan,
        new.plan,
        case,
        wish.convert or (lambda _: new.codec.read_data(before.data)),
        states=wish.states,
        actor=wish.by,
        now=wish.now,
        late=wish.now < before.occurred_at,
    )
    begun, ended = yield from _deadlines(registry, old, new, before, step)
    change = change_of(new, ref, before, case, step, (begun, ended))
    outcomes: list[Outcome] = yield apply((change,), last=True)
    check_written(change, outcomes[0])
    return step.case


def _deadlines(
    registry: Registry,
    old: Registered,
    new: Registered,
    before: Snapshot,
    step: Accepted[Any],
) -> Steps[tuple[tuple[Due, ...], tuple[str, ...]]]:
    """Return the deadlines that run in the new version, and the names of all that may have run."""
    if not (old.has_deadlines or new.has_deadlines):
        return (), ()
    history = (*(yield from read_entries(registry, before)), step.entry)
    runs = due(new.plan.spec, history, data_after(new, before.ref, history, step.case))
    # All: where the host has written its row, nobody knows which of them are kept as due.
    known = old.plan.spec.deadlines.values()
    return runs, tuple(name for deadline in known for name, _ in parts(deadline))
