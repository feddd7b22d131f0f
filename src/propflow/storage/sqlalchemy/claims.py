"""Deadlines and messages in a SQL database: claimed for a while, then settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Connection, Row

from propflow.decision.due import Due
from propflow.storage.caps import Caps
from propflow.storage.claims import Claim, Kind, Settlement, Verdict, Wanted
from propflow.storage.records import Change, Ref
from propflow.storage.sqlalchemy.claim_statements import ClaimStatements, clock_of
from propflow.storage.sqlalchemy.tables import Tables

Place: TypeAlias = tuple[str, str] | tuple[str, int, int]
"""Which row within the tenant: of a deadline case and name, of a message case, revision, index."""


_AT_ONCE = 500


class Claims:
    """Claims and settles for one store; `SQLStore` hands on to it."""

    def __init__(self, tables: Tables, caps: Caps, dialect: str) -> None:
        self._skips = Caps.SKIP_LOCKED in caps
        self._clock = clock_of(dialect)
        # Of the statements those that skip are used only while the capability stands.
        self._sql = {kind: ClaimStatements(tables, kind, dialect) for kind in Kind}

    def write(self, tx: Connection, changes: Iterable[Change]) -> None:
        """Begin and end deadlines, after the steps that do so have been written."""
        sql = self._sql[Kind.DEADLINES]
        ended: list[tuple[Ref, str]] = []
        begun: dict[tuple[Ref, str], dict[str, Any]] = {}
        for change in changes:
            ref = change.snapshot.ref
            ended += ((ref, name) for name in change.ended)
            for name in change.ended:
                # What the same transaction begins and ends again is never written.
                begun.pop((ref, name), None)
            begun |= {(ref, due.deadline): _due_row(ref, due) for due in change.begun}
        if len(ended) == 1:
            ((ref, name),) = ended
            of = {"of_tenant": ref.tenant, "of_case_id": ref.id, "of_name": name}
            tx.execute(sql.drop, of)
        else:
            for tenant, places in _by_tenant((ref.tenant, (ref.id, name)) for ref, name in ended):
                tx.execute(sql.drop_each, sql.each(tenant, places))
        if begun:
            tx.execute(sql.add, list(begun.values()))

    def now(self, tx: Connection) -> datetime:
        """Return the present by the database's clock."""
        moment: datetime = tx.execute(self._clock).scalar_one()
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def claim(self, tx: Connection, wanted: Wanted) -> list[Claim]:
        """Lease what may be tried and nobody holds.

        The update compares again what the search has found: the lock that the search may have taken
        only spares others the wait.
        """
        sql = self._sql[wanted.kind]
        clock = self.now(tx)
        places = [tuple(row) for row in self._search(tx, sql, wanted, clock)]
        if not places:
            return []
        which = sql.these(wanted.tenant, places)
        lease = {"token": wanted.token, "leased_until": clock + wanted.lease}
        tx.execute(sql.lease, {**which, **lease, "clock": clock})
        rows = tx.execute(sql.leased, {**which, "of_token": wanted.token}).all()
        claims = [_claim(wanted.kind, row, wanted.token) for row in rows]
        return sorted(claims, key=lambda claim: (claim.not_before, _order(claim)))

    def _search(
        self, tx: Connection, sql: ClaimStatements, wanted: Wanted, clock: datetime
    ) -> Iterator[Row[Any]]:
        """Yield the places of what may be tried and nobody held when it was looked for."""
        search: dict[str, Any] = {"tenant": wanted.tenant, "clock": clock, "limit": wanted.limit}
        if not wanted.other_than:
            search["now"] = wanted.now
            if wanted.kind is Kind.OUTBOX:
                search["names"] = wanted.names
            yield from tx.execute(sql.search[self._skips], search).all()
            return
        # Between each version and the next: a range of the index, which has no row as a rule.
        for above, below in pairwise(("", *wanted.other_than, None)):
            bounded = {} if below is None else {"below": below}
            statement = sql.search_others[below is not None][self._skips]
            rows = tx.execute(statement, {**search, "above": above, **bounded}).all()
            yield from rows
            search["limit"] -= len(rows)

    def hold(self, tx: Connection, claims: Sequence[Claim], lease: timedelta) -> list[bool]:
        """Tell for each claim whether it still stands, and prolong those that do."""
        standing = self._standing(tx, claims)
        until = self.now(tx) + lease
        sql = self._sql[claims[0].kind]
        held = (
            (claim.ref.tenant, _place(claim))
            for claim, stands in zip(claims, standing, strict=True)
            if stands
        )
        for tenant, places in _by_tenant(held):
            rows = [{**row, "leased_until": until} for row in sql.each(tenant, places)]
            tx.execute(sql.prolong_each, rows)
        return standing

    def settle(self, tx: Connection, settlements: Sequence[Settlement]) -> list[bool]:
        """Write what becomes of claims; tell for each whether it still stood."""
        standing = self._standing(tx, [each.claim for each in settlements])
        batches: dict[tuple[Kind, Verdict], list[dict[str, Any]]] = {}
        for each, stands in zip(settlements, standing, strict=True):
            if stands:
                rows = batches.setdefault((each.claim.kind, each.verdict), [])
                rows.append(_settled(each))
        for (kind, verdict), rows in batches.items():
            tx.execute(self._sql[kind].settle[verdict], rows)
        return standing

    def _standing(self, tx: Connection, claims: Sequence[Claim]) -> list[bool]:
        tokens: dict[tuple[Kind, str, Place], str | None] = {}
        groups: dict[tuple[Kind, str], list[Claim]] = {}
        for claim in claims:
            groups.setdefault((claim.kind, claim.ref.tenant), []).append(claim)
        for (kind, tenant), of in groups.items():
            places = [_place(claim) for claim in of]
            which = self._sql[kind].these(tenant, places)
            for row in tx.execute(self._sql[kind].standing, which):
                *place, token = row
                tokens[kind, tenant, tuple(place)] = token
        return [
            tokens.get((claim.kind, claim.ref.tenant, _place(claim))) == claim.token
            for claim in claims
        ]

    def due(self, tx: Connection, ref: Ref) -> list[Due]:
        """Return the deadlines of a case that run, by name."""
        of = {"of_tenant": ref.tenant, "of_case_id": ref.id}
        rows = tx.execute(self._sql[Kind.DEADLINES].of_case, of)
        return [Due(row.name, row.since, row.due_at, calendar=row.calendar or "") for row in rows]

    def next_moment(self, tx: Connection, kind: Kind, tenant: str) -> datetime | None:
        """Return when the next of a kind may be tried."""
        found: datetime | None = tx.execute(self._sql[kind].first, {"of_tenant": tenant}).scalar()
        return found

    def failing(self, tx: Connection, kind: Kind, tenant: str, limit: int) -> list[Claim]:
        """Return the deadlines that failed and are tried again, or the dead messages."""
        rows = tx.execute(self._sql[kind].failing, {"of_tenant": tenant, "limit": limit})
        return [_claim(kind, row, "") for row in rows]

    def waiting(self, tx: Connection, kind: Kind, tenant: str, limit: int) -> list[Claim]:
        """Return what is to be tried, the next to try first."""
        rows = tx.execute(self._sql[kind].waiting, {"of_tenant": tenant, "limit": limit})
        return [_claim(kind, row, "") for row in rows]

    def requeue(
        self, tx: Connection, ref: Ref, revision: int, index: int, not_before: datetime
    ) -> bool:
        """Make a dead message pending again, as if it was never tried."""
        of = {"of_tenant": ref.tenant, "of_case_id": ref.id}
        which = {**of, "of_revision": revision, "of_index": index, "not_before": not_before}
        return tx.execute(self._sql[Kind.OUTBOX].requeue, which).rowcount == 1

    def prune(self, tx: Connection, tenant: str, before: datetime, limit: int) -> int:
        """Delete messages that were sent, those that might be sent first in front."""
        sql = self._sql[Kind.OUTBOX]
        search = {"of_tenant": tenant, "before": before, "limit": limit}
        places = [tuple(row) for row in tx.execute(sql.sent, search)]
        pruned = 0
        for start in range(0, len(places), _AT_ONCE):
            some = places[start : start + _AT_ONCE]
            pruned += tx.execute(sql.prune, sql.these(tenant, some)).rowcount
        return pruned


