"""Reading cases out of our own table."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from propflow.storage.records import Ref, Snapshot
from propflow.storage.sqlalchemy.rows import id_of, snapshot_of
from propflow.storage.sqlalchemy.running import Running
from propflow.storage.sqlalchemy.statements import Statements

_IDS_AT_ONCE = 500


def load_cases(
    tx: Connection, run: Running, sql: Statements, refs: Sequence[Ref], *, lock: bool
) -> list[Snapshot | None]:
    """Return the cases in the order asked for, `None` for one that is not there."""
    if len(refs) == 1:
        rows = run.rows(sql.load[lock], id_of(refs[0]))
        return [snapshot_of(rows[0]) if rows else None]
    wanted: dict[str, list[str]] = {}
    for ref in sorted(set(refs)):
        wanted.setdefault(ref.tenant, []).append(ref.id)
    found: dict[Ref, Snapshot] = {}
    for tenant, ids in wanted.items():
        for start in range(0, len(ids), _IDS_AT_ONCE):
            some = {"tenant": tenant, "ids": ids[start : start + _IDS_AT_ONCE]}
            for row in tx.execute(sql.load_many[lock], some):
                snapshot = snapshot_of(row)
                found[snapshot.ref] = snapshot
    return [found.get(ref) for ref in refs]
