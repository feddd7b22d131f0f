"""The engine for asyncio: the same calls on the same procedures, awaited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

from propflow.decision import Accepted, Option
from propflow.definition import Action, Actor, Case, Entry, State, Workflow
from propflow.errors import Conflict, Refused
from propflow.runtime.calls import Calls, present
from propflow.runtime.operations import AsyncFactProvider, Steps, run_awaiting
from propflow.runtime.page import Page
from propflow.runtime.requests import Request
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
    ) -> Page[D]:
        """Return the cases that match, oldest first, as `Engine.find` does."""
        return await self._run(self._find(workflow, state, where, limit, after), write=False)

    async def history(self, case: Case[Any] | str) -> tuple[Entry, ...]:
        """Return everything that happened to a case, as `Engine.history` does."""
        return await self._run(self._history(case), write=False)

    async def _taken(self, request: Request, *, any_case: bool) -> Case[Any]:
        try:
            return await self._run(self._take(request, any_case=any_case), write=True)
        except Conflict:
            if not self._may_try_again(request):
                raise
            return await self._run(self._take(request, any_case=any_case), write=True)

    async def _run(self, steps: Steps[T], *, write: bool) -> T:
        store, handle = self._store, self._handle
        block = store.begin(write=write) if handle is None else store.join(handle, write=write)
        async with block as tx:
            return await run_awaiting(steps, store, tx, self._facts)
