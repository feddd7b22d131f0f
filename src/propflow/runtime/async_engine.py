"""The engine for asyncio: the same calls on the same procedures, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from inspect import isawaitable
from typing import Any, Literal, TypeVar

from propflow.decision import Accepted, Option
from propflow.decision.clocks import Clock
from propflow.definition import SYSTEM, Action, Actor, Case, Entry, State, Workflow
from propflow.errors import Conflict, Refused
from propflow.runtime.adopting import Adoption
from propflow.runtime.arguments import check_store
from propflow.runtime.backoff import Backoff
from propflow.runtime.calls import LEASE, SWEEPS_AGAIN, TRIES_AGAIN, Calls, present
from propflow.runtime.operations import AsyncFactProvider, Steps, run_awaiting
from propflow.runtime.page import Page
from propflow.runtime.parking import Parked
from propflow.runtime.relaying import Handlers, Relayed, Undelivered
from propflow.runtime.requests import Request
from propflow.runtime.sweeping import Sweep, Unfired
from propflow.runtime.work import Part, Transaction, carry_out_awaiting
from propflow.storage import AsyncOwningStore

D = TypeVar("D")
T = TypeVar("T")


class AsyncEngine(Calls):
    """Runs workflows over a store that is awaited.

    Each call takes, returns and raises what the call of the same name of `Engine` does, and is
    awaited. Cases that one wrote the other reads. For the tasks of one event loop.

    Raises:
        TenancyError: From every call, if a tenant is required and the engine is not `scoped`.
        StoreError: From every call that reads or writes: the store is closed, cannot be reached,
            lacks its tables, or holds data that their classes cannot read.
    """

    def __init__(
        self,
        store: AsyncOwningStore[Any],
        workflows: Iterable[type[Workflow[Any]]],
        *,
        facts: AsyncFactProvider | None = None,
        provides: Iterable[str] | None = None,
        clock: Callable[[], datetime] = present,
        tenancy: Literal["optional", "required"] = "optional",
    ) -> None:
        """Register workflows and compile them.

        Args:
            store: Where cases are kept.
            workflows: Every version of every workflow to run; `start` uses the highest.
            facts: ``provider(connection, case, action)``, which answers the facts that workflows
                need; called once per decision, before it, and awaited if it is asynchronous.
            provides: Names of the facts that the provider answers; every one if not given.
            clock: Returns the present as an aware datetime; asked once per call.
            tenancy: With ``required``, only `scoped` engines may be used.

        Raises:
            InvalidRegistration: A workflow is registered twice, or needs a fact that nobody
                answers; all problems at once.
            InvalidArgument: The store is none or is of the other engine, or another argument is
                none of what it must be.
        """
        check_store(store, awaits=True)
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

    async def start(
        self,
        action: Action[Any, D],
        *,
        by: Actor,
        id: str | None = None,
        key: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Case[D]:
        """Open a case, as `Engine.start` does."""
        request = self._start(action, by, id, key, occurred_at)
        return await self._taken(request, any_case=id is None)

    async def fire(
        self,
        case: Case[D] | str,
        action: Action[Any, D],
        *,
        by: Actor,
        key: str | None = None,
        expected_revision: int | None = None,
        occurred_at: datetime | None = None,
    ) -> Case[D]:
        """Take a step of a case, as `Engine.fire` does."""
        request = self._fire(case, action, by, key, expected_revision, occurred_at)
        return await self._taken(request, any_case=False)

    async def fire_many(
        self, steps: Iterable[tuple[Case[Any] | str, Action[Any, Any]]], *, by: Actor
    ) -> list[Case[Any] | Refused]:
        """Take several steps in one commit, as `Engine.fire_many` does."""
        return await self._run(self._fire_many(steps, by), write=True)

    async def check(
        self, case: Case[D] | str | type[Workflow[D]], action: Action[Any, D], *, by: Actor
    ) -> Accepted[D] | Refused:
        """Return what a step would do, as `Engine.check` does; write nothing."""
        return await self._run(self._check(case, action, by), write=False)

    async def options(
        self, case: Case[Any] | str | type[Workflow[Any]], *, by: Actor
    ) -> tuple[Option, ...]:
        """Return every event and whether the actor may ask for it, as `Engine.options` does."""
        answer = self._options(case, by)
        return answer if isinstance(answer, tuple) else await self._run(answer, write=False)

    async def get(self, case_id: str, workflow: type[Workflow[D]]) -> Case[D]:
        """Return a case as it stands, as `Engine.get` does."""
        return await self._run(self._get(case_id, workflow), write=False)

    async def find(
        self,
        workflow: type[Workflow[D]],
        *,
        state: State | str | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int = 50,
        after: str | None = None,
        skip_unfit: bool = False,
    ) -> Page[D]:
        """Return the cases that match, oldest first, as `Engine.find` does."""
        steps = self._find(workflow, state, where, limit, after, skip_unfit=skip_unfit)
        return await self._run(steps, write=False)

    async def adopt(self, workflow: type[Workflow[D]], row_id: str, *, by: Actor) -> Case[D]:
        """Make a row that the host inserted a case, and return it, as `Engine.adopt` does."""
        return await self._run(self._adopt(workflow, row_id, by), write=True)

    async def adopt_all(
        self, workflow: type[Workflow[Any]], *, by: Actor, batch: int = 500
    ) -> AsyncIterator[Adoption]:
        """Make every row of the host's table a case, as `Engine.adopt_all` does."""
        done: Adoption | None = None
        while True:
            steps = self._adopt_next(workflow, by, done, batch)
            done = await self._run(steps, write=True)
            if done is None:
                return
            yield done

    async def history(self, case: Case[Any] | str) -> tuple[Entry, ...]:
        """Return everything that happened to a case, as `Engine.history` does."""
        return await self._run(self._history(case), write=False)

    async def clocks(self, case: Case[Any] | str) -> tuple[Clock, ...]:
        """Return what the clocks of a case show now, as `Engine.clocks` does."""
        return await self._run(self._clocks(case), write=False)

    async def migrate(
        self,
        case: Case[Any] | str,
        *,
        to_version: int,
        data: Callable[[Any], Any] | None = None,
        states: Mapping[str, str] | None = None,
        by: Actor = SYSTEM,
    ) -> Case[Any]:
        """Take a case to another version of its workflow, as `Engine.migrate` does."""
        return await self._run(self._migrate(case, to_version, data, states, by), write=True)

    async def redact(
        self,
        case: Case[D] | str,
        *,
        by: Actor,
        reason: str,
        entries: Iterable[int] | None = None,
        data: Callable[[D], D] | None = None,
        undelivered: bool = False,
    ) -> Case[D]:
        """Take personal data out of a case and its history, as `Engine.redact` does."""
        steps = self._redact(case, by, reason, entries, data, undelivered=undelivered)
        return await self._run(steps, write=True)

    async def run_due(self, *, limit: int = 500, retry: Backoff = SWEEPS_AGAIN) -> Sweep:
        """Fire the deadlines that are due, as `Engine.run_due` does."""
        work = self._run_due(limit, retry)
        return await carry_out_awaiting(work, self._part)

    async def next_due(self) -> datetime | None:
        """Return when the next deadline is due, as `Engine.next_due` does."""
        return await self._run(self._next_due(), write=False)

    async def unfired(self, *, limit: int = 100) -> tuple[Unfired, ...]:
        """Return the deadlines that could not fire so far, as `Engine.unfired` does."""
        return await self._run(self._unfired(limit), write=False)

    async def relay(
        self,
        handlers: Handlers,
        *,
        limit: int = 500,
        retry: Backoff = TRIES_AGAIN,
        lease: timedelta = LEASE,
    ) -> Relayed:
        """Deliver messages of the outbox, as `Engine.relay` does; handlers may be asynchronous."""
        work = self._relay(handlers, limit, retry, lease)
        return await carry_out_awaiting(work, self._part)

    async def outbox(self, *, limit: int = 100) -> tuple[Undelivered, ...]:
        """Return the messages that are to be delivered, as `Engine.outbox` does."""
        return await self._run(self._outbox(limit), write=False)

    async def dead_letters(self, *, limit: int = 100) -> tuple[Undelivered, ...]:
        """Return the messages that are tried no more, as `Engine.dead_letters` does."""
        return await self._run(self._dead_letters(limit), write=False)

    async def requeue(self, id: str) -> None:
        """Let a dead message be delivered again, as `Engine.requeue` does."""
        await self._run(self._requeue(id), write=True)

    async def prune_outbox(self, *, before: datetime, limit: int = 10_000) -> int:
        """Delete messages that were sent, as `Engine.prune_outbox` does."""
        return await self._run(self._prune_outbox(before, limit), write=True)

    async def receive(
        self,
        case_id: str,
        action: Action[Any, D],
        *,
        by: Actor,
        key: str,
        occurred_at: datetime | None = None,
    ) -> Case[D] | Parked:
        """Take a step that came from afar, as `Engine.receive` does."""
        request = self._received(case_id, action, by, key, occurred_at)
        received = await self._twice(request, lambda: self._receive(request, key))
        if self._look_again(received):
            received = await self._twice(request, lambda: self._receive(request, key))
        return received

    async def parked(self, *, limit: int = 100, after: str = "") -> tuple[Parked, ...]:
        """Return the steps that wait, as `Engine.parked` does."""
        return await self._run(self._parked(limit, after), write=False)

    async def take_parked(self) -> int:
        """Take the steps that wait although their case is there, as `Engine.take_parked` does."""
        work = self._take_parked()
        return await carry_out_awaiting(work, self._part)

    async def _taken(self, request: Request, *, any_case: bool) -> Case[Any]:
        return await self._twice(request, lambda: self._take(request, any_case=any_case))

    async def _twice(self, request: Request, steps: Callable[[], Steps[T]]) -> T:
        try:
            return await self._run(steps(), write=True)
        except Conflict:
            if not self._may_try_again(request):
                raise
            return await self._run(steps(), write=True)

    async def _run(self, steps: Steps[T], *, write: bool) -> T:
        store, handle = self._store, self._handle
        block = store.begin(write=write) if handle is None else store.join(handle, write=write)
        async with block as tx:
            return await run_awaiting(steps, store, tx, self._facts)

    async def _part(self, part: Part) -> Any:
        if isinstance(part, Transaction):
            return await self._run(part.steps, write=True)
        result: Any = part.function()
        return await result if isawaitable(result) else result
