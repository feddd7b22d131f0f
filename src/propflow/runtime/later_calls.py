"""What an engine does when nobody waits for it: sweeps, the relay, and what is parked."""

from __future__ import annotations

from datetime import datetime, timedelta
from inspect import iscoroutine
from typing import Any, TypeVar

from propflow.runtime.backoff import Backoff
from propflow.runtime.calls import LEASE, SWEEPS_AGAIN, TRIES_AGAIN, Calls
from propflow.runtime.operations import FactProvider, Steps, run
from propflow.runtime.parking import Parked
from propflow.runtime.relaying import Handlers, Relayed, Undelivered, refuse_awaiting
from propflow.runtime.sweeping import Sweep, Unfired
from propflow.runtime.work import Part, Transaction, carry_out
from propflow.storage import OwningStore

T = TypeVar("T")


class LaterCalls(Calls):
    """The calls of an `Engine` that a worker makes, and how it runs all of its calls."""

    _store: OwningStore[Any]
    _facts: FactProvider | None

    def run_due(self, *, limit: int = 500, retry: Backoff = SWEEPS_AGAIN) -> Sweep:
        """Fire the deadlines that are due, each once however many processes call this at a time.

        They fire as `SYSTEM`, and happened when they were due. What is refused or raises is tried
        again later, holds up no other, and is in the report and in `unfired`. Each call looks only
        at what is due; call it again while it fires as many as the limit.

        Args:
            limit: At most so many.
            retry: How long to wait before one that could not fire is tried again.

        Raises:
            InvalidArgument: The limit is not positive, or the engine is joined: a sweep makes
                transactions of its own.
        """
        work = self._run_due(limit, retry)
        return carry_out(work, self._part)

    def next_due(self) -> datetime | None:
        """Return when the next deadline is due or to be tried again, `None` if none runs; UTC."""
        return self._run(self._next_due(), write=False)

    def unfired(self, *, limit: int = 100) -> tuple[Unfired, ...]:
        """Return the deadlines that were due and could not fire so far, the next to try first.

        Raises:
            InvalidArgument: The limit is not positive.
        """
        return self._run(self._unfired(limit), write=False)

    def relay(
        self,
        handlers: Handlers,
        *,
        limit: int = 500,
        retry: Backoff = TRIES_AGAIN,
        lease: timedelta = LEASE,
    ) -> Relayed:
        """Deliver messages of the outbox that have a handler, at least once each.

        Those of one case come in order, one after the other; another process gets others. A
        message is sent when its handler returns. One whose handler raises is tried again later,
        and the later ones of its case wait for it, until it is sent or dead. Messages of kinds
        without a handler stay, and hold up none. No transaction is open while a handler runs.

        Args:
            handlers: Functions by the class of an effect, or by the name of the class; each is
                given a `Delivery`.
            limit: At most so many.
            retry: How long to wait after a failure, and after how many a message is dead.
            lease: How long a handler may take, by the store's clock, before its message falls to
                another relay.

        Raises:
            InvalidArgument: The limit is not positive, there is no handler, one is asynchronous,
                none that can be called, for no effect, or two are for one kind, or the engine is
                joined: a relay makes transactions of its own.
        """
        work = self._relay(handlers, limit, retry, lease)
        refuse_awaiting(handlers)
        return carry_out(work, self._part)

    def outbox(self, *, limit: int = 100) -> tuple[Undelivered, ...]:
        """Return the messages that are to be delivered, the next to try first.

        Raises:
            InvalidArgument: The limit is not positive.
        """
        return self._run(self._outbox(limit), write=False)

    def dead_letters(self, *, limit: int = 100) -> tuple[Undelivered, ...]:
        """Return the messages that failed too often and are tried no more, the oldest first.

        Raises:
            InvalidArgument: The limit is not positive.
        """
        return self._run(self._dead_letters(limit), write=False)

    def requeue(self, id: str) -> None:
        """Let a dead message be delivered again, from the first attempt on.

        Args:
            id: As `dead_letters` has it.

        Raises:
            InvalidArgument: No dead message of this tenant has the id.
        """
        self._run(self._requeue(id), write=True)

    def prune_outbox(self, *, before: datetime, limit: int = 10_000) -> int:
        """Delete messages that were sent, and return how many.

        Args:
            before: Those that were recorded, or last put off, before this moment; aware.
            limit: At most so many.

        Raises:
            InvalidArgument: The limit is not positive.
            NaiveDatetime: `before` has no UTC offset.
        """
        return self._run(self._prune_outbox(before, limit), write=True)

    def parked(self, *, limit: int = 100, after: str = "") -> tuple[Parked, ...]:
        """Return the steps that wait for their case, or could not be taken when it came, by key.

        Args:
            limit: At most so many.
            after: Only those with a later key.

        Raises:
            InvalidArgument: The limit is not positive.
        """
        return self._run(self._parked(limit, after), write=False)

    def take_parked(self) -> int:
        """Take the steps that wait although their case is there, and return how many were taken.

        A case may come at the very moment when its step is parked, or by another way than this
        engine; `propflow worker` calls this now and then.

        Raises:
            InvalidArgument: The engine is joined: each step has a transaction of its own.
        """
        work = self._take_parked()
        return carry_out(work, self._part)

    def _run(self, steps: Steps[T], *, write: bool) -> T:
        store, handle = self._store, self._handle
        with store.begin(write=write) if handle is None else store.join(handle, write=write) as tx:
            return run(steps, store, tx, self._facts)

    def _part(self, part: Part) -> Any:
        if isinstance(part, Transaction):
            return self._run(part.steps, write=True)
        result: Any = part.function()
        if iscoroutine(result):
            result.close()
            raise TypeError("the handler is asynchronous; an AsyncEngine awaits it")
        return result
