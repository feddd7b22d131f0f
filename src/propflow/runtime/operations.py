"""What the engine's procedures ask of the world: functions that a trampoline carries out.

A procedure is a generator that yields operations and is sent their results, so that one copy of it
serves engines that wait and engines that await.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from propflow.definition import Action, Case, Fact
from propflow.storage import AsyncStore, Change, Outcome, Query, Ref, Snapshot, Store, StoredEntry

T = TypeVar("T")


class FactProvider(Protocol):
    """The host's side of facts: called once per decision, before it.

    It is given the connection of the transaction, the case as it is, and the action, which is
    `None` when options are asked for. It answers by fact or by the fact's name.
    """

    def __call__(
        self, connection: Any, case: Case[Any], action: Action[Any, Any] | None, /
    ) -> Mapping[Fact[Any] | str, Any]:
        """Return the answers."""
        ...


class AsyncFactProvider(Protocol):
    """The host's side of facts for an engine that awaits; a plain `FactProvider` is one too."""

    def __call__(
        self, connection: Any, case: Case[Any], action: Action[Any, Any] | None, /
    ) -> Awaitable[Mapping[Fact[Any] | str, Any]] | Mapping[Fact[Any] | str, Any]:
        """Return the answers, or what they are awaited from."""
        ...


Operation: TypeAlias = Callable[[Store[Any], Any, FactProvider | None], T]
"""Something to do with a store, its open transaction, and the host's provider of facts."""

Steps: TypeAlias = Generator[Operation[Any], Any, T]
"""A procedure that yields operations, is sent their results, and returns a `T`."""


def run(steps: Steps[T], store: Store[Any], tx: Any, facts: FactProvider | None) -> T:
    """Carry a procedure out in one transaction, waiting for each operation."""
    result: Any = None
    while True:
        try:
            operation = steps.send(result)
        except StopIteration as end:
            return cast("T", end.value)
        result = operation(store, tx, facts)


async def run_awaiting(
    steps: Steps[T], store: AsyncStore[Any], tx: Any, facts: AsyncFactProvider | None
) -> T:
    """Carry a procedure out in one transaction, awaiting each operation."""
    # Each operation hands on what the store or the provider returns: here, what is to be awaited.
    awaited, asked = cast("Store[Any]", store), cast("FactProvider | None", facts)
    result: Any = None
    while True:
        try:
            operation = steps.send(result)
        except StopIteration as end:
            return cast("T", end.value)
        result = operation(awaited, tx, asked)
        if hasattr(result, "__await__"):  # but for facts that were known at once, or not asked
            result = await result


def load(refs: Sequence[Ref], *, lock: bool) -> Operation[list[Snapshot | None]]:
    """Read cases; `None` stands for one that is not there."""
    return lambda store, tx, _: store.load(tx, refs, lock=lock)


def apply(changes: Sequence[Change]) -> Operation[list[Outcome]]:
    """Write changes."""
    return lambda store, tx, _: store.apply(tx, changes)


def read_history(ref: Ref, *, after: int, limit: int) -> Operation[list[StoredEntry]]:
    """Read entries of a case."""
    return lambda store, tx, _: store.history(tx, ref, after=after, limit=limit)


def find_key(tenant: str, key: str) -> Operation[tuple[Ref, StoredEntry] | None]:
    """Look for the request that carried an idempotency key."""
    return lambda store, tx, _: store.keyed(tx, tenant, key)


def find(query: Query, *, lock: bool) -> Operation[list[Snapshot]]:
    """Look for cases."""
    return lambda store, tx, _: store.find(tx, query, lock=lock)


def ask_host(
    case: Case[Any], action: Action[Any, Any] | None
) -> Operation[Mapping[Fact[Any] | str, Any]]:
    """Ask the host for its facts."""
    return lambda _, tx, facts: {} if facts is None else facts(tx, case, action)


def by_name(answers: Mapping[Fact[Any] | str, Any]) -> dict[str, Any]:
    """Return the host's answers by the names of the facts."""
    return {
        fact.name if isinstance(fact, Fact) else fact: answer for fact, answer in answers.items()
    }
