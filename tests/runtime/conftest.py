"""An engine on every store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from propflow import Engine
from propflow.storage import MemoryStore, OwningStore
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import Clock, Cupboard, KeyAudit, KeyLoan


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OwningStore[Any]]:
    if request.param == "memory":
        made: OwningStore[Any] = MemoryStore()
    else:
        sql = SQLStore(f"sqlite:///{tmp_path / 'cases.db'}")
        sql.create_tables()
        made = sql
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(store: OwningStore[Any], clock: Clock) -> Engine:
    return Engine(store, [KeyLoan, KeyAudit, Cupboard], clock=clock)
