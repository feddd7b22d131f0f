"""The engine: what a host calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

from propflow.decision import Accepted, Option
from propflow.decision.clocks import Clock
from propflow.definition import SYSTEM, Action, Actor, Case, Entry, State, Workflow
from propflow.errors import Conflict, Refused
from propflow.runtime.adopting_calls import AdoptingCalls
from propflow.runtime.arguments import check_store
from propflow.runtime.calls import present
from propflow.runtime.later_calls import LaterCalls
from propflow.runtime.operations import FactProvider, Steps
from propflow.runtime.page import Page
from propflow.runtime.parking import Parked
from propflow.runtime.requests import Request
from propflow.storage import OwningStore

D = TypeVar("D")
T = TypeVar("T")


class Engine(LaterCalls, AdoptingCalls):
    """Runs workflows over a store: each call is one transaction, decided whole or not at all.

    Safe to share between threads where its store is.

    Raises:
        TenancyError: From every call, if a tenant is required and the engine is not `scoped`.
        StoreError: From every call that reads or writes: the store is closed, cannot be reached,
            lacks its tables, or holds data that their classes cannot read.
    """

    def __init__(
        self,
        store: OwningStore[Any],
        workflows: Iterable[type[Workflow[Any]]],
        *,
        facts: FactProvider | None = None,
        provides: Iterable[str] | None = None,
        clock: Callable[[], datetime] = present,
        tenancy: Literal["optional", "required"] = "optional",
    ) -> None:
        """Register workflows and compile them.

        Args:
            store: Where cases are kept.
            workflows: Every version of every workflow to run; `start` uses the highest.
            facts: ``provider(connection, case, action)``, which answers the facts that workflows
                need; called once per decision, before it.
            provides: Names of the facts that the provider answers; every one if not given.
            clock: Returns the present as an aware datetime; asked once per call.
            tenancy: With ``required``, only `scoped` engines may be used.

        Raises:
            InvalidRegistration: A workflow is registered twice, or needs a fact that nobody
                answers; all problems at once.
            InvalidArgument: The store is none or is of the other engine, or another argument is
                none of what it must be.
        """
        check_store(store, awaits=False)
        super().__init__(
            workflows,
            answers=facts is not None,
            provides=provides,
            clock=clock,
            tenancy=tenancy,
            store=store,
        )
        self._store = store
        self._facts = facts

    def start(
        self,
        action: Action[Any, D],
        *,
        by: Actor,
        id: str | None = None,
        key: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Case[D]:
        """Open a case with the highest version of its workflow, and return it.

        Args:
            action: The opening.
            by: Who opens it.
            id: The new case's id; one is made if none is given.
            key: Makes the request idempotent: it may be repeated with the same content.
            occurred_at: When it happened, an aware datetime, if that was before now.

        Raises:
            Refused: With every reason; nothing has changed.
            CaseExists: A case with this id exists already.
            KeyReused: The key came with other content before.
            InvalidPayload: The payload is not of the event's class, or cannot be stored.
            PayloadTooLarge: It is larger than 1 MiB.
            UnknownWorkflow: The engine does not have the workflow.
            UnknownEvent: The workflow does not have the event.
            FunctionRaised: A function of the definition is broken.
            EffectChainError: Effects that open or fire cases run in a cycle, or too deep.
            InvalidId: The id, the key or the actor's id cannot be stored.
            NaiveDatetime: `occurred_at` has no UTC offset.
        """
        request = self._start(action, by, id, key, occurred_at)
        return self._taken(request, any_case=id is None)

    def fire(
        self,
        case: Case[D] | str,
        action: Action[Any, D],
        *,
        by: Actor,
        key: str | None = None,
        expected_revision: int | None = None,
        occurred_at: datetime | None = None,
    ) -> Case[D]:
        """Take a step of a case, and return the case after it.

        Args:
            case: The case, which implies its revision, or its id, which does not.
            action: The step.
            by: Who takes it.
            key: Makes the request idempotent: it may be repeated with the same content.
            expected_revision: The revision that the step is meant for.
            occurred_at: When it happened, an aware datetime, if that was before now; earlier
                than the case's last step is accepted and marked late.

        Raises:
            Refused: With every reason; nothing has changed.
            NotFound: No case has this id.
            Conflict: The case is not at the expected revision.
            WrongWorkflow: The case belongs to another workflow than the action.
            KeyReused: The key came with other content before.
            InvalidPayload: The payload is not of the event's class, or cannot be stored.
            PayloadTooLarge: It is larger than 1 MiB.
            UnknownEvent: The workflow does not have the event.
            FunctionRaised: A function of the definition is broken.
            EffectChainError: Effects that open or fire cases run in a cycle, or too deep.
            UnknownWorkflow: The engine does not have the version that the case was opened with.
            InvalidId: The id, the key or the actor's id cannot be stored.
            NaiveDatetime: `occurred_at` has no UTC offset.
        """
        request = self._fire(case, action, by, key, expected_revision, occurred_at)
        return self._taken(request, any_case=False)

    def fire_many(
        self, steps: Iterable[tuple[Case[Any] | str, Action[Any, Any]]], *, by: Actor
    ) -> list[Case[Any] | Refused]:
        """Take several steps in one commit; those that are refused are left out.

        A case implies its revision, so give the id where several of the steps are of one case.

        Returns:
            For each step the case after it, or the refusal, in the order given.

        Raises:
            NotFound: A case is not there; nothing has changed, as for every other error of `fire`
                but `Refused`.
        """
        return self._run(self._fire_many(steps, by), write=True)

    def check(
        self, case: Case[D] | str | type[Workflow[D]], action: Action[Any, D], *, by: Actor
    ) -> Accepted[D] | Refused:
        """Return what a step would do, steps that follow in its commit included; write nothing.

        Args:
            case: The case or its id; the workflow for an opening.
            action: The step or the opening.
            by: Who would take it.

        Raises:
            NotFound: No case has this id.
            Conflict: The case given is not at its latest revision.
            WrongWorkflow: The case belongs to another workflow than the action.
            InvalidPayload: The payload is not of the event's class.
            UnknownEvent: The workflow does not have the event.
            FunctionRaised: A function of the definition is broken.
        """
        return self._run(self._check(case, action, by), write=False)

    def options(
        self, case: Case[Any] | str | type[Workflow[Any]], *, by: Actor
    ) -> tuple[Option, ...]:
        """Return every event and whether the actor may ask for it, with all reasons.

        Args:
            case: The case or its id; a workflow for what opens one.
            by: Who would ask.

        Raises:
            NotFound: No case has this id.
            FunctionRaised: A guard is broken.
        """
        answer = self._options(case, by)
        return answer if isinstance(answer, tuple) else self._run(answer, write=False)

    def get(self, case_id: str, workflow: type[Workflow[D]]) -> Case[D]:
        """Return a case as it stands.

        Raises:
            NotFound: No case has this id.
            WrongWorkflow: It belongs to another workflow.
            UnknownWorkflow: The version that it was opened with is not registered.
        """
        return self._run(self._get(case_id, workflow), write=False)

    def find(
        self,
        workflow: type[Workflow[D]],
        *,
        state: State | str | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int = 50,
        after: str | None = None,
        skip_unfit: bool = False,
    ) -> Page[D]:
        """Return the cases that match, oldest first.

        Args:
            workflow: The workflow, all versions.
            state: Only in this state, or in one that lies within it.
            where: Only with these values of the workflow's indexed fields.
            limit: At most so many.
            after: The cursor of the page before.
            skip_unfit: Leave out rows of the host's that are no cases as they are, and name them in
                the page's `unfit`, instead of raising. They count for the limit.

        Raises:
            InvalidQuery: The question cannot be asked so.
            UnknownCode: A row holds a code that its mapping does not know.
            UnreadableData: The data of a case do not fit its version.
            UnknownWorkflow: The engine does not have the workflow, or not the version of a case.
        """
        steps = self._find(workflow, state, where, limit, after, skip_unfit=skip_unfit)
        return self._run(steps, write=False)

    def history(self, case: Case[Any] | str) -> tuple[Entry, ...]:
        """Return everything that happened to a case, oldest first.

        Raises:
            NotFound: No case has this id.
        """
        return self._run(self._history(case), write=False)

    def clocks(self, case: Case[Any] | str) -> tuple[Clock, ...]:
        """Return what the clocks of a case show now, from its history alone.

        Raises:
            NotFound: No case has this id.
            FunctionRaised: A function that decides when a deadline is due is broken.
        """
        return self._run(self._clocks(case), write=False)

    def migrate(
        self,
        case: Case[Any] | str,
        *,
        to_version: int,
        data: Callable[[Any], Any] | None = None,
        states: Mapping[str, str] | None = None,
        by: Actor = SYSTEM,
    ) -> Case[Any]:
        """Take a case to another version of its workflow, and return it as it is there.

        Its history says so; guards, updates and effects of neither version run. Deadlines are those
        of the new version, counted from when the case came to its state, and none is due before
        this moment. A case that has the version already stays as it is, so a call may be repeated.

        Args:
            case: The case, which implies its revision, or its id, which does not.
            to_version: The version to go to, a newer or an older one.
            data: Returns the data of the new version for those of the old one. Without it the
                stored data are read as the new version's class.
            states: New names of states by their old ones; the others keep theirs.
            by: Who does it.

        Raises:
            CannotMigrate: The case has no place in the new version; nothing has changed.
            NotFound: No case has this id.
            Conflict: The case is not at its latest revision.
            UnknownWorkflow: The engine does not have both versions.
            FunctionRaised: `data` raised.
            InvalidPayload: What `data` returned cannot be stored.
        """
        return self._run(self._migrate(case, to_version, data, states, by), write=True)

    def redact(
        self,
        case: Case[D] | str,
        *,
        by: Actor,
        reason: str,
        entries: Iterable[int] | None = None,
        data: Callable[[D], D] | None = None,
        undelivered: bool = False,
    ) -> Case[D]:
        """Take personal data out of a case and its history, for good, and return the case.

        The payloads and messages of entries go, and so do the hashes of the data after every entry
        so far. A new entry says who did it, when and why, and holds the case as it is from then on;
        an audit finds the history in order. Entries that hold the data a second time, those of
        migrations and of redactions before, go too. So do steps that were parked for the case and
        could not be taken.

        Args:
            case: The case, which implies its revision, or its id, which does not.
            by: Who does it.
            reason: Why, without personal data: it stays.
            entries: Revisions of the entries to redact, every one if not given.
            data: Returns the data that are left; without it they stay as they are.
            undelivered: Take messages away too that are yet to be delivered.

        Raises:
            CannotRedact: An entry is not there or cannot go, a message is yet to be delivered, or
                the data were changed from outside; nothing has changed.
            NotFound: No case has this id.
            Conflict: The case is not at its latest revision.
            FunctionRaised: `data` raised.
            InvalidPayload: What `data` returned cannot be stored.
            InvalidArgument: There is no reason, or the store redacts nothing.
            UnknownWorkflow: The engine does not have the versions of the case's history.
        """
        steps = self._redact(case, by, reason, entries, data, undelivered=undelivered)
        return self._run(steps, write=True)

    def receive(
        self,
        case_id: str,
        action: Action[Any, D],
        *,
        by: Actor,
        key: str,
        occurred_at: datetime | None = None,
    ) -> Case[D] | Parked:
        """Take a step that came from afar: late, twice, or before its case.

        A step whose case is not there is parked, and taken in the commit that opens the case,
        those of one case in the order in which they happened. Whoever sends one again that was
        parked gets it back as long as it is.

        Args:
            case_id: The case's id, which the client made if it opened the case.
            action: The step, or the opening.
            by: Who took it.
            key: Names the request, so that it may come twice.
            occurred_at: When it happened, an aware datetime.

        Returns:
            The case after the step; or the step as it is parked, with a `problem` if its case came
            and it could not be taken.

        Raises:
            Refused: The case is there, and refuses it; nothing is kept, and it may come again.
            CaseExists: The case to open exists already.
            KeyReused: The key came with other content before.
            InvalidArgument: The store parks nothing.
            PropflowError: Whatever else `start` and `fire` raise.
        """
        request = self._received(case_id, action, by, key, occurred_at)
        received = self._twice(request, lambda: self._receive(request, key))
        if self._look_again(received):
            received = self._twice(request, lambda: self._receive(request, key))
        return received

    def _taken(self, request: Request, *, any_case: bool) -> Case[Any]:
        return self._twice(request, lambda: self._take(request, any_case=any_case))

    def _twice(self, request: Request, steps: Callable[[], Steps[T]]) -> T:
        try:
            return self._run(steps(), write=True)
        except Conflict:
            if not self._may_try_again(request):
                raise
            return self._run(steps(), write=True)
