"""A disk under SQLite that fails, is full, writes half or may not be written."""

from __future__ import annotations

import sqlite3
from collections import Counter

from propflow.storage.sqlalchemy import SQLStore
from tests.faults.disks import CASES, FAILURES
from tests.faults.invariants import Found, examine, settled
from tests.faults.processes import output_of
from tests.faults.sizes import times

FAILED = times(300)


def test_a_disk_that_fails_loses_and_doubles_nothing(
    sqlite: str, sqlite_store: SQLStore, failing_disk: str
) -> None:
    preload = {"LD_PRELOAD": failing_disk, "FAULT_FILE": "property.db"}
    told = output_of("disks", "fail", sqlite, FAILED, 20260302, **preload)
    steps = [line.split("|") for line in told]
    struck = Counter(name for _, name, struck, _ in steps if struck == "1")
    assert struck.total() == FAILED
    assert set(struck) == set(FAILURES)
    assert any(answered == "0" for *_, answered in steps)
    tokens = {*map(str, range(CASES)), *(token for token, *_ in steps)}
    given = settled(sqlite_store)
    assert examine(sqlite_store, acknowledged=tokens, given=given, urged=True) == Found()
    with sqlite3.connect(sqlite.removeprefix("sqlite:///")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
