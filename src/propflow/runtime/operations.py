"""What the engine's procedures ask of the world: functions that a trampoline carries out.

A procedure is a generator that yields operations and is sent their results, so that one copy of it
serves engines that wait and engines that await.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from propflow.definition import Action, Case, Fact
from propflow.errors import InvalidArgument
from propflow.storage import (
    AsyncStore,
    Change,
    Claim,
    ClaimingStore,
    HostRow,
    Kind,
    Outcome,
    ParkedStep,
    ParkingStore,
    Query,
    RedactingStore,
    Ref,
    Settlement,
    Snapshot,
    Store,
    StoredEntry,
    Unadopted,
    Wanted,
)

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
            value: T = end.value
            return value
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


def apply(changes: Sequence[Change], *, last: bool) -> Operation[list[Outcome]]:
    """Write changes; the transaction ends with the last ones."""
    return lambda store, tx, _: store.apply(tx, changes, last=last)


def read_history(ref: Ref, *, after: int, limit: int) -> Operation[list[StoredEntry]]:
    """Read entries of a case."""
    return lambda store, tx, _: store.history(tx, ref, after=after, limit=limit)


def find_key(tenant: str, key: str) -> Operation[tuple[Ref, StoredEntry] | None]:
    """Look for the request that carried an idempotency key."""
    return lambda store, tx, _: store.keyed(tx, tenant, key)


def find(query: Query, *, lock: bool) -> Operation[list[Snapshot]]:
    """Look for cases."""
    return lambda store, tx, _: store.find(tx, query, lock=lock)


def new_id(tenant: str, workflow: str, made: str) -> Operation[str]:
    """Ask for the key of a row that is to be opened in a table of the host's."""
    return lambda store, tx, _: cast("Any", store).new_id(tx, tenant, workflow, made)


def read_row(ref: Ref) -> Operation[HostRow | None]:
    """Read a row of the host's, case or not."""
    return lambda store, tx, _: cast("Any", store).row(tx, ref)


def list_unadopted(
    tenant: str, workflow: str, *, after: str | None, limit: int
) -> Operation[Sequence[Unadopted]]:
    """Read rows of the host's that are no case yet."""
    return lambda store, tx, _: cast("Any", store).unadopted(
        tx, tenant, workflow, after=after, limit=limit
    )


def _claiming(store: Store[Any]) -> ClaimingStore[Any]:
    """Return the store as one that keeps what is to be done later.

    Raises:
        InvalidArgument: It keeps none.
    """
    if not hasattr(store, "claim"):
        raise InvalidArgument("store", store, "keeps nothing for later; it must be a ClaimingStore")
    return cast("ClaimingStore[Any]", store)


def claim(wanted: Wanted) -> Operation[list[Claim]]:
    """Lease what may be tried."""
    return lambda store, tx, _: _claiming(store).claim(tx, wanted)


def hold(claims: Sequence[Claim], lease: timedelta) -> Operation[list[bool]]:
    """Ask which claims still stand, and prolong them."""
    return lambda store, tx, _: _claiming(store).hold(tx, claims, lease)


def settle(settlements: Sequence[Settlement]) -> Operation[list[bool]]:
    """Write what becomes of claims."""
    return lambda store, tx, _: _claiming(store).settle(tx, settlements)


def next_moment(kind: Kind, tenant: str) -> Operation[datetime | None]:
    """Ask when the next of a kind may be tried."""
    return lambda store, tx, _: _claiming(store).next_moment(tx, kind, tenant)


def failing(kind: Kind, tenant: str, *, limit: int) -> Operation[list[Claim]]:
    """Read what failed."""
    return lambda store, tx, _: _claiming(store).failing(tx, kind, tenant, limit=limit)


def waiting(kind: Kind, tenant: str, *, limit: int) -> Operation[list[Claim]]:
    """Read what is to be tried."""
    return lambda store, tx, _: _claiming(store).waiting(tx, kind, tenant, limit=limit)


def requeue(ref: Ref, revision: int, index: int, not_before: datetime) -> Operation[bool]:
    """Let a dead message be tried again."""
    return lambda store, tx, _: _claiming(store).requeue(tx, ref, revision, index, not_before)


def prune(tenant: str, before: datetime, *, limit: int) -> Operation[int]:
    """Delete messages that were sent."""
    return lambda store, tx, _: _claiming(store).prune(tx, tenant, before, limit=limit)


def _parking(store: Store[Any]) -> ParkingStore[Any]:
    """Return the store as one that parks steps.

    Raises:
        InvalidArgument: It parks none.
    """
    if not hasattr(store, "park"):
        raise InvalidArgument("store", store, "parks nothing; it must be a ParkingStore")
    return cast("ParkingStore[Any]", store)


def park(step: ParkedStep) -> Operation[bool]:
    """Keep a step whose case has not arrived."""
    return lambda store, tx, _: _parking(store).park(tx, step)


def parked(
    tenant: str, *, key: str | None = None, after: str = "", limit: int
) -> Operation[list[ParkedStep]]:
    """Read parked steps by key."""
    return lambda store, tx, _: _parking(store).parked(
        tx, tenant, key=key, after=after, limit=limit
    )


def parked_for(ref: Ref, *, limit: int) -> Operation[list[ParkedStep]]:
    """Read the parked steps of a case; a store that parks nothing has none."""
    return lambda store, tx, _: (
        _parking(store).parked(tx, ref.tenant, case_id=ref.id, limit=limit)
        if hasattr(store, "park")
        else []
    )


def unpark(step: ParkedStep, problem: str | None) -> Operation[None]:
    """Forget a parked step, or write why it could not be taken."""
    return lambda store, tx, _: _parking(store).unpark(tx, step, problem)


def take_away(
    ref: Ref, revisions: Sequence[int], *, by: int, undelivered: bool
) -> Operation[tuple[int, ...]]:
    """Take the payloads and messages of entries away; return the entries that had any."""
    return lambda store, tx, _: _redacting(store).redact(
        tx, ref, revisions, by=by, undelivered=undelivered
    )


def _redacting(store: Store[Any]) -> RedactingStore[Any]:
    """Return the store as one that can take something out of a history.

    Raises:
        InvalidArgument: It cannot.
    """
    if not hasattr(store, "redact"):
        raise InvalidArgument("store", store, "redacts nothing; it must be a RedactingStore")
    return cast("RedactingStore[Any]", store)


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
