"""What engines that wait and engines that await have alike: each call as a procedure to run."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from propflow.decision import Accepted, Option
from propflow.decision.decide import utc
from propflow.decision.options import openings
from propflow.definition import Action, Actor, Case, Context, Entry, State, Workflow
from propflow.errors import Refused, TenancyError, WrongWorkflow
from propflow.runtime import procedures, requests
from propflow.runtime.operations import Steps
from propflow.runtime.page import Page
from propflow.runtime.registry import Registry
from propflow.runtime.requests import Request, check_id, id_of
from propflow.storage import Ref

if TYPE_CHECKING:
    from propflow.decision.machine import Machine

D = TypeVar("D")


def present() -> datetime:
    """Return the present in UTC."""
    return datetime.now(UTC)


class Calls:
    """Checks what a host asks for and turns it into steps, which an engine runs over its store."""

    def __init__(
        self,
        workflows: Iterable[type[Workflow[Any]]],
        *,
        answers: bool,
        provides: Iterable[str] | None,
        clock: Callable[[], datetime],
        tenancy: Literal["optional", "required"],
    ) -> None:
        chosen = tuple(workflows)
        needed = {fact.name for workflow in chosen for fact in workflow.spec.needs}
        answered = () if not answers else needed if provides is None else provides
        self._registry = Registry(chosen, answered)
        self._clock = clock
        self._tenant: str | None = None if tenancy == "required" else ""
        self._scoped = False
        self._handle: Any = None

    def scoped(self, tenant: str) -> Self:
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

    def joined(self, handle: Any) -> Self:
        """Return an engine whose calls are part of a transaction of the host's.

        It commits nothing and rolls back nothing but what a call of its own wrote before it failed,
        so the host's transaction stays usable after a refusal. Nothing is tried twice in it. Use
        it where the handle may be used, and no longer than that.

        Args:
            handle: What the store joins: a SQLAlchemy session or connection for a store in a SQL
                database, an asynchronous one for an `AsyncEngine`. A session is flushed first.

        Raises:
            InvalidArgument: From the calls of the engine returned: the store cannot join this.
        """
        joined = copy.copy(self)
        joined._handle = handle  # noqa: SLF001 - of its own class
        return joined

    def machine(self, workflow: type[Workflow[Any]]) -> Machine:
        """Return the workflow's `transitions` machine, for diagrams and objects of the host's own.

        ``machine.add_model(thing, initial="lent")`` gives a thing with the attributes of a case a
        method for each event, which takes ``context=`` and, where the event has one, ``payload=``.
        It moves the thing's ``state`` alone; `propflow.decision.machine.host_machine` says more.
        """
        from propflow.decision.machine import host_machine

        return host_machine(workflow.spec)

    # Each call as a request or as steps -----------------------------------------------------------

    def _start(
        self,
        action: Action[Any, Any],
        by: Actor,
        case_id: str | None,
        key: str | None,
        occurred_at: datetime | None,
    ) -> Request:
        return requests.opening(
            action, by=by, now=self._now(), case_id=case_id, key=key, occurred_at=occurred_at
        )

    def _fire(
        self,
        case: Case[Any] | str,
        action: Action[Any, Any],
        by: Actor,
        key: str | None,
        expected: int | None,
        occurred_at: datetime | None,
    ) -> Request:
        return requests.step(
            case,
            action,
            by=by,
            now=self._now(),
            key=key,
            expected=expected,
            occurred_at=occurred_at,
        )

    def _take(self, request: Request, *, any_case: bool) -> Steps[Case[Any]]:
        return procedures.take_step(self._registry, self._of(), request, any_case=any_case)

    def _may_try_again(self, request: Request) -> bool:
        """Whether a conflict may be the same request, which got there first.

        Then its key is found the second time. A transaction of the host's is the host's to repeat.
        """
        return request.key is not None and self._handle is None

    def _fire_many(
        self, steps: Iterable[tuple[Case[Any] | str, Action[Any, Any]]], by: Actor
    ) -> Steps[list[Case[Any] | Refused]]:
        now = self._now()
        asked = [requests.step(case, action, by=by, now=now) for case, action in steps]
        return procedures.take_steps(self._registry, self._of(), asked)

    def _check(
        self, case: Case[D] | str | type[Workflow[D]], action: Action[Any, D], by: Actor
    ) -> Steps[Accepted[D] | Refused]:
        if isinstance(case, type):
            request = requests.opening(action, by=by, now=self._now())
            if action.workflow != case.spec.name:
                raise WrongWorkflow(f"the action {action.event!r}", action.workflow, case.spec.name)
        else:
            request = requests.step(case, action, by=by, now=self._now())
        return procedures.check_step(self._registry, self._of(), request)

    def _options(
        self, case: Case[Any] | str | type[Workflow[Any]], by: Actor
    ) -> Steps[tuple[Option, ...]] | tuple[Option, ...]:
        """Return the steps, or at once the openings of a workflow, for which nothing is read."""
        now = self._now()

        def at(facts: Mapping[str, Any], settings: object) -> Context:
            return Context(by, now, now, facts, settings)

        if isinstance(case, type):
            plan = self._registry.latest(case.spec.name).plan
            return openings(plan, at({}, plan.spec.settings))
        return procedures.list_options(self._registry, self._ref(case), at)

    def _get(self, case_id: str, workflow: type[Workflow[D]]) -> Steps[Case[D]]:
        return procedures.get_case(self._registry, self._ref(case_id), workflow.spec.name)

    def _find(
        self,
        workflow: type[Workflow[D]],
        state: State | str | None,
        where: Mapping[str, Any] | None,
        limit: int,
        after: str | None,
    ) -> Steps[Page[D]]:
        return procedures.find_cases(
            self._registry,
            self._of(),
            workflow.spec.name,
            state=state,
            where=where,
            limit=limit,
            after=after,
        )

    def _history(self, case: Case[Any] | str) -> Steps[tuple[Entry, ...]]:
        return procedures.get_history(self._registry, self._ref(case))

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
