"""Steps that arrive before their case: parked, and taken in the commit that opens it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from propflow.definition import Action, Actor, Case
from propflow.errors import KeyReused, PropflowError, UnknownEvent, WrongWorkflow
from propflow.runtime.commit import Commit
from propflow.runtime.idempotency import first_result
from propflow.runtime.operations import (
    Steps,
    apply,
    find_key,
    load,
    park,
    parked,
    parked_for,
    unpark,
)
from propflow.runtime.registry import Registry
from propflow.runtime.requests import Request
from propflow.runtime.work import Transaction, Work
from propflow.storage import ParkedStep, Ref, Snapshot, StoredEntry

_AT_ONCE = 500


@attrs.frozen
class Parked:
    """A step whose case has not arrived, or that could not be taken when it came.

    Attributes:
        case_id: The case that it is for.
        key: Its idempotency key.
        workflow: Name of the workflow.
        event: Name of the event.
        actor: Id of who took it.
        occurred_at: When it happened, UTC.
        received_at: When it was parked, UTC.
        problem: Why it could not be taken, with every reason; `None` while it waits.
    """

    case_id: str
    key: str
    workflow: str
    event: str
    actor: str
    occurred_at: datetime
    received_at: datetime
    problem: str | None


def opens(registry: Registry, action: Action[Any, Any]) -> bool:
    """Whether an action opens a case.

    Raises:
        UnknownWorkflow: The engine does not have the workflow.
    """
    try:
        return registry.latest(action.workflow).plan.event(action).opening
    except UnknownEvent:  # an event of an earlier version, for a case that runs on it
        return False


def receive(
    registry: Registry, tenant: str, request: Request, key: str
) -> Steps[Case[Any] | Parked]:
    """Take a step that came from afar, or park it if its case has not come.

    Raises:
        KeyReused: The key came with other content before.
        Refused: The step is refused, and was not parked before.
    """
    first = yield from first_result(registry, tenant, request, key, any_case=False)
    if first is not None:
        return first
    ref = registry.ref(tenant, request.action.workflow, request.case_id)
    kept = yield from _kept(registry, tenant, request, key)
    found: list[Snapshot | None] = yield load((ref,), lock=True)
    if not request.opening and found[0] is None:
        if kept is None:
            kept = _step(registry, ref, request, key)
            if not (yield park(kept)):  # the same came at the same time
                kept = (yield from _kept(registry, tenant, request, key)) or kept
        return _shown(kept)
    commit = Commit(registry, tenant, lock=True)
    if kept is not None:
        return (yield from _take_kept(commit, registry, kept, request.now))
    accepted = yield from commit.take(request)
    yield from finish(commit, registry)
    return commit.latest[ref][1] if request.opening else accepted.case


def _kept(registry: Registry, tenant: str, request: Request, key: str) -> Steps[ParkedStep | None]:
    """Return the step that was parked under a key, if it is this one.

    Raises:
        KeyReused: It is another.
    """
    steps: list[ParkedStep] = yield parked(tenant, key=key, limit=1)
    if not steps:
        return None
    ours = _step(
        registry, registry.ref(tenant, request.action.workflow, request.case_id), request, key
    )
    if any(
        getattr(steps[0], name) != getattr(ours, name)
        for name in ("ref", "workflow", "event", "payload", "actor")
    ):
        raise KeyReused(key, steps[0].ref.case_id)
    return steps[0]


def _step(registry: Registry, ref: Ref, request: Request, key: str) -> ParkedStep:
    """Return a request as what is parked.

    Raises:
        UnknownEvent: The workflow has no such event.
        InvalidPayload: The payload is not of the event's class, or cannot be stored.
    """
    registered, action = registry.latest(request.action.workflow), request.action
    registered.plan.event(action)
    return ParkedStep(
        ref,
        key,
        action.workflow,
        action.event,
        registered.codec.write_payload(action.event, action.payload),
        request.by.id,
        tuple(sorted(request.by.roles)),
        request.occurred_at,
        request.now,
    )


def _take_kept(
    commit: Commit, registry: Registry, kept: ParkedStep, now: datetime
) -> Steps[Case[Any] | Parked]:
    """Take a parked step whose case is there; write why, if it cannot be taken."""
    problem = yield from _taken(commit, registry, kept, now)
    yield unpark(kept, problem)
    yield from finish(commit, registry)
    if problem is not None:
        return _shown(attrs.evolve(kept, problem=problem))
    return commit.latest[kept.ref][1]


def finish(commit: Commit, registry: Registry) -> Steps[None]:
    """Take what waited for the cases that a commit opens, and write everything.

    Raises:
        CaseExists: A case to open exists already.
        Conflict: A case was changed since it was read.
    """
    opened: set[Ref] = set()
    while waiting := [ref for ref in commit.named if ref not in opened]:
        for ref in waiting:
            opened.add(ref)
            now = commit.named[ref].entry.recorded_at
            steps: list[ParkedStep] = yield parked_for(ref, limit=_AT_ONCE)
            for step in _in_order(steps):
                problem = yield from _taken(commit, registry, step, now)
                yield unpark(step, problem)
    commit.settle((yield apply(commit.changes, last=True)))


def take_for(registry: Registry, ref: Ref, now: datetime) -> Steps[None]:
    """Take what waited for a case that has just been written.

    Raises:
        Conflict: A case was changed since it was read.
    """
    steps: list[ParkedStep] = yield parked_for(ref, limit=_AT_ONCE)
    waiting = [step for step in _in_order(steps) if step.problem is None]
    commit = Commit(registry, ref.tenant, lock=True)
    for step in waiting:
        problem = yield from _taken(commit, registry, step, now)
        yield unpark(step, problem)
    if waiting:
        commit.settle((yield apply(commit.changes, last=True)))


def _in_order(steps: Iterable[ParkedStep]) -> list[ParkedStep]:
    return sorted(steps, key=lambda step: (step.occurred_at, step.received_at, step.key))


def _taken(
    commit: Commit, registry: Registry, step: ParkedStep, now: datetime
) -> Steps[str | None]:
    """Take a parked step; return why not, if it cannot be taken."""
    used: tuple[Ref, StoredEntry] | None = yield find_key(step.ref.tenant, step.key)
    if used is None:
        used = next(
            (
                (change.snapshot.ref, change.entry)
                for change in commit.changes
                if change.entry.key == step.key
            ),
            None,
        )
    try:
        if used is not None:
            raise KeyReused(step.key, used[0].id)
        if step.ref not in commit.latest:
            yield from commit.read_ahead([step.ref])
        case = commit.latest[step.ref][1]
        if case.workflow != step.workflow:
            raise WrongWorkflow(f"the case {case.id!r}", case.workflow, step.workflow)
        codec = registry.version(case.workflow, case.version).codec
        payload = codec.read_payload(step.event, step.payload)
    except PropflowError as error:
        return _words(error)
    action: Action[Any, Any] = Action(step.workflow, step.event, payload)
    by = Actor(step.actor, roles=step.roles)
    request = Request(
        action, by, now, step.occurred_at, step.ref.case_id, None, step.key, opening=False
    )
    failed = yield from commit.attempt(request)
    return None if failed is None else _words(failed)


def _words(error: PropflowError) -> str:
    return f"{type(error).__name__}: {error}"


def _shown(step: ParkedStep) -> Parked:
    return Parked(
        step.ref.case_id,
        step.key,
        step.workflow,
        step.event,
        step.actor,
        step.occurred_at,
        step.received_at,
        step.problem,
    )


def list_parked(tenant: str, limit: int, after: str) -> Steps[tuple[Parked, ...]]:
    """Return parked steps by key."""
    steps: list[ParkedStep] = yield parked(tenant, after=after, limit=limit)
    return tuple(_shown(step) for step in steps)


def take_parked(registry: Registry, tenant: str, now: datetime) -> Work[int]:
    """Take the steps that wait although their case is there; return how many were taken."""
    taken, after = 0, ""
    while True:
        steps: list[ParkedStep] = yield Transaction(_page(tenant, after))
        for step in steps:
            if step.problem is None:
                taken += yield Transaction(_take_waiting(registry, step, now))
        if len(steps) < _AT_ONCE:
            return taken
        after = steps[-1].key


def _page(tenant: str, after: str) -> Steps[list[ParkedStep]]:
    steps: list[ParkedStep] = yield parked(tenant, after=after, limit=_AT_ONCE)
    return steps


def _take_waiting(registry: Registry, step: ParkedStep, now: datetime) -> Steps[bool]:
    (found,) = yield load((step.ref,), lock=True)
    if found is None or not (yield parked(step.ref.tenant, key=step.key, limit=1)):
        return False
    commit = Commit(registry, step.ref.tenant, lock=True)
    answer = yield from _take_kept(commit, registry, step, now)
    return isinstance(answer, Case)
