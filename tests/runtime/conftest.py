"""An engine on every store, on the servers that answer too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from propflow import Engine
from propflow.storage import MemoryStore, OwningStore
from tests.runtime.loans import Clock, Cupboard, KeyAudit, KeyLoan
from tests.storage.conftest import SERVERS, database_on, new_store


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[str]:
    for url in database_on(SERVERS["postgres"], request.config):
        yield url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def mariadb(request: pytest.FixtureRequest) -> Iterator[str]:
    for url in database_on(SERVERS["mariadb"], request.config):
        yield url.render_as_string(hide_password=False)


@pytest.fixture(params=["memory", "sqlite", "postgres", "mariadb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OwningStore[Any]]:
    if request.param == "memory":
        made = MemoryStore()
        yield made
        made.close()
    elif request.param == "sqlite":
        yield from new_store(f"sqlite:///{tmp_path / 'cases.db'}")
    else:
        yield from new_store(request.getfixturevalue(request.param))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(store: OwningStore[Any], clock: Clock) -> Engine:
    return Engine(store, [KeyLoan, KeyAudit, Cupboard], clock=clock)
