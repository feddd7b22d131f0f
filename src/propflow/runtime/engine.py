"""The engine: what a host calls."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from propflow.decision import Accepted, Option
from propflow.decision.decide import utc
from propflow.decision.options import openings
from propflow.definition import Action, Actor, Case, Context, Entry, State, Workflow
from propflow.errors import Conflict, Refused, TenancyError, WrongWorkflow
from propflow.runtime import procedures, requests
from propflow.runtime.operations import FactProvider, Steps, run
from propflow.runtime.page import Page
from propflow.runtime.registry import Registry
from propflow.runtime.requests import check_id, id_of
from propflow.storage import OwningStore, Ref

if TYPE_CHECKING:
    from propflow.decision.machine import Machine

D = TypeVar("D")
T = TypeVar("T")


def _present() -> datetime:
    return datetime.now(UTC)


class Engine:
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
        clock: Callable[[], datetime] = _present,
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
        chosen = tuple(workflows)
        needed = {fact.name for workflow in chosen for fact in workflow.spec.needs}
        answered = () if facts is None else needed if provides is None else provides
        self._registry = Registry(chosen, answered)
        self._store = store
        self._facts = facts
        self._clock = clock
        self._tenant: str | None = None if tenancy == "required" else ""
        self._scoped = False

    def scoped(self, tenant: str) -> Engine:
        """Return an engine that sees and writes one tenant alone.

        Raises:
            TenancyError: This engine is scoped to another tenant already.
            InvalidId: The tenant's name cannot be stored.
        """
        check_id("tenant", tenant)
        if self._scoped and tenant != self._tenant:
            raise TenancyError(
                f"this engine is scoped to the tenant {self._tenant!r} and cannot leave it; "
                f"scope the engine that it came from to {tenant!r}"
            )
        scoped = copy.copy(self)
        scoped._tenant = tenant  # noqa: SLF001 - of its own class
        scoped._scoped = True  # noqa: SLF001 - likewise
        return scoped

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
        request = requests.opening(
            action, by=by, now=self._now(), case_id=id, key=key, occurred_at=occurred_at
        )
        return cast("Case[D]", self._take(request, any_case=id is None))

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
        request = requests.step(
            case,
            action,
            by=by,
            now=self._now(),
            key=key,
            expected=expected_revision,
            occurred_at=occurred_at,
        )
        return cast("Case[D]", self._take(request, any_case=False))

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
        now = self._now()
        asked = [requests.step(case, action, by=by, now=now) for case, action in steps]
        return self._run(procedures.take_steps(self._registry, self._of(), asked), write=True)

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
        if isinstance(case, type):
            request = requests.opening(action, by=by, now=self._now())
            if action.workflow != case.spec.name:
                raise WrongWorkflow(f"the action {action.event!r}", action.workflow, case.spec.name)
        else:
            request = requests.step(case, action, by=by, now=self._now())
        steps = procedures.check_step(self._registry, self._of(), request)
        return cast("Accepted[D] | Refused", self._run(steps, write=False))

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
        now = self._now()

        def at(facts: Mapping[str, Any], settings: object) -> Context:
            return Context(by, now, now, facts, settings)

        if isinstance(case, type):
            plan = self._registry.latest(case.spec.name).plan
            return openings(plan, at({}, plan.spec.settings))
        ref = self._ref(case)
        return self._run(procedures.list_options(self._registry, ref, at), write=False)

    def get(self, case_id: str, workflow: type[Workflow[D]]) -> Case[D]:
        """Return a case as it stands.

        Raises:
            NotFound: No case has this id.
            WrongWorkflow: It belongs to another workflow.
            UnknownWorkflow: The version that it was opened with is not registered.
        """
        steps = procedures.get_case(self._registry, self._ref(case_id), workflow.spec.name)
        return cast("Case[D]", self._run(steps, write=False))

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
        steps = procedures.find_cases(
            self._registry,
            self._of(),
            workflow.spec.name,
            state=state,
            where=where,
            limit=limit,
            after=after,
        )
        return cast("Page[D]", self._run(steps, write=False))

    def history(self, case: Case[Any] | str) -> tuple[Entry, ...]:
        """Return everything that happened to a case, oldest first.

        Raises:
            NotFound: No case has this id.
        """
        return self._run(procedures.get_history(self._registry, self._ref(case)), write=False)

    def machine(self, workflow: type[Workflow[Any]]) -> Machine:
        """Return the workflow's `transitions` machine, for diagrams and objects of the host's own.

        ``machine.add_model(thing, initial="lent")`` gives a thing with the attributes of a case a
        method for each event, which takes ``context=`` and, where the event has one, ``payload=``.
        It moves the thing's ``state`` alone; `propflow.decision.machine.host_machine` says more.
        """
        from propflow.decision.machine import host_machine

        return host_machine(workflow.spec)

    def _take(self, request: requests.Request, *, any_case: bool) -> Case[Any]:
        def steps() -> Steps[Case[Any]]:
            return procedures.take_step(self._registry, self._of(), request, any_case=any_case)

        try:
            return self._run(steps(), write=True)
        except Conflict:
            if request.key is None:
                raise
            # The same request may have got there first; then its key is found the second time.
            return self._run(steps(), write=True)

    def _run(self, steps: Steps[T], *, write: bool) -> T:
        with self._store.begin(write=write) as tx:
            return run(steps, self._store, tx, self._facts)

    def _of(self) -> str:
        if self._tenant is None:
            raise TenancyError(
                "this engine requires a tenant; use engine.scoped(tenant=…) for every call"
            )
        return self._tenant

    def _ref(self, case: Case[Any] | str) -> Ref:
        return Ref(self._of(), id_of(case))

    def _now(self) -> datetime:
        return utc("clock()", self._clock())
