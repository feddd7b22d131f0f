"""The half of a SQL store that claims and settles; `SQLStore` has the other half."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from propflow.decision.due import Due
from propflow.storage.claims import Claim, Kind, Settlement, Wanted
from propflow.storage.records import Ref
from propflow.storage.sqlalchemy.claims import Claims
from propflow.storage.sqlalchemy.faults import translated


class Claiming:
    """Claims and settles deadlines and messages, and reads the database's clock.

    Raises:
        StoreUnavailable: From every method: the database does not answer, or is locked.
        SchemaMissing: From every method: the tables are not there.
    """

    _claims: Claims

    @translated()
    def now(self, tx: Connection) -> datetime:
        """Return the present by the database's clock, UTC."""
        return self._claims.now(tx)

    @translated()
    def claim(self, tx: Connection, wanted: Wanted) -> list[Claim]:
        """Lease what may be tried and nobody holds, the longest due first."""
        return self._claims.claim(tx, wanted)

    @translated()
    def hold(self, tx: Connection, claims: Sequence[Claim], lease: timedelta) -> list[bool]:
        """Tell for each claim whether it still stands, and prolong those that do."""
        return self._claims.hold(tx, claims, lease)

    @translated()
    def settle(self, tx: Connection, settlements: Sequence[Settlement]) -> list[bool]:
        """Write what becomes of claims; tell for each whether it still stood."""
        return self._claims.settle(tx, settlements)

    @translated()
    def due(self, tx: Connection, ref: Ref) -> list[Due]:
        """Return the deadlines of a case that run, by name."""
        return self._claims.due(tx, ref)

    @translated()
    def next_moment(self, tx: Connection, kind: Kind, tenant: str) -> datetime | None:
        """Return when the next of a kind may be tried, `None` if there is none."""
        return self._claims.next_moment(tx, kind, tenant)

    @translated()
    def failing(self, tx: Connection, kind: Kind, tenant: str, *, limit: int) -> list[Claim]:
        """Return the deadlines that failed and are tried again, or the dead messages."""
        return self._claims.failing(tx, kind, tenant, limit)

    @translated()
    def waiting(self, tx: Connection, kind: Kind, tenant: str, *, limit: int) -> list[Claim]:
        """Return what is to be tried, held by somebody or not, the next to try first."""
        return self._claims.waiting(tx, kind, tenant, limit)

    @translated()
    def requeue(
        self, tx: Connection, ref: Ref, revision: int, index: int, not_before: datetime
    ) -> bool:
        """Let a dead message be tried as if for the first time; tell whether it was dead."""
        return self._claims.requeue(tx, ref, revision, index, not_before)

    @translated()
    def prune(self, tx: Connection, tenant: str, before: datetime, *, limit: int) -> int:
        """Delete messages that were sent, and might be sent before this moment."""
        return self._claims.prune(tx, tenant, before, limit)
