"""What every topic of the contract stands on: the store under test, and how it is looked at."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeAlias, cast

import pytest

from propflow.storage import (
    AsyncOwningStore,
    Change,
    Message,
    Outcome,
    OwningStore,
    Query,
    Ref,
    Snapshot,
)
from propflow.testing.store_contract.capability import Capability, needed_by
from propflow.testing.store_contract.changes import WORKFLOW
from propflow.testing.store_contract.waiting import WaitingStore

AnyStore: TypeAlias = OwningStore[Any] | AsyncOwningStore[Any]

REF = Ref("project-17", "loan-1")


class StoreLaws:
    """The store under test, and how laws read and write it.

    Attributes:
        declares: What the store can do beyond what every store must.
    """

    declares: frozenset[Capability] = frozenset()

    def make_store(self) -> AnyStore:
        """Return an empty store, with its tables, that shares nothing with the one before.

        What needs fixtures of pytest overrides the fixture `store` instead, with `opened`.
        """
        raise NotImplementedError(f"{type(self).__name__} must have make_store or a fixture store")

    def reopen(self, store: Any) -> AnyStore:
        """Return another store over the same data; for `Capability.REOPEN`.

        Args:
            store: What `make_store` returned, closed.
        """
        raise NotImplementedError(f"{type(self).__name__} declares REOPEN and must have reopen")

    def host_transaction(self, store: OwningStore[Any]) -> AbstractContextManager[Any]:
        """Open a transaction of the host's and give its handle; for `Capability.JOIN`.

        It is committed when the block ends, and rolled back when the block raises.
        """
        return store.begin(write=True)

    def messages(self, store: Any, tx: Any, ref: Ref) -> list[tuple[int, Message]]:
        """Return what is in the outbox of a case, each with its revision; `Capability.OUTBOX`."""
        sent: list[tuple[int, Message]] = store.outbox(tx, ref)
        return sent

    @contextmanager
    def opened(self, made: AnyStore) -> Generator[OwningStore[Any]]:
        """Give a store to the laws, one that waits where it is asynchronous, and close it after."""
        if not inspect.iscoroutinefunction(made.load):
            store = cast("OwningStore[Any]", made)
            yield store
            store.close()
            return
        waiting = WaitingStore(cast("AsyncOwningStore[Any]", made))
        try:
            yield cast("OwningStore[Any]", waiting)
            waiting.close()
        finally:
            waiting.stop()

    @pytest.fixture
    def store(self) -> Generator[OwningStore[Any]]:
        """Return the store under test, empty."""
        with self.opened(self.make_store()) as store:
            yield store

    @pytest.fixture(autouse=True)
    def _declared(self, request: pytest.FixtureRequest) -> None:
        self.skip_undeclared(request.function)

    def skip_undeclared(self, law: object) -> None:
        """Leave a law untested that needs what the store does not declare."""
        missing = needed_by(law) - self.declares
        if missing:
            # By these words the plugin finds it, and lists it at the end of the run.
            names = ", ".join(sorted(capability.name for capability in missing))
            pytest.skip(f"untested law: {type(self).__name__} does not declare {names}")

    # How laws look at a store --------------------------------------------------------------------

    def read(self, store: OwningStore[Any], ref: Ref = REF) -> Snapshot | None:
        """Return a case."""
        with store.begin(write=False) as tx:
            return store.load(tx, [ref])[0]

    def write(self, store: OwningStore[Any], *changes: Change) -> list[Outcome]:
        """Write changes in one transaction."""
        with store.begin(write=True) as tx:
            return store.apply(tx, changes)

    def found(self, store: OwningStore[Any], query: Query) -> list[str]:
        """Return the ids of the cases that match."""
        with store.begin(write=False) as tx:
            return [case.ref.id for case in store.find(tx, query)]

    def everything(
        self, store: OwningStore[Any], ref: Ref = REF, key: str = "k"
    ) -> tuple[Any, ...]:
        """Return all that can be read about a case; the outbox too where it can be."""
        with store.begin(write=False) as tx:
            return (
                store.load(tx, [ref]),
                store.history(tx, ref),
                store.keyed(tx, ref.tenant, key),
                store.find(tx, Query(ref.tenant, WORKFLOW)),
                store.find(tx, Query(ref.tenant, WORKFLOW, where=(("borrower", '"u7'),))),
                store.find(tx, Query(ref.tenant, WORKFLOW, where=(("borrower", '"u8'),))),
                self.messages(store, tx, ref) if Capability.OUTBOX in self.declares else [],
            )
