"""Durable cases: the store protocol, its values, and a store in memory."""

from propflow.storage.caps import Caps
from propflow.storage.claims import Claim, Kind, Settlement, Verdict, Wanted
from propflow.storage.memory import MemoryStore
from propflow.storage.protocol import (
    AsyncClaimingStore,
    AsyncOwningStore,
    AsyncParkingStore,
    AsyncStore,
    ClaimingStore,
    MappedStore,
    OwningStore,
    ParkingStore,
    Store,
)
from propflow.storage.records import (
    Change,
    HostRow,
    Message,
    Outcome,
    ParkedStep,
    Query,
    Ref,
    Snapshot,
    StoredEntry,
    Unadopted,
)
from propflow.storage.redacting import AsyncRedactingStore, RedactingStore

__all__ = [
    "AsyncClaimingStore",
    "AsyncOwningStore",
    "AsyncParkingStore",
    "AsyncRedactingStore",
    "AsyncStore",
    "Caps",
    "Change",
    "Claim",
    "ClaimingStore",
    "HostRow",
    "Kind",
    "MappedStore",
    "MemoryStore",
    "Message",
    "Outcome",
    "OwningStore",
    "ParkedStep",
    "ParkingStore",
    "Query",
    "RedactingStore",
    "Ref",
    "Settlement",
    "Snapshot",
    "Store",
    "StoredEntry",
    "Unadopted",
    "Verdict",
    "Wanted",
]
