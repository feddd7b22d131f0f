"""Taking steps: the steps of one commit, decided against each other, then written at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from propflow.decision import Accepted
from propflow.decision.decide import decide_step, moved, new_case
from propflow.decision.due import Due, changed, looked_back
from propflow.definition import (
    SYSTEM,
    Case,
    Context,
    Effect,
    Entry,
    FireCase,
    StartCase,
    cases,
)
from propflow.definition.context import NO_FACTS
from propflow.definition.own_step import OwnStep, own_event
from propflow.errors import (
    CaseExists,
    Conflict,
    EffectChainError,
    PropflowError,
    Refused,
    StoreError,
    WrongWorkflow,
)
from propflow.runtime import requests
from propflow.runtime.change import NOTHING, change_of
from propflow.runtime.operations import Steps, ask_host, by_name, load, new_id
from propflow.runtime.reading import case_of, data_after, existing, read_entries
from propflow.runtime.registry import Registered, Registry
from propflow.runtime.relations import with_cases
from propflow.runtime.requests import Request
from propflow.storage import Change, Outcome, Ref, Snapshot

_DEEPEST_CHAIN = 16

Chain: TypeAlias = tuple[tuple[str, str, str], ...]
"""Steps that each follow from the one before: workflow, event and case."""


class Commit:
    """The steps of one commit, decided but not yet written.

    Attributes:
        changes: What to write, in order.
        latest: The cases that were read, as these changes leave them.
        named: The cases that were opened under an id that the caller chose.
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
        self._entries: list[Entry] = []  # of each change
        self.named: dict[Ref, Change] = {}
        self._before: list[tuple[Snapshot, Case[Any]] | None] = []  # what each change changed

    def take_or_leave(self, request: Request) -> Steps[Accepted[Any] | Refused]:
        """Decide a step as `take` does; if it is refused, leave everything as it was before."""
        changes = len(self.changes)
        try:
            return (yield from self.take(request))
        except Refused as refused:
            self._back_to(changes)
            return refused

    def attempt(self, request: Request) -> Steps[PropflowError | None]:
        """Decide a step as `take` does; where that fails, leave everything as it was before."""
        changes = len(self.changes)
        try:
            yield from self.take(request)
        except StoreError:
            raise
        except PropflowError as error:
            self._back_to(changes)
            return error
        return None

    def _back_to(self, changes: int) -> None:
        while len(self.changes) > changes:
            ref, before = self.changes.pop().snapshot.ref, self._before.pop()
            self._entries.pop()
            if before is None:
                del self.latest[ref]
                self.named.pop(ref, None)
            else:
                self.latest[ref] = before

    def read_ahead(self, refs: Iterable[Ref]) -> Steps[None]:
        """Read cases that steps will be taken of, all at once; one that is not there is left out.

        Raises:
            UnknownWorkflow: The version that one was opened with is not registered.
            UnreadableData: The data of one do not fit that version.
        """
        wanted = tuple(dict.fromkeys(refs))
        found: list[Snapshot | None] = yield load(wanted, lock=self._lock)
        for stored in found:
            if stored is not None:
                self.know(self._registry.version(stored.workflow, stored.version), stored)

    def know(self, registered: Registered, stored: Snapshot) -> None:
        """Take note of a case that was read, unless this commit knows it already.

        Raises:
            UnreadableData: Its data do not fit its version.
        """
        if stored.ref not in self.latest:
            self.latest[stored.ref] = stored, case_of(registered, stored)

    def take(self, request: Request, chain: Chain = ()) -> Steps[Accepted[Any]]:
        """Decide a step and those that follow from it in the same commit.

        Raises:
            Refused: This step, or one that follows from it, is refused.
            Conflict: The case is not at the revision that the request was meant for.
            EffectChainError: The steps run in a cycle, or too deep.
        """
        workflow = request.action.workflow
        if (
            request.opening
            and not request.named
            and self._lock
            and self._registry.is_mapped(workflow)
        ):
            made: str = yield new_id(self._tenant, workflow, request.case_id)
            request = attrs.evolve(request, case_id=made)
        ref = self._registry.ref(self._tenant, workflow, request.case_id)
        before: Snapshot | None = None
        if request.opening:
            registered = self._registry.latest(request.action.workflow)
            case: Case[Any] = new_case(
                registered.plan, request.action, case_id=request.case_id, opened_at=request.now
            )
        else:
            known = self.latest.get(ref)
            if known is None:
                before = existing(ref, (yield load((ref,), lock=self._lock)))
                registered = self._registry.version(before.workflow, before.version)
                case = case_of(registered, before)
                self.latest[ref] = before, case
            else:
                before, case = known
                registered = self._registry.version(case.workflow, case.version)
            _check_meant(request, case)

        if registered.asks_host or registered.asks_cases:
            step = yield from self._with_facts(registered, before, case, request)
        else:
            step = _decide(registered, before, case, request, NO_FACTS)
        if isinstance(step, Refused):
            raise step
        yield from self.add(registered, ref, before, case, step)
        if request.named:
            self.named[ref] = self.changes[-1]
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

    def add(
        self,
        registered: Registered,
        ref: Ref,
        before: Snapshot | None,
        case: Case[Any],
        step: Accepted[Any],
    ) -> Steps[None]:
        """Add a step that was decided to what is written."""
        timing = NOTHING
        if registered.has_deadlines:
            timing = changed(
                registered.plan.spec, step.entry, None if before is None else before.left
            )
        if registered.looks_back:
            entries = (*(yield from self.entries_of(ref, before)), step.entry)
            data = data_after(registered, ref, entries, step.case)
            # The host may have written its row, and what was kept of what is due be wrong.
            more = looked_back(registered.plan.spec, entries, data, anew=bool(ref.table))
            timing = timing[0] + more[0], timing[1] + more[1]
        self._add(change_of(registered, ref, before, case, step, timing), step)

    def _add(self, change: Change, step: Accepted[Any]) -> None:
        ref = change.snapshot.ref
        self.changes.append(change)
        self._entries.append(step.entry)
        self._before.append(self.latest.get(ref))
        self.latest[ref] = change.snapshot, step.case

    def entries_of(self, ref: Ref, stored: Snapshot | None) -> Steps[tuple[Entry, ...]]:
        """Return the history of a case, which may be stored, with the steps of this commit."""
        ours = [
            entry
            for change, entry in zip(self.changes, self._entries, strict=True)
            if change.snapshot.ref == ref
        ]
        if stored is None or (ours and ours[0].revision == 1):
            return tuple(ours)
        before = yield from read_entries(self._registry, stored)
        return (*before, *ours)

    def note(
        self,
        ref: Ref,
        own: OwnStep,
        *,
        now: datetime,
        occurred_at: datetime,
        key: str | None = None,
        effects: tuple[Effect, ...] = (),
        begun: tuple[Due, ...] = (),
    ) -> Steps[None]:
        """Add a step that propflow takes by itself, in place and as `SYSTEM`.

        Args:
            ref: The case.
            own: What it does.
            now: When it is recorded.
            occurred_at: When it happened.
            key: By which it can be in the history once only.
            effects: What leaves after the commit.
            begun: What is due from now on at another moment than before.
        """
        yield from self.read_ahead(() if ref in self.latest else (ref,))
        before, case = self.latest[ref]
        registered = self._registry.version(case.workflow, case.version)
        after = moved(case, case.state, case.data)
        late = occurred_at < before.occurred_at
        entry = Entry(
            *(SYSTEM, own_event(own), own, case.state, case.state),
            *(occurred_at, now, after.revision, key, late),
        )
        step = Accepted(after, entry, effects)
        if begun:
            timing = begun, tuple(each.deadline for each in begun)
            self._add(change_of(registered, ref, before, case, step, timing), step)
        else:
            yield from self.add(registered, ref, before, case, step)

    def _with_facts(
        self,
        registered: Registered,
        before: Snapshot | None,
        case: Case[Any],
        request: Request,
    ) -> Steps[Accepted[Any] | Refused]:
        """Decide a step of a workflow that needs facts, the host's or this store's."""
        answers: Mapping[str, Any] = NO_FACTS
        if registered.asks_host:
            answers = by_name((yield ask_host(case, request.action)))
        if not registered.asks_cases:
            return _decide(registered, before, case, request, answers)
        known = {ref: case for ref, (_, case) in self.latest.items()}
        return (
            yield from with_cases(
                self._registry,
                self._tenant,
                known,
                lambda read: _decide(
                    registered, before, case, request, {**answers, cases.name: read}
                ),
                lock=self._lock,
            )
        )

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """Check that everything was written.

        Raises:
            CaseExists: A case to open exists already.
            Conflict: A case was changed since it was read.
        """
        for change, outcome in zip(self.changes, outcomes, strict=True):
            check_written(change, outcome)


