"""The engine: what a host calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

from propflow.decision import Accepted, Option
from propflow.definition import Action, Actor, Case, Entry, State, Workflow
from propflow.errors import Conflict, Refused
from propflow.runtime.calls import Calls, present
from propflow.runtime.operations import FactProvider, Steps, run
from propflow.runtime.page import Page
from propflow.runtime.requests import Request
from propflow.storage import OwningStore

D = TypeVar("D")
T = TypeVar("T")


class Engine(Calls):
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
        """
        super().__init__(
            workflows,
            answers=facts is not None,
            provides=provides,
            clock=clock,
            tenancy=tenancy,
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
    ) -> Page[D]:
        """Return the cases that match, oldest first.

        Args:
            workflow: The workflow, all versions.
            state: Only in this state, or in one that lies within it.
            where: Only with these values of the workflow's indexed fields.
            limit: At most so many.
            after: The cursor of the page before.

        Raises:
            InvalidQuery: The question cannot be asked so.
            UnknownWorkflow: The engine does not have the workflow, or not the version of a case.
        """
        return self._run(self._find(workflow, state, where, limit, after), write=False)

    def history(self, case: Case[Any] | str) -> tuple[Entry, ...]:
        """Return everything that happened to a case, oldest first.

        Raises:
            NotFound: No case has this id.
        """
        return self._run(self._history(case), write=False)

    def _taken(self, request: Request, *, any_case: bool) -> Case[Any]:
        try:
            return self._run(self._take(request, any_case=any_case), write=True)
        except Conflict:
            if not self._may_try_again(request):
                raise
            return self._run(self._take(request, any_case=any_case), write=True)

    def _run(self, steps: Steps[T], *, write: bool) -> T:
        store, handle = self._store, self._handle
        with store.begin(write=write) if handle is None else store.join(handle, write=write) as tx:
            return run(steps, store, tx, self._facts)
