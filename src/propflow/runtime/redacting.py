"""Taking personal data out of a case and its history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import attrs

from propflow.decision.redaction import redact, redacted_data, to_take
from propflow.definition import Actor, Case
from propflow.errors import Conflict
from propflow.runtime.commit import Commit
from propflow.runtime.operations import Steps, apply, load, parked_for, take_away, unpark
from propflow.runtime.reading import case_of, read_entries, the_one
from propflow.runtime.registry import Registry
from propflow.storage import ParkedStep, Ref

_AT_ONCE = 500


@attrs.frozen(eq=False)
class Redacting:
    """What is to go.

    Attributes:
        entries: Revisions of the entries whose payloads go; `None` for all.
        change: Returns the data that are left; `None` leaves them as they are.
        undelivered: Messages go too that are yet to be delivered.
        reason: Why.
        by: Who does it.
        now: When, UTC.
        expected: The revision that it was meant for; `None` for whichever it is at.
    """

    entries: frozenset[int] | None
    change: Callable[[Any], Any] | None
    undelivered: bool
    reason: str
    by: Actor
    now: datetime
    expected: int | None


def redact_case(registry: Registry, refs: Sequence[Ref], asked: Redacting) -> Steps[Case[Any]]:
    """Take payloads, messages and data of a case away, and write who, when and why.

    Raises:
        NotFound: The case is not there.
        AmbiguousId: Several workflows have a case of this id.
        Conflict: It is not at the revision that this was meant for.
        UnknownWorkflow: One of the versions that its history was decided with is not registered.
        CannotRedact: What is asked for cannot go.
        FunctionRaised: `change` is broken.
        InvalidArgument: The store cannot take anything away.
    """
    before = the_one(refs, (yield load(refs, lock=True)))
    ref = before.ref
    if asked.expected is not None and before.revision != asked.expected:
        raise Conflict(ref.case_id, asked.expected, before.revision)
    registered = registry.version(before.workflow, before.version)
    case = case_of(registered, before)
    entries = yield from read_entries(registry, before)
    data = redacted_data(registered.plan, case, asked.change)
    chosen = {each.revision: each for each in to_take(case, entries, asked.entries)}
    taken: tuple[int, ...] = yield take_away(
        ref, tuple(chosen), by=before.revision + 1, undelivered=asked.undelivered
    )
    steps: list[ParkedStep] = yield parked_for(ref, limit=_AT_ONCE)
    for each in steps:
        if each.problem is not None:
            yield unpark(each, None)
    step = redact(
        case,
        data,
        [chosen[revision] for revision in taken],
        reason=asked.reason,
        actor=asked.by,
        now=asked.now,
        late=asked.now < before.occurred_at,
    )
    commit = Commit(registry, ref.tenant, lock=True)
    commit.know(registered, before)
    yield from commit.add(registered, ref, before, case, step)
    commit.settle((yield apply(commit.changes, last=True)))
    return step.case