def _by_tenant(places: Iterable[tuple[str, Place]]) -> Iterator[tuple[str, list[Place]]]:
    """Yield the places of each tenant, as many as one statement names."""
    of_tenants: dict[str, list[Place]] = {}
    for tenant, place in places:
        of_tenants.setdefault(tenant, []).append(place)
    for tenant, of in of_tenants.items():
        for start in range(0, len(of), _AT_ONCE):
            yield tenant, of[start : start + _AT_ONCE]


def _due_row(ref: Ref, due: Due) -> dict[str, Any]:
    return {
        "tenant": ref.tenant,
        "case_id": ref.id,
        "name": due.deadline,
        "since": due.since,
        "due_at": due.at,
        "not_before": due.not_before,
        "calendar": due.calendar or None,
    }


def _place(claim: Claim) -> Place:
    if claim.kind is Kind.DEADLINES:
        return claim.ref.id, claim.name
    return claim.ref.id, claim.revision, claim.index


def _order(claim: Claim) -> tuple[str, int, int, str]:
    if claim.kind is Kind.DEADLINES:
        return claim.ref.id, 0, 0, claim.name
    return claim.ref.id, claim.revision, claim.index, ""


def _where(claim: Claim) -> dict[str, Any]:
    """Return what names the row of a claim, as the statements bind it."""
    which = {"of_tenant": claim.ref.tenant, "of_case_id": claim.ref.id}
    if claim.kind is Kind.DEADLINES:
        return {**which, "of_name": claim.name}
    return {**which, "of_revision": claim.revision, "of_index": claim.index}


def _settled(settlement: Settlement) -> dict[str, Any]:
    claim = settlement.claim
    if settlement.verdict is Verdict.DONE:
        return _where(claim)
    return {
        **_where(claim),
        "attempts": claim.attempts + 1,
        "problem": settlement.problem,
        "not_before": settlement.not_before or claim.not_before,
    }


def _claim(kind: Kind, row: Row[Any], token: str) -> Claim:
    values: list[Any] = list(row)
    calendar = values.pop()
    claim = Claim(kind, Ref(values[0], values[1]), *values[2:])
    return attrs.evolve(claim, token=token, calendar=calendar or "")
