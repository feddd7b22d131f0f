"""What tests of stores share: changes like those of the contract, and how tables are emptied."""

from __future__ import annotations

from propflow.storage.sqlalchemy import SQLStore
from propflow.testing.store_contract.changes import NOON, WORKFLOW, opening, step

__all__ = ["NOON", "WORKFLOW", "empty", "opening", "step"]


def empty(store: SQLStore) -> None:
    """Take everything out of the tables of a store."""
    with store.begin(write=True) as tx:
        tx.exec_driver_sql("DELETE FROM propflow_indexed")
        tx.exec_driver_sql("DELETE FROM propflow_deadline")
        tx.exec_driver_sql("DELETE FROM propflow_outbox")
        tx.exec_driver_sql("DELETE FROM propflow_parked")
        tx.exec_driver_sql("DELETE FROM propflow_history")
        tx.exec_driver_sql("DELETE FROM propflow_case")
