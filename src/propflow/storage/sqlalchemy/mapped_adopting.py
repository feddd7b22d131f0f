"""The half of a SQL store that knows the host's own tables; `SQLStore` has the other half."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from propflow.errors import InvalidArgument
from propflow.storage.records import HostRow, Ref, Unadopted
from propflow.storage.sqlalchemy.faults import translates
from propflow.storage.sqlalchemy.mapped_cases import MappedCases


class OnHostTables:
    """Reads rows of the host's that may become cases, and finds keys for new ones."""

    _mapped: MappedCases | None

    def _take_turn(self, tx: Connection, of: dict[str, Any]) -> None:
        raise NotImplementedError

    def _of_host(self) -> MappedCases:
        if self._mapped is None:
            raise InvalidArgument("store", self, "has no tables of the host's; give it tables={…}")
        return self._mapped

    @property
    def mapped(self) -> Mapping[str, str]:
        """The names of the host's tables by the names of the workflows whose cases they hold."""
        if self._mapped is None:
            return {}
        return {workflow: of.name for workflow, of in self._mapped.by_workflow.items()}

    @translates
    def new_id(self, tx: Connection, tenant: str, workflow: str, made: str) -> str:
        """Return the key of a row that is to be opened: the id that was made, if the key takes it.

        A key of numbers comes from its sequence on PostgreSQL, and elsewhere is one more than the
        highest.

        Raises:
            InvalidArgument: The key has several columns, and so has to be given.
            StoreUnavailable: The database does not answer.
        """

        def alone() -> None:
            if tx.dialect.name != "sqlite":  # there a writer is alone anyway
                self._take_turn(tx, {"tenant": tenant, "workflow": workflow})

        return self._of_host().new_id(tx, workflow, made, alone=alone)

    @translates
    def row(self, tx: Connection, ref: Ref) -> HostRow | None:
        """Return a row of the host's, held until the transaction ends, case or not.

        Raises:
            UnknownCode: It holds a code that the mapping does not know.
            StoreUnavailable: The database does not answer, or another transaction holds it.
        """
        return self._of_host().row(tx, ref)

    @translates
    def unadopted(
        self, tx: Connection, tenant: str, workflow: str, *, after: str | None, limit: int
    ) -> list[Unadopted]:
        """Return rows that are no case yet, held, in the order of the table's key.

        Raises:
            StoreUnavailable: The database does not answer.
            SchemaMissing: The tables are not there.
        """
        return self._of_host().unadopted(tx, tenant, workflow, after=after, limit=limit)