def step_alone(
    registered: Registered, before: Snapshot, request: Request
) -> tuple[Case[Any], Change]:
    """Decide a step from which no other follows in its commit, as is so of almost every step.

    Raises:
        Refused: The step is refused.
        WrongWorkflow: The case is of another workflow than the action.
        Conflict: The case is not at the revision that the request was meant for.
    """
    case = case_of(registered, before)
    _check_meant(request, case)
    step = _decide(registered, before, case, request, NO_FACTS)
    if isinstance(step, Refused):
        raise step
    timing = NOTHING
    if registered.has_deadlines:
        timing = changed(registered.plan.spec, step.entry, before.left)
    return step.case, change_of(registered, before.ref, before, case, step, timing)


def check_written(change: Change, outcome: Outcome) -> None:
    """Check that a change was written.

    Raises:
        CaseExists: The case to open exists already.
        Conflict: The case was changed since it was read.
    """
    if outcome is Outcome.MOVED:
        return
    if change.expected == 0 and outcome is Outcome.DUPLICATE:
        raise CaseExists(change.snapshot.ref.case_id)
    raise Conflict(change.snapshot.ref.case_id, change.expected, None)


def _check_meant(request: Request, case: Case[Any]) -> None:
    """Check that a step is meant for the case as it stands.

    Raises:
        WrongWorkflow: It is of another workflow.
        Conflict: It is at another revision.
    """
    if case.workflow != request.action.workflow:
        raise WrongWorkflow(f"the case {case.id!r}", case.workflow, request.action.workflow)
    if request.expected is not None and case.revision != request.expected:
        raise Conflict(case.id, request.expected, case.revision)


def _decide(
    registered: Registered,
    before: Snapshot | None,
    case: Case[Any],
    request: Request,
    answers: Mapping[str, Any],
) -> Accepted[Any] | Refused:
    plan = registered.plan
    return decide_step(
        plan,
        case,
        request.action,
        Context(request.by, request.now, request.occurred_at, answers, plan.spec.settings),
        key=request.key,
        last_occurred_at=None if before is None else before.occurred_at,
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
