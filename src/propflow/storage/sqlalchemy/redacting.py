"""The half of a SQL store that takes personal data out of histories; their seals stay valid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from propflow.definition import REDACTED
from propflow.errors import CannotRedact, Problem
from propflow.storage.records import Ref
from propflow.storage.redacting import refuse_undelivered
from propflow.storage.sealing import Seals, closed, hash_data, is_open
from propflow.storage.sqlalchemy.faults import translated
from propflow.storage.sqlalchemy.rows import Values
from propflow.storage.sqlalchemy.tables import Tables


class Redacting:
    """Takes payloads, messages and the hashes of data away."""

    _tables: Tables
    _seals: Seals

    @translated()
    def redact(
        self, tx: Connection, ref: Ref, revisions: Sequence[int], *, by: int, undelivered: bool
    ) -> tuple[int, ...]:
        """Take the payloads and messages of entries away, and the data hashes of all entries.

        The hashes stay that the seals are over, without the salts that they were made with.

        Raises:
            CannotRedact: Messages are yet to be delivered, or the data of the case are not those
                of its latest entry; nothing was written.
            StoreUnavailable: The database does not answer, or is locked.
            SchemaMissing: The tables are not there.
        """
        history, outbox, case = self._tables.history, self._tables.outbox, self._tables.case
        of_case = (history.c.tenant == ref.tenant, history.c.case_id == ref.id)
        of_message = (outbox.c.tenant == ref.tenant, outbox.c.case_id == ref.id)
        wanted = frozenset(revisions)
        if not undelivered:
            waiting = tx.execute(
                select(outbox.c.revision, outbox.c.index)
                .where(*of_message, outbox.c.status == "pending")
                .order_by(outbox.c.revision, outbox.c.index)
            )
            refuse_undelivered(ref, [(each, n) for each, n in waiting if each in wanted])
        names = ("revision", "event", "payload", "data_hash", "sent", "salt")
        rows = tx.execute(
            select(*(history.c[name] for name in names))
            .where(*of_case)
            .order_by(history.c.revision)
        ).all()
        its_case = (case.c.tenant == ref.tenant, case.c.id == ref.id)
        data = tx.execute(select(case.c.data).where(*its_case)).scalar_one()
        if rows and hash_data(data) != rows[-1].data_hash:
            why = "they are not those of its latest entry: somebody changed them; audit it first"
            raise CannotRedact(f"case {ref.case_id!r}", [Problem("data", why)])

        taken = tuple(
            row.revision
            for row in rows
            if row.revision in wanted and (row.payload is not None or row.sent is not None)
        )
        self._close(tx, ref, rows)
        if taken:
            self._take(tx, ref, [row for row in rows if row.revision in taken], by)
        return taken

    def _close(self, tx: Connection, ref: Ref, rows: Sequence[Row[Any]]) -> None:
        """Leave of the data hash of each entry what its seal is over."""
        history = self._tables.history
        changed: list[Values] = []
        found = ""
        for row in rows:
            if row.salt is not None and is_open(row.salt):
                if row.event == REDACTED:
                    found = ""
                hashed = self._seals.of_data(found, row.data_hash, row.salt)
                left = {"salt": closed(row.salt), "data_hash": hashed}
                changed.append({**_named(ref, row), **left})
            found = row.data_hash
        if changed:
            tx.execute(update(history).where(*self._one()), changed)

    def _take(self, tx: Connection, ref: Ref, rows: Sequence[Row[Any]], by: int) -> None:
        history, outbox = self._tables.history, self._tables.outbox
        taken = [
            {
                **_named(ref, row),
                "payload": None,
                "payload_hash": (
                    None
                    if row.payload is None
                    else self._seals.of_payload(row.payload, row.salt, row.sent)
                ),
                "salt": None if row.salt is None else "",
                "redacted": by,
            }
            for row in rows
        ]
        tx.execute(update(history).where(*self._one()), taken)
        sent = delete(outbox).where(
            outbox.c.tenant == bindparam("of_tenant"),
            outbox.c.case_id == bindparam("of_case_id"),
            outbox.c.revision == bindparam("of_revision"),
        )
        tx.execute(sent, [_named(ref, row) for row in rows])

    def _one(self) -> list[Any]:
        history = self._tables.history
        return [
            history.c.tenant == bindparam("of_tenant"),
            history.c.case_id == bindparam("of_case_id"),
            history.c.revision == bindparam("of_revision"),
        ]


def _named(ref: Ref, row: Row[Any]) -> Values:
    return {"of_tenant": ref.tenant, "of_case_id": ref.id, "of_revision": row.revision}
