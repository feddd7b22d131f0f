"""The relay: handing messages of the outbox to the host's handlers, at least once each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from inspect import iscoroutinefunction
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import unquote

import attrs

from propflow.definition import Effect
from propflow.errors import InvalidArgument
from propflow.runtime.backoff import Backoff
from propflow.runtime.operations import Steps, claim, failing, hold, prune, requeue, settle, waiting
from propflow.runtime.requests import new_token
from propflow.runtime.work import Outside, Transaction, Work
from propflow.storage import Claim, Kind, Ref, Settlement, Verdict, Wanted

E = TypeVar("E")

_AT_ONCE = 100


@attrs.frozen
class Delivery(Generic[E]):
    """One attempt to deliver an effect.

    Attributes:
        id: Names the message for ever, the same at every attempt; keep it to notice the second.
        effect: The effect, for a handler by class; its fields as JSON has them, for one by name.
        kind: Name of the effect's class.
        tenant: Of which tenant; the empty text where there is none.
        case_id: Of which case.
        revision: Revision of the case after the step that it follows from.
        index: Its place among the effects of the step.
        recorded_at: When the step was recorded, UTC.
        attempt: Which attempt this is, from 1.
    """

    id: str
    effect: E
    kind: str
    tenant: str
    case_id: str
    revision: int
    index: int
    recorded_at: datetime
    attempt: int


Handler: TypeAlias = Callable[[Delivery[Any]], object]
Handlers: TypeAlias = Mapping[type[Effect] | str, Handler]
"""By the class of an effect, or by the name of its class."""


@attrs.frozen
class Undelivered:
    """A message that is not delivered.

    Attributes:
        id: Names it, as in `Delivery`.
        kind: Name of the effect's class.
        case_id: Of which case.
        recorded_at: When the step was recorded that it follows from, UTC.
        attempts: How often it was tried in vain.
        problem: What the last attempt raised, if one did.
        not_before: When it is tried (again) at the earliest, UTC; `None` if it is dead, and is
            tried no more unless `requeue` says so.
    """

    id: str
    kind: str
    case_id: str
    recorded_at: datetime
    attempts: int
    problem: str | None
    not_before: datetime | None


@attrs.frozen
class Relayed:
    """What one call of `relay` did.

    Attributes:
        sent: How many messages were delivered.
        undelivered: Those whose handler raised.
        lost: How many took longer than their lease, and fell to another relay; it delivers them,
            perhaps once more.
    """

    sent: int
    undelivered: tuple[Undelivered, ...] = ()
    lost: int = 0

    @property
    def tried(self) -> int:
        """How many messages were tried; as many as the limit if there may be more."""
        return self.sent + len(self.undelivered) + self.lost


class Relayer:
    """Hands the messages of one tenant to handlers."""

    def __init__(
        self,
        handlers: Handlers,
        tenant: str,
        now: datetime,
        retry: Backoff,
        lease: timedelta,
    ) -> None:
        self._handlers = _by_kind(handlers)
        self._tenant = tenant
        self._now = now
        self._retry = retry
        self._lease = lease
        self._sent = 0
        self._undelivered: list[Undelivered] = []
        self._lost = 0

    def relay(self, limit: int) -> Work[Relayed]:
        """Claim the first message of each case and deliver it, until none or enough are found."""
        left = limit
        while left > 0:
            claims: list[Claim] = yield Transaction(self._claim(min(left, _AT_ONCE)))
            if not claims:
                break
            yield from self._deliver_all(claims)
            left -= len(claims)
        return Relayed(self._sent, tuple(self._undelivered), self._lost)

    def _claim(self, limit: int) -> Steps[list[Claim]]:
        names = tuple(sorted(self._handlers))
        token = new_token()
        wanted = Wanted(Kind.OUTBOX, self._tenant, self._now, limit, token, self._lease, names)
        claims: list[Claim] = yield claim(wanted)
        return claims

    def _deliver_all(self, claims: Sequence[Claim]) -> Work[None]:
        before: Settlement | None = None
        for each in (*claims, None):
            stands: bool = yield Transaction(self._turn(before, each))
            before = None
            if each is not None and stands:
                before = yield from self._deliver(each)

    def _turn(self, before: Settlement | None, following: Claim | None) -> Steps[bool]:
        """Write what became of one message; tell whether the next is still ours to deliver."""
        if before is not None:
            (stood,) = yield settle([before])
            self._count(before, stood=stood)
        if following is None:
            return False
        (stands,) = yield hold([following], self._lease)
        self._lost += not stands
        return bool(stands)

    def _deliver(self, claim: Claim) -> Work[Settlement]:
        from propflow.storage.codec import read_effect

        kind, handler = self._handlers[claim.name]
        try:
            delivery = Delivery(
                id_of(claim),
                read_effect(kind, claim.body),
                claim.name,
                claim.ref.tenant,
                claim.ref.case_id,
                claim.revision,
                claim.index,
                claim.moment,
                claim.attempts + 1,
            )
            yield Outside(lambda: handler(delivery))
        except Exception as error:  # noqa: BLE001 - whatever the host's handler raises
            problem = f"{type(error).__name__}: {error}"
            failures = claim.attempts + 1
            if self._retry.gives_up(failures):
                return Settlement(claim, Verdict.DEAD, self._now, problem)
            not_before = self._now + self._retry.wait(failures)
            return Settlement(claim, Verdict.AGAIN, not_before, problem)
        return Settlement(claim, Verdict.DONE)

    def _count(self, settlement: Settlement, *, stood: bool) -> None:
        if not stood:
            self._lost += 1
        elif settlement.verdict is Verdict.DONE:
            self._sent += 1
        else:
            claim = attrs.evolve(
                settlement.claim,
                attempts=settlement.claim.attempts + 1,
                problem=settlement.problem,
                not_before=settlement.not_before or settlement.claim.not_before,
            )
            dead = settlement.verdict is Verdict.DEAD
            self._undelivered.append(_undelivered(claim, dead=dead))


def _by_kind(handlers: Handlers) -> dict[str, tuple[type[Effect] | None, Handler]]:
    """Return the handlers by the name that messages carry.

    Raises:
        InvalidArgument: There is none, or two for messages of one name.
    """
    found: dict[str, tuple[type[Effect] | None, Handler]] = {}
    for key, handler in handlers.items():
        name, kind = (key, None) if isinstance(key, str) else (key.__name__, key)
        if name in found:
            raise InvalidArgument("handlers", name, "names two handlers; keep one")
        found[name] = kind, handler
    if not found:
        raise InvalidArgument("handlers", handlers, "has no handler; nothing could be delivered")
    return found


def refuse_awaiting(handlers: Handlers) -> None:
    """Refuse handlers that only an engine that awaits can call.

    Raises:
        InvalidArgument: One is asynchronous.
    """
    for handler in handlers.values():
        if iscoroutinefunction(handler):
            raise InvalidArgument("handlers", handler, "is asynchronous; an AsyncEngine awaits it")


def id_of(claim: Claim) -> str:
    """Return the id of a message: tenant, case, revision and index, parted by slashes."""
    names = (name.replace("%", "%25").replace("/", "%2F") for name in claim.ref)
    return "/".join((*names, str(claim.revision), str(claim.index)))


_MOST_DIGITS = 9
"""Of a revision or an index, which databases keep in 32 bits."""


def _parts(message_id: object) -> tuple[Ref, int, int] | None:
    """Return what an id names, `None` for what cannot be one."""
    if not isinstance(message_id, str) or any("\ud800" <= c <= "\udfff" for c in message_id):
        return None
    parts = message_id.split("/")
    if len(parts) != len((*Ref._fields, "revision", "index")):
        return None
    tenant, case_id, revision, index = parts
    if not all(n.isdecimal() and len(n) <= _MOST_DIGITS for n in (revision, index)):
        return None
    ref = Ref(unquote(tenant), unquote(case_id))
    return None if any("\0" in name for name in ref) else (ref, int(revision), int(index))


def _undelivered(claim: Claim, *, dead: bool) -> Undelivered:
    return Undelivered(
        id_of(claim),
        claim.name,
        claim.ref.case_id,
        claim.moment,
        claim.attempts,
        claim.problem,
        None if dead else claim.not_before,
    )


def list_outbox(tenant: str, limit: int) -> Steps[tuple[Undelivered, ...]]:
    """Return the messages that are to be delivered."""
    claims: list[Claim] = yield waiting(Kind.OUTBOX, tenant, limit=limit)
    return tuple(_undelivered(claim, dead=False) for claim in claims)


def list_dead(tenant: str, limit: int) -> Steps[tuple[Undelivered, ...]]:
    """Return the messages that are tried no more."""
    claims: list[Claim] = yield failing(Kind.OUTBOX, tenant, limit=limit)
    return tuple(_undelivered(claim, dead=True) for claim in claims)


def requeue_dead(tenant: str, message_id: str, now: datetime) -> Steps[None]:
    """Let a dead message be delivered again, from the first attempt on.

    Raises:
        InvalidArgument: The tenant has no dead message of this id.
    """
    parts = _parts(message_id)
    if parts is not None and parts[0].tenant == tenant:
        requeued: bool = yield requeue(*parts, now)
        if requeued:
            return
    why = "names no dead message of this tenant; dead_letters() lists them"
    raise InvalidArgument("id", message_id, why)


def prune_sent(tenant: str, before: datetime, limit: int) -> Steps[int]:
    """Delete messages that were sent."""
    pruned: int = yield prune(tenant, before, limit=limit)
    return pruned
