"""A process on a disk that fails, started with the library that `disk.c` is compiled to.

``python -m tests.faults.disks fail URL TIMES SEED`` takes steps on SQLite while the disk fails, and
asks again for those that had no answer. ``python -m tests.faults.disks log URL MODE STEPS`` says
after each answer how long the WAL is, and how much of it was synchronized.
"""

from __future__ import annotations

import ctypes
import errno
import os
import random
import shutil
import sys
from pathlib import Path
from typing import Any

import attrs
from sqlalchemy import event

from propflow import Engine
from propflow.errors import StoreUnavailable
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.rounds import GUARD, MORNING, Round

WRITE, SYNC, READ, TRUNCATE = 1, 2, 4, 8
_EVER = 10**9
CASES = 10


@attrs.frozen
class Failure:
    """How a disk fails.

    Attributes:
        ops: Which calls of the system count.
        error: What they return.
        lasts: How many of them fail.
        short: The first one writes half instead.
    """

    ops: int
    error: int
    lasts: int = 1
    short: bool = False


FAILURES = {
    "EIO on write": Failure(WRITE, errno.EIO),
    "EIO on sync": Failure(SYNC, errno.EIO),
    "EIO on read": Failure(READ, errno.EIO),
    "ENOSPC": Failure(WRITE, errno.ENOSPC),
    "full disk": Failure(WRITE | TRUNCATE, errno.ENOSPC, lasts=_EVER),
    "short write": Failure(WRITE, errno.ENOSPC, lasts=2, short=True),
    "read-only": Failure(WRITE | TRUNCATE, errno.EROFS, lasts=_EVER),
    "broken disk": Failure(WRITE | SYNC | READ | TRUNCATE, errno.EIO, lasts=_EVER),
}


def set_up(store: SQLStore, *pragmas: str) -> None:
    """Run pragmas on each connection, after propflow's own."""

    @event.listens_for(store._engine, "connect")
    def connect(connection: Any, _: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")


def opened(url: str, *pragmas: str) -> tuple[SQLStore, Engine]:
    """Open rounds on a sound disk."""
    store = SQLStore(url)
    set_up(store, *pragmas)
    engine = Engine(store, [Round], clock=lambda: MORNING)
    for case in map(str, range(CASES)):
        engine.start(Round.set_out(token=case), by=GUARD, id=case, key=case)
    return store, engine


def fail(url: str, often: int, seed: int) -> None:
    """Take steps while the disk fails, until it has failed so often."""
    chance, disk = random.Random(seed), ctypes.CDLL(None)
    # With a cache of a few pages and a WAL that is soon full, a step reads, synchronizes and
    # writes the database too. With EXTRA a commit is synchronized each time.
    store, engine = opened(url, "wal_autocheckpoint = 8", "cache_size = 4", "synchronous = EXTRA")
    failed = number = 0
    reach = 2
    while failed < often:
        if number == 20 * often:
            raise AssertionError("the disk does not fail: is the library loaded?")
        number += 1
        name, failure = list(FAILURES.items())[number % len(FAILURES)]
        token, case = f"t{number}", str(number % CASES)
        at = chance.randrange(reach)
        until = at + failure.lasts - 1
        disk.disk_arm(failure.ops, at, until, failure.error, int(failure.short))
        answered = _ask(engine, case, token)
        reach = max(reach, disk.disk_seen())
        struck = disk.disk_struck()
        disk.disk_arm(0, -1, -1, 0, 0)
        failed += bool(struck)
        if not _ask(engine, case, token):
            raise AssertionError(f"{token} has no answer though the disk is sound: {name}")
        sys.stdout.write(f"{token}|{name}|{int(bool(struck))}|{int(answered)}\n")
    store.close()


def _ask(engine: Engine, case: str, token: str) -> bool:
    try:
        engine.fire(case, Round.stop(token=token), by=GUARD, key=token)
    except StoreUnavailable:
        return False
    return True


def log(url: str, mode: str, steps: int) -> None:
    """Take steps, and keep a copy of the files as they are before anybody closes them."""
    path, disk = Path(url.removeprefix("sqlite:///")), ctypes.CDLL(None)
    shimmed = "LD_PRELOAD" in os.environ
    store, engine = opened(url, "wal_autocheckpoint = 0", f"synchronous = {mode}")
    with store._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, f"{path}.kept")
    for number in range(steps):
        token = f"t{number}"
        if not _ask(engine, str(number % CASES), token):
            raise AssertionError(f"{token} has no answer")
        length = Path(f"{path}-wal").stat().st_size
        synced = disk.disk_synced_wal() if shimmed else -1
        sys.stdout.write(f"{token}|{length}|{synced}\n")
    shutil.copy(f"{path}-wal", f"{path}.kept-wal")
    store.close()


if __name__ == "__main__":
    if sys.argv[1] == "fail":
        fail(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        log(sys.argv[2], sys.argv[3], int(sys.argv[4]))
