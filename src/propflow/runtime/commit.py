"""Taking steps: the steps of one commit, decided against each other, then written at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from propflow.decision import Accepted
from propflow.decision.decide import decide_step, new_case
from propflow.definition import (
    Case,
    Context,
    FireCase,
    StartCase,
    cases,
)
from propflow.definition.context import NO_FACTS
from propflow.errors import CaseExists, Conflict, EffectChainError, Refused, WrongWorkflow
from propflow.runtime import requests
from propflow.runtime.operations import Steps, apply, ask_host, by_name, load
from propflow.runtime.reading import as_case, existing
from propflow.runtime.registry import Registered, Registry
from propflow.runtime.relations import with_cases
from propflow.runtime.requests import Request
from propflow.storage import Change, Message, Outcome, Ref, Snapshot, StoredEntry

if TYPE_CHECKING:
    from propflow.storage.codec import Codec

_DEEPEST_CHAIN = 16


Chain: TypeAlias = tuple[tuple[str, str, str], ...]
"""Steps that each follow from the one before: workflow, event and case."""


class Commit:
    """The steps of one commit, decided but not yet written.

    Attributes:
        changes: What to write, in order.
        latest: The cases that were read, as these changes leave them.
    """

    def __init__(self, registry: Registry, tenant: str, *, lock: bool) -> None:
        """Begin with nothing decided.

        Args:
            registry: The workflows.
            tenant: Whose cases.
            lock: Hold what is read, because it will be written.
        """
        self._registry = registry
        self._tenant = tenant
        self._lock = lock
        self.changes: list[Change] = []
        self.latest: dict[Ref, tuple[Snapshot, Case[Any]]] = {}

    def take_or_leave(self, request: Request) -> Steps[Accepted[Any] | Refused]:
        """Decide a step as `take` does; if it is refused, leave everything as it was before."""
        changes, latest = len(self.changes), dict(self.latest)
        try:
            return (yield from self.take(request))
        except Refused as refused:
            del self.changes[changes:]
            self.latest = latest
            return refused

    def take(self, request: Request, chain: Chain = ()) -> Steps[Accepted[Any]]:
        """Decide a step and those that follow from it in the same commit.

        Raises:
            Refused: This step, or one that follows from it, is refused.
            Conflict: The case is not at the revision that the request was meant for.
            EffectChainError: The steps run in a cycle, or too deep.
        """
        ref = Ref(self._tenant, request.case_id)
        before: Snapshot | None = None
        if request.opening:
            registered = self._registry.latest(request.action.workflow)
            case: Case[Any] = new_case(
                registered.plan, request.action, case_id=ref.id, opened_at=request.now
            )
        else:
            known = self.latest.get(ref)
            if known is None:
                stored = existing(ref, (yield load((ref,), lock=self._lock)))
                known = self.latest[ref] = stored, as_case(self._registry, stored)
            before, case = known
            if case.workflow != request.action.workflow:
                raise WrongWorkflow(f"the case {ref.id!r}", case.workflow, request.action.workflow)
            if request.expected is not None and case.revision != request.expected:
                raise Conflict(ref.id, request.expected, case.revision)
            registered = self._registry.version(case.workflow, case.version)

        if registered.asks_host or registered.asks_cases:
            step = yield from self._with_facts(registered, case, request)
        else:
            step = self._decide(registered, case, request, NO_FACTS)
        if isinstance(step, Refused):
            raise step
        change = change_of(registered, ref, before, case, step)
        self.changes.append(change)
        self.latest[ref] = change.snapshot, step.case
        for effect in step.effects:
            if isinstance(effect, StartCase | FireCase):
                following = _following(effect, request)
                try:
                    yield from self.take(following, _longer(chain, request, following))
                except Refused as refused:
                    workflow, event, case_id = _named(request)
                    refused.add_note(
                        f"it follows from {workflow}.{event} on case {case_id!r}, refused with it"
                    )
                    raise
        return step

    def _with_facts(
        self, registered: Registered, case: Case[Any], request: Request
    ) -> Steps[Accepted[Any] | Refused]:
        """Decide a step of a workflow that needs facts, the host's or this store's."""
        answers: Mapping[str, Any] = NO_FACTS
        if registered.asks_host:
            answers = by_name((yield ask_host(case, request.action)))
        if not registered.asks_cases:
            return self._decide(registered, case, request, answers)
        known = {ref: case for ref, (_, case) in self.latest.items()}
        return (
            yield from with_cases(
                self._registry,
                self._tenant,
                known,
                lambda read: self._decide(registered, case, request, {**answers, cases.name: read}),
                lock=self._lock,
            )
        )

    def _decide(
        self,
        registered: Registered,
        case: Case[Any],
        request: Request,
        answers: Mapping[str, Any],
    ) -> Accepted[Any] | Refused:
        plan = registered.plan
        known = self.latest.get(Ref(self._tenant, case.id))
        settings = plan.spec.settings
        context = Context(request.by, request.now, request.occurred_at, answers, settings)
        return decide_step(
            plan,
            case,
            request.action,
            context,
            key=request.key,
            last_occurred_at=None if known is None else known[0].occurred_at,
        )

    def write(self) -> Steps[None]:
        """Write everything that was decided.

        Raises:
            CaseExists: A case to open exists already.
            Conflict: A case was changed since it was read.
        """
        outcomes: list[Outcome] = yield apply(self.changes)
        for change, outcome in zip(self.changes, outcomes, strict=True):
            if outcome is Outcome.MOVED:
                continue
            if change.expected == 0 and outcome is Outcome.DUPLICATE:
                raise CaseExists(change.snapshot.ref.id)
            raise Conflict(change.snapshot.ref.id, change.expected, None)


def change_of(
    registered: Registered,
    ref: Ref,
    before: Snapshot | None,
    case: Case[Any],
    step: Accepted[Any],
) -> Change:
    """Return a step as what is written.

    Args:
        registered: The case's workflow.
        ref: The case.
        before: The case as it is stored, if it is.
        case: The case as the step found it.
        step: The step.

    Raises:
        InvalidPayload: A value cannot be stored.
        PayloadTooLarge: The payload is larger than 1 MiB.
    """
    after, entry, codec = step.case, step.entry, registered.codec
    payload = codec.write_payload(entry.event, entry.payload)  # first: what was given is told first
    if before is not None and after.data is case.data:
        data = before.data
    else:
        data = codec.write_data(entry.event, after.data)
    latest = entry.occurred_at
    if before is not None and latest < before.occurred_at:
        latest = before.occurred_at
    return Change(
        Snapshot(
            ref,
            after.workflow,
            after.version,
            after.state,
            after.previous,
            data,
            after.revision,
            after.opened_at,
            latest,
        ),
        case.revision,
        StoredEntry(
            after.revision,
            after.version,
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
        _messages(codec, step) if step.effects else (),
        codec.indexed(after.data),
    )


def _messages(codec: Codec, step: Accepted[Any]) -> tuple[Message, ...]:
    return tuple(
        Message(index, type(effect).__name__, codec.write_effect(step.entry.event, effect))
        for index, effect in enumerate(step.effects)
        if not isinstance(effect, StartCase | FireCase)
    )


def _following(effect: StartCase | FireCase, request: Request) -> Request:
    by, now, occurred_at = effect.by or request.by, request.now, request.occurred_at
    if isinstance(effect, StartCase):
        return requests.opening(
            effect.action, by=by, now=now, case_id=effect.id, occurred_at=occurred_at
        )
    return requests.step(effect.case_id, effect.action, by=by, now=now, occurred_at=occurred_at)


def _longer(chain: Chain, request: Request, following: Request) -> Chain:
    """Return the chain of steps with this one at its end, if the next may follow.

    Raises:
        EffectChainError: The next is in the chain already, or the chain is too long.
    """
    longer = (*chain, _named(request))
    step = _named(following)
    if step in longer or len(longer) == _DEEPEST_CHAIN:
        why = "run in a cycle" if step in longer else f"run deeper than {_DEEPEST_CHAIN} steps"
        steps = [f"{workflow}.{event} on {case_id}" for workflow, event, case_id in (*longer, step)]
        raise EffectChainError(why, steps)
    return longer


def _named(request: Request) -> tuple[str, str, str]:
    return request.action.workflow, request.action.event, request.case_id
