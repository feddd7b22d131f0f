"""Taking steps: the steps of one commit, decided against each other, then written at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from propflow.decision import Accepted
from propflow.decision.decide import decide_step, new_case
from propflow.definition import (
    Action,
    Actor,
    Case,
    Context,
    FireCase,
    StartCase,
    cases,
)
from propflow.errors import CaseExists, Conflict, EffectChainError, Refused, WrongWorkflow
from propflow.runtime.operations import Steps, apply, ask_host
from propflow.runtime.reading import as_case, read_snapshot
from propflow.runtime.registry import Registered, Registry
from propflow.runtime.relations import CasesRead, with_cases
from propflow.storage import Change, Message, Outcome, Ref, Snapshot, StoredEntry

_DEEPEST_CHAIN = 16


@attrs.frozen
class Request:
    """One step that is asked for.

    Attributes:
        action: What is asked.
        by: Who asks.
        now: When it is decided, UTC.
        occurred_at: When it happened, UTC.
        case_id: Of which case; the id of the new one for an opening.
        expected: The revision that it was meant for; `None` for whichever it is at.
        key: The idempotency key.
        opening: It opens the case.
    """

    action: Action[Any, Any]
    by: Actor
    now: datetime
    occurred_at: datetime
    case_id: str
    expected: int | None = None
    key: str | None = None
    opening: bool = False


@attrs.define
class Commit:
    """The steps of one commit, decided but not yet written.

    Attributes:
        registry: The workflows.
        tenant: Whose cases.
        lock: Hold what is read, because it will be written.
        changes: What to write, in order.
        latest: The cases as these changes leave them.
    """

    registry: Registry
    tenant: str
    lock: bool
    changes: list[Change] = attrs.field(factory=list[Change])
    latest: dict[Ref, tuple[Snapshot, Case[Any]]] = attrs.field(
        factory=dict[Ref, tuple[Snapshot, Case[Any]]]
    )

    def take(self, request: Request, chain: tuple[str, ...] = ()) -> Steps[Accepted[Any]]:
        """Decide a step and those that follow from it in the same commit.

        Raises:
            Refused: This step, or one that follows from it, is refused; nothing was added.
        """
        before = len(self.changes), dict(self.latest)
        try:
            return (yield from self._take(request, chain))
        except Refused:
            del self.changes[before[0] :]
            self.latest = before[1]
            raise

    def _take(self, request: Request, chain: tuple[str, ...]) -> Steps[Accepted[Any]]:
        chain = _longer(chain, request)
        ref = Ref(self.tenant, request.case_id)
        if request.opening:
            registered = self.registry.latest(request.action.workflow)
            snapshot = None
            case: Case[Any] = new_case(
                registered.plan, request.action, case_id=ref.id, opened_at=request.now
            )
        else:
            snapshot, case = yield from self._current(ref)
            if case.workflow != request.action.workflow:
                raise WrongWorkflow(f"the case {ref.id!r}", case.workflow, request.action.workflow)
            if request.expected is not None and case.revision != request.expected:
                raise Conflict(ref.id, request.expected, case.revision)
            registered = self.registry.version(case.workflow, case.version)

        decision = yield from self._decide(registered, case, snapshot, request)
        if isinstance(decision, Refused):
            raise decision
        self._add(registered, ref, snapshot, decision)
        for effect in decision.effects:
            if isinstance(effect, StartCase | FireCase):
                yield from self._take(_following(effect, request), chain)
        return decision

    def _current(self, ref: Ref) -> Steps[tuple[Snapshot, Case[Any]]]:
        if ref not in self.latest:
            snapshot = yield from read_snapshot(ref, lock=self.lock)
            self.latest[ref] = snapshot, as_case(self.registry, snapshot)
        return self.latest[ref]

    def _decide(
        self,
        registered: Registered,
        case: Case[Any],
        snapshot: Snapshot | None,
        request: Request,
    ) -> Steps[Accepted[Any] | Refused]:
        plan = registered.plan
        facts: Mapping[str, Any] = {}
        if registered.asks_host:
            facts = yield from ask_host(case, request.action)

        def decide(read: CasesRead | None) -> Accepted[Any] | Refused:
            answers = facts if read is None else {**facts, cases.name: read}
            context = Context(
                request.by, request.now, request.occurred_at, answers, plan.spec.settings
            )
            last = None if snapshot is None else snapshot.occurred_at
            return decide_step(
                plan, case, request.action, context, key=request.key, last_occurred_at=last
            )

        if not registered.asks_cases:
            return decide(None)
        known = {ref: case for ref, (_, case) in self.latest.items()}
        return (yield from with_cases(self.registry, self.tenant, known, decide, lock=self.lock))

    def _add(
        self, registered: Registered, ref: Ref, snapshot: Snapshot | None, step: Accepted[Any]
    ) -> None:
        change = change_of(registered, ref, snapshot, step)
        self.changes.append(change)
        self.latest[ref] = change.snapshot, step.case

    def write(self) -> Steps[None]:
        """Write everything that was decided.

        Raises:
            CaseExists: A case to open exists already.
            Conflict: A case was changed since it was read.
        """
        outcomes = yield from apply(self.changes)
        for change, outcome in zip(self.changes, outcomes, strict=True):
            if outcome is Outcome.MOVED:
                continue
            if change.expected == 0 and outcome is Outcome.DUPLICATE:
                raise CaseExists(change.snapshot.ref.id)
            raise Conflict(change.snapshot.ref.id, change.expected, None)


def change_of(
    registered: Registered, ref: Ref, before: Snapshot | None, step: Accepted[Any]
) -> Change:
    """Return a step as what is written.

    Raises:
        InvalidPayload: A value cannot be stored.
        PayloadTooLarge: The payload is larger than 1 MiB.
    """
    case, entry, codec = step.case, step.entry, registered.codec
    if before is not None and entry.occurred_at < before.occurred_at:
        latest = before.occurred_at
    else:
        latest = entry.occurred_at
    payload = codec.write_payload(entry.event, entry.payload)
    data = codec.write_data(entry.event, case.data)
    return Change(
        snapshot=Snapshot(
            ref,
            case.workflow,
            case.version,
            case.state,
            case.previous,
            data,
            case.revision,
            case.opened_at,
            latest,
        ),
        expected=case.revision - 1,
        entry=StoredEntry(
            case.revision,
            case.version,
            entry.event,
            payload,
            entry.source,
            entry.target,
            entry.actor.id,
            tuple(sorted(entry.actor.roles)),
            entry.occurred_at,
            entry.recorded_at,
            entry.key,
            entry.late,
            codec.hash_data(data),
        ),
        messages=tuple(
            Message(index, type(effect).__name__, codec.write_effect(entry.event, effect))
            for index, effect in enumerate(step.effects)
            if not isinstance(effect, StartCase | FireCase)
        ),
        indexed=codec.indexed(case.data),
    )


def _following(effect: StartCase | FireCase, request: Request) -> Request:
    by = effect.by or request.by
    if isinstance(effect, StartCase):
        case_id = effect.id or new_id(request.now)
        return Request(effect.action, by, request.now, request.occurred_at, case_id, opening=True)
    return Request(effect.action, by, request.now, request.occurred_at, effect.case_id)


def _longer(chain: tuple[str, ...], request: Request) -> tuple[str, ...]:
    """Return the chain of steps with this one at its end.

    Raises:
        EffectChainError: The step is in the chain already, or the chain is too long.
    """
    step = f"{request.action.workflow}.{request.action.event} on {request.case_id}"
    longer = (*chain, step)
    if step in chain:
        raise EffectChainError("run in a cycle", longer)
    if len(longer) > _DEEPEST_CHAIN:
        raise EffectChainError(f"run deeper than {_DEEPEST_CHAIN} steps", longer)
    return longer


def new_id(now: datetime) -> str:
    """Return an id that sorts by time, so that new cases lie together in the store's index."""
    return f"{int(now.timestamp() * 1000):012x}{os.urandom(10).hex()}"
