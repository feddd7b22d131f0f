"""What the engine's procedures ask of the world: values that a trampoline carries out.

A procedure is a generator that yields operations and is sent their results, so that one copy of it
serves engines that wait and engines that await.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import attrs

from propflow.definition import Action, Case
from propflow.storage import Change, Outcome, Query, Ref, Snapshot, Store, StoredEntry

T = TypeVar("T")


class FactProvider(Protocol):
    """The host's side of facts: called once per decision, before it.

    It is given the connection of the transaction, the case as it is, and the action, which is
    `None` when options are asked for. It answers by fact or by the fact's name.
    """

    def __call__(
        self, connection: Any, case: Case[Any], action: Action[Any, Any] | None, /
    ) -> Mapping[Any, Any]:
        """Return the answers."""
        ...


@attrs.frozen
class Load:
    """Read cases."""

    refs: Sequence[Ref]
    lock: bool

    def carry_out(self, store: Store[Any], tx: Any, facts: FactProvider | None) -> Any:
        """Return a snapshot, or `None`, for each."""
        return store.load(tx, self.refs, lock=self.lock)


@attrs.frozen
class Apply:
    """Write changes."""

    changes: Sequence[Change]

    def carry_out(self, store: Store[Any], tx: Any, facts: FactProvider | None) -> Any:
        """Return an outcome for each."""
        return store.apply(tx, self.changes)


@attrs.frozen
class ReadHistory:
    """Read entries of a case."""

    ref: Ref
    after: int
    limit: int

    def carry_out(self, store: Store[Any], tx: Any, facts: FactProvider | None) -> Any:
        """Return the entries."""
        return store.history(tx, self.ref, after=self.after, limit=self.limit)


@attrs.frozen
class FindKey:
    """Look for the request that carried an idempotency key."""

    tenant: str
    key: str

    def carry_out(self, store: Store[Any], tx: Any, facts: FactProvider | None) -> Any:
        """Return the case and entry that it led to, or `None`."""
        return store.keyed(tx, self.tenant, self.key)


@attrs.frozen
class Find:
    """Look for cases."""

    query: Query
    lock: bool

    def carry_out(self, store: Store[Any], tx: Any, facts: FactProvider | None) -> Any:
        """Return the snapshots that match."""
        return store.find(tx, self.query, lock=self.lock)


@attrs.frozen
class AskHost:
    """Ask the host for its facts."""

    case: Case[Any]
    action: Action[Any, Any] | None

    def carry_out(self, store: Store[Any], tx: Any, facts: FactProvider | None) -> Any:
        """Return the host's answers."""
        return {} if facts is None else facts(tx, self.case, self.action)


Operation: TypeAlias = Load | Apply | ReadHistory | FindKey | Find | AskHost
Steps: TypeAlias = Generator[Operation, Any, T]


def run(steps: Steps[T], store: Store[Any], tx: Any, facts: FactProvider | None) -> T:
    """Carry a procedure out in one transaction, waiting for each operation."""
    result: Any = None
    while True:
        try:
            operation = steps.send(result)
        except StopIteration as end:
            return cast("T", end.value)
        result = operation.carry_out(store, tx, facts)


def load(refs: Sequence[Ref], *, lock: bool) -> Steps[list[Snapshot | None]]:
    """Read cases; `None` stands for one that is not there."""
    return cast("list[Snapshot | None]", (yield Load(refs, lock)))


def apply(changes: Sequence[Change]) -> Steps[list[Outcome]]:
    """Write changes."""
    return cast("list[Outcome]", (yield Apply(changes)))


def read_history(ref: Ref, *, after: int, limit: int) -> Steps[list[StoredEntry]]:
    """Read entries of a case."""
    return cast("list[StoredEntry]", (yield ReadHistory(ref, after, limit)))


def find_key(tenant: str, key: str) -> Steps[tuple[Ref, StoredEntry] | None]:
    """Look for the request that carried an idempotency key."""
    return cast("tuple[Ref, StoredEntry] | None", (yield FindKey(tenant, key)))


def find(query: Query, *, lock: bool) -> Steps[list[Snapshot]]:
    """Look for cases."""
    return cast("list[Snapshot]", (yield Find(query, lock)))


def ask_host(case: Case[Any], action: Action[Any, Any] | None) -> Steps[dict[str, Any]]:
    """Ask the host for its facts, by name."""
    answers = cast("Mapping[Any, Any]", (yield AskHost(case, action)))
    return {getattr(fact, "name", fact): answer for fact, answer in answers.items()}
