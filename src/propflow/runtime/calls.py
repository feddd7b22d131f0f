"""What engines that wait and engines that await have alike: each call as a procedure to run."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

from propflow.decision import Accepted, Option
from propflow.decision.clocks import Clock
from propflow.decision.decide import utc
from propflow.decision.options import openings
from propflow.definition import Action, Actor, Case, Context, Entry, State, Workflow
from propflow.errors import InvalidArgument, Refused, TenancyError, WrongWorkflow
from propflow.runtime import parking, procedures, relaying, requests, sweeping
from propflow.runtime.adopting import Adoption, adopt_row, adopt_rows
from propflow.runtime.arguments import (
    check_clock,
    check_handlers,
    check_lease,
    check_limit,
    check_retry,
    check_steps,
    check_tenancy,
    check_text,
    check_workflow,
    check_workflows,
)
from propflow.runtime.backoff import Backoff
from propflow.runtime.migrating import Wish, migrate_case
from propflow.runtime.operations import Steps
from propflow.runtime.page import Page
from propflow.runtime.parking import Parked
from propflow.runtime.redacting import Redacting, redact_case
from propflow.runtime.registry import Registry
from propflow.runtime.relaying import Handlers, Relayed, Relayer, Undelivered
from propflow.runtime.requests import Request, check_actor, check_id, id_of
from propflow.runtime.sweeping import Sweep, Sweeper, Unfired
from propflow.runtime.work import Work
from propflow.storage import MappedStore, Ref

if TYPE_CHECKING:
    from propflow.decision.machine import Machine

D = TypeVar("D")


SWEEPS_AGAIN = Backoff(first=timedelta(minutes=1))
"""How a deadline that could not fire is tried again: for ever, at last once an hour."""

TRIES_AGAIN = Backoff(attempts=10)
"""How a message is tried again whose handler raised: ten times, over an hour and a half or so."""

LEASE = timedelta(minutes=1)
"""How long a handler may take before another relay delivers its message too."""


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
        store: object,
    ) -> None:
        chosen = check_workflows(workflows)
        check_clock(clock)
        check_tenancy(tenancy)
        needed = {fact.name for workflow in chosen for fact in workflow.spec.needs}
        answered = () if not answers else needed if provides is None else provides
        mapped: Mapping[str, str] = store.mapped if isinstance(store, MappedStore) else {}
        self._registry = Registry(chosen, answered, mapped)
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

        check_workflow(workflow)
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
        asked = [requests.step(case, action, by=by, now=now) for case, action in check_steps(steps)]
        return procedures.take_steps(self._registry, self._of(), asked)

    def _check(
        self, case: Case[D] | str | type[Workflow[D]], action: Action[Any, D], by: Actor
    ) -> Steps[Accepted[D] | Refused]:
        if isinstance(case, type):
            check_workflow(case, "case")
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
            check_workflow(case, "case")
            plan = self._registry.latest(case.spec.name).plan
            return openings(plan, at({}, plan.spec.settings))
        return procedures.list_options(self._registry, self._refs(case), at)

    def _migrate(
        self,
        case: Case[Any] | str,
        to_version: int,
        data: Callable[[Any], Any] | None,
        states: Mapping[str, str] | None,
        by: Actor,
    ) -> Steps[Case[Any]]:
        expected = case.revision if isinstance(case, Case) else None
        wish = Wish(to_version, data, states or {}, by, self._now(), expected)
        return migrate_case(self._registry, self._refs(case), wish)

    def _redact(
        self,
        case: Case[Any] | str,
        by: Actor,
        reason: str,
        entries: Iterable[int] | None,
        data: Callable[[Any], Any] | None,
        *,
        undelivered: bool,
    ) -> Steps[Case[Any]]:
        check_actor(by)
        if not isinstance(reason, str) or not reason.strip():
            raise InvalidArgument("reason", reason, "says nothing; say why, without personal data")
        wanted = None if entries is None else frozenset(entries)
        expected = case.revision if isinstance(case, Case) else None
        asked = Redacting(wanted, data, undelivered, reason, by, self._now(), expected)
        return redact_case(self._registry, self._refs(case), asked)

    def _get(self, case_id: str, workflow: type[Workflow[D]]) -> Steps[Case[D]]:
        check_workflow(workflow)
        return procedures.get_case(self._registry, self._of(), id_of(case_id), workflow.spec.name)

    def _adopt(self, workflow: type[Workflow[D]], row_id: str, by: Actor) -> Steps[Case[D]]:
        check_workflow(workflow)
        check_id("row_id", row_id)
        check_actor(by)
        return adopt_row(
            self._registry, self._of(), workflow.spec.name, row_id, by=by, now=self._now()
        )

    def _adopt_next(
        self, workflow: type[Workflow[Any]], by: Actor, before: Adoption | None, batch: int
    ) -> Steps[Adoption | None]:
        check_workflow(workflow)
        check_actor(by)
        check_limit(batch)
        return adopt_rows(
            self._registry,
            self._of(),
            workflow.spec.name,
            before,
            by=by,
            now=self._now(),
            limit=batch,
        )

    def _find(
        self,
        workflow: type[Workflow[D]],
        state: State | str | None,
        where: Mapping[str, Any] | None,
        limit: int,
        after: str | None,
        *,
        skip_unfit: bool,
    ) -> Steps[Page[D]]:
        check_workflow(workflow)
        return procedures.find_cases(
            self._registry,
            self._of(),
            workflow.spec.name,
            state=state,
            where=where,
            limit=limit,
            after=after,
            skip_unfit=skip_unfit,
        )

    def _history(self, case: Case[Any] | str) -> Steps[tuple[Entry, ...]]:
        return procedures.get_history(self._registry, self._refs(case))

    def _clocks(self, case: Case[Any] | str) -> Steps[tuple[Clock, ...]]:
        return procedures.read_clocks(self._registry, self._refs(case), self._now())

    def _run_due(self, limit: int, retry: Backoff) -> Work[Sweep]:
        self._alone("run_due")
        check_limit(limit)
        check_retry(retry)
        return Sweeper(self._registry, self._of(), self._now(), retry).sweep(limit)

    def _next_due(self) -> Steps[datetime | None]:
        return sweeping.next_due(self._of())

    def _unfired(self, limit: int) -> Steps[tuple[Unfired, ...]]:
        check_limit(limit)
        return sweeping.list_unfired(self._of(), limit)

    def _relay(
        self, handlers: Handlers, limit: int, retry: Backoff, lease: timedelta
    ) -> Work[Relayed]:
        self._alone("relay")
        check_limit(limit)
        check_retry(retry)
        check_lease(lease)
        check_handlers(handlers)
        return Relayer(handlers, self._of(), self._now(), retry, lease).relay(limit)

    def _outbox(self, limit: int) -> Steps[tuple[Undelivered, ...]]:
        check_limit(limit)
        return relaying.list_outbox(self._of(), limit)

    def _dead_letters(self, limit: int) -> Steps[tuple[Undelivered, ...]]:
        check_limit(limit)
        return relaying.list_dead(self._of(), limit)

    def _requeue(self, message_id: str) -> Steps[None]:
        return relaying.requeue_dead(self._of(), message_id, self._now())

    def _prune_outbox(self, before: datetime, limit: int) -> Steps[int]:
        check_limit(limit)
        return relaying.prune_sent(self._of(), utc("before", before), limit)

    def _received(
        self,
        case_id: str,
        action: Action[Any, Any],
        by: Actor,
        key: str,
        occurred_at: datetime | None,
    ) -> Request:
        now = self._now()
        if isinstance(action, Action) and parking.opens(self._registry, action):
            return requests.opening(
                action, by=by, now=now, case_id=case_id, key=key, occurred_at=occurred_at
            )
        return requests.step(case_id, action, by=by, now=now, key=key, occurred_at=occurred_at)

    def _receive(self, request: Request, key: str) -> Steps[Case[Any] | Parked]:
        return parking.receive(self._registry, self._of(), request, key)

    def _look_again(self, received: Case[Any] | Parked) -> bool:
        """Whether the case may have come while its step was being parked."""
        waits = isinstance(received, Parked) and received.problem is None
        return waits and self._handle is None

    def _parked(self, limit: int, after: str) -> Steps[tuple[Parked, ...]]:
        check_limit(limit)
        check_text("after", after)
        return parking.list_parked(self._of(), limit, after)

    def _take_parked(self) -> Work[int]:
        self._alone("take_parked")
        return parking.take_parked(self._registry, self._of(), self._now())

    def _alone(self, call: str) -> None:
        """Refuse what makes transactions of its own within one of the host's."""
        if self._handle is not None:
            why = f"is joined, and {call} makes transactions of its own: call it on the engine"
            raise InvalidArgument("handle", self._handle, why)

    def _of(self) -> str:
        if self._tenant is None:
            raise TenancyError(
                "this engine requires a tenant; use engine.scoped(tenant=…) for every call"
            )
        return self._tenant

    def _refs(self, case: Case[Any] | str) -> tuple[Ref, ...]:
        """Return what may name the case: one thing, unless only its id is known."""
        if isinstance(case, Case):
            return (self._registry.ref(self._of(), case.workflow, id_of(case)),)
        return self._registry.refs(self._of(), id_of(case))

    def _now(self) -> datetime:
        return utc("clock()", self._clock())
