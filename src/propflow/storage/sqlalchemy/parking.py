"""The half of a SQL store that keeps steps whose case has not arrived."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Executable, Row, bindparam, delete, select, update

from propflow.storage.records import ParkedStep, Ref
from propflow.storage.sqlalchemy.faults import translated
from propflow.storage.sqlalchemy.rows import Values
from propflow.storage.sqlalchemy.running import Running
from propflow.storage.sqlalchemy.statements import Statements
from propflow.storage.sqlalchemy.tables import Tables
from propflow.storage.sqlalchemy.writing_portable import PortableWriter


class Parking:
    """Parks steps and finds them again.

    Raises:
        StoreUnavailable: From every method: the database does not answer, or is locked.
        SchemaMissing: From every method: the tables are not there.
    """

    _tables: Tables
    _sql: Statements
    _writer: PortableWriter

    def _running(self, tx: Connection) -> Running:
        raise NotImplementedError

    @translated()
    def park(self, tx: Connection, step: ParkedStep) -> bool:
        """Keep a step, and tell whether it is kept now; `False` if one with its key was."""
        return self._writer.inserted(tx, self._running(tx), self._sql.park, _row(step))

    @translated()
    def parked(
        self,
        tx: Connection,
        tenant: str,
        *,
        case_id: str | None = None,
        key: str | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[ParkedStep]:
        """Return the parked steps of a tenant, by key."""
        table = self._tables.parked
        search = select(*table.c).where(table.c.tenant == tenant, table.c.key > after)
        if case_id is not None:
            search = search.where(table.c.case_id == case_id)
        if key is not None:
            search = search.where(table.c.key == key)
        return [_step(row) for row in tx.execute(search.order_by(table.c.key).limit(limit))]

    @translated()
    def unpark(self, tx: Connection, step: ParkedStep, problem: str | None) -> None:
        """Forget a step, or write why it could not be taken."""
        table = self._tables.parked
        this = [
            table.c.tenant == bindparam("of_tenant"),
            table.c.key == bindparam("of_key"),
        ]
        which = {"of_tenant": step.ref.tenant, "of_key": step.key}
        change: Executable = delete(table).where(*this)
        if problem is not None:
            change = update(table).where(*this).values(problem=problem)
        tx.execute(change, which)


def _row(step: ParkedStep) -> Values:
    return {
        "tenant": step.ref.tenant,
        "key": step.key,
        "case_id": step.ref.id,
        "workflow": step.workflow,
        "event": step.event,
        "payload": step.payload,
        "actor": step.actor,
        "roles": json.dumps(step.roles, ensure_ascii=False),
        "occurred_at": step.occurred_at,
        "received_at": step.received_at,
        "problem": step.problem,
    }


def _step(row: Row[Any]) -> ParkedStep:
    values: list[Any] = list(row)
    tenant, key, case_id, workflow, event, payload, actor, roles, *rest = values
    names = tuple(json.loads(roles))
    return ParkedStep(Ref(tenant, case_id), key, workflow, event, payload, actor, names, *rest)
