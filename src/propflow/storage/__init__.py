"""Durable cases: the store protocol, its values, and a store in memory."""

from propflow.storage.memory import MemoryStore
from propflow.storage.protocol import AsyncOwningStore, AsyncStore, OwningStore, Store
from propflow.storage.records import (
    Change,
    Message,
    Outcome,
    Query,
    Ref,
    Snapshot,
    StoredEntry,
)

__all__ = [
    "AsyncOwningStore",
    "AsyncStore",
    "Change",
    "MemoryStore",
    "Message",
    "Outcome",
    "OwningStore",
    "Query",
    "Ref",
    "Snapshot",
    "Store",
    "StoredEntry",
]
