"""Databases of their own for the faults, on the servers that answer too."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from propflow.storage.sqlalchemy import SQLStore
from tests.storage.conftest import (
    mariadb,
    new_store,
    postgres,
    sqlite,
    sqlite_memory_store,
    sqlite_store,
)

__all__ = ["mariadb", "postgres", "sqlite", "sqlite_memory_store", "sqlite_store"]


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def store(request: pytest.FixtureRequest) -> Iterator[SQLStore]:
    """An empty store on each database."""
    yield from new_store(request.getfixturevalue(request.param))


@pytest.fixture(params=["postgres", "mariadb"])
def server_store(request: pytest.FixtureRequest) -> Iterator[SQLStore]:
    """An empty store on each database that is a server."""
    yield from new_store(request.getfixturevalue(request.param))


@pytest.fixture(scope="session")
def failing_disk(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The library that makes a disk fail, for LD_PRELOAD; skips where none can be compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("no C compiler, or no Linux: a disk that fails cannot be made; install gcc")
    made = tmp_path_factory.mktemp("disk") / "disk.so"
    source = Path(__file__).with_name("disk.c")
    options = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(made)]
    subprocess.run([compiler, *options, str(source), "-ldl"], check=True)
    return str(made)
