"""Power is lost under SQLite: what of the WAL is on the disk ends at any frame, or within one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import attrs
import pytest

from propflow.storage.sqlalchemy import SQLStore
from tests.faults.disks import CASES
from tests.faults.invariants import Found, examine, settled
from tests.faults.processes import output_of
from tests.faults.sizes import times

CUTS = times(500)  # in each of two modes
_HEADER, _FRAME = 32, 24 + 4096
_FRAMES_OF_A_STEP = 7  # at least: five tables and their indexes
_LOOKED_AT_CLOSELY = 10


@attrs.frozen
class Life:
    """What a process wrote, and when it had its answers.

    Attributes:
        database: The database as it was at first.
        wal: The WAL at the end, from which nothing was taken over.
        steps: Tokens, how long the WAL was when the answer was there, and what was synchronized.
    """

    database: bytes
    wal: bytes
    steps: list[tuple[str, int, int]]


def live(sqlite: str, mode: str, **more: str) -> Life:
    path = sqlite.removeprefix("sqlite:///")
    told = output_of("disks", "log", sqlite, mode, CUTS // _FRAMES_OF_A_STEP, **more)
    lines = (line.split("|") for line in told)
    steps = [(token, int(length), int(synced)) for token, length, synced in lines]
    return Life(Path(f"{path}.kept").read_bytes(), Path(f"{path}.kept-wal").read_bytes(), steps)


def tokens_after(life: Life, cut: int, folder: Path) -> list[str]:
    """Return the tokens that are there when the power comes back; the oldest step first."""
    path = folder / "cut.db"
    path.write_bytes(life.database)
    Path(f"{path}-wal").write_bytes(life.wal[:cut])
    database = sqlite3.connect(path)
    rows = database.execute(
        'SELECT "key" FROM propflow_history WHERE revision > 1 ORDER BY rowid'
    ).fetchall()
    database.close()
    return [key for (key,) in rows]


def cuts_of(life: Life) -> list[int]:
    """Return where the WAL is cut: behind each frame, and in the middle of every other."""
    frames = (len(life.wal) - _HEADER) // _FRAME
    assert frames >= CUTS
    ends = [_HEADER + _FRAME * n for n in range(frames + 1)]
    return sorted([0, *ends, *(end + _FRAME // 2 for end in ends[:-1:2])])


@pytest.mark.parametrize("mode", ["FULL", "NORMAL"])
def test_what_is_left_is_a_prefix(
    sqlite: str, sqlite_store: SQLStore, tmp_path: Path, mode: str
) -> None:
    life = live(sqlite, mode)
    cuts = cuts_of(life)
    for number, cut in enumerate(cuts):
        written = [token for token, length, _ in life.steps if length <= cut]
        assert tokens_after(life, cut, tmp_path) == written
        if number % (len(cuts) // _LOOKED_AT_CLOSELY) == 0:
            store = SQLStore(f"sqlite:///{tmp_path / 'cut.db'}")
            first = map(str, range(CASES))
            given = settled(store)
            tokens = [*first, *written]
            assert examine(store, acknowledged=tokens, given=given, urged=True) == Found()
            store.close()


def test_with_full_nothing_that_was_answered_is_lost(
    sqlite: str, sqlite_store: SQLStore, tmp_path: Path, failing_disk: str
) -> None:
    """The power is lost right behind each answer: what was synchronized by then is there."""
    preload = {"LD_PRELOAD": failing_disk, "FAULT_FILE": "property.db"}
    life = live(sqlite, "FULL", **preload)
    assert len(life.steps) == CUTS // _FRAMES_OF_A_STEP
    for number, (_, _, synced) in enumerate(life.steps):
        left = tokens_after(life, synced, tmp_path)
        assert left == [token for token, _, _ in life.steps[: number + 1]]


def test_with_normal_an_answer_may_come_before_the_disk(
    sqlite: str, sqlite_store: SQLStore, tmp_path: Path, failing_disk: str
) -> None:
    """As SQLite says of it; that this shows is what makes the test of FULL one."""
    preload = {"LD_PRELOAD": failing_disk, "FAULT_FILE": "property.db"}
    life = live(sqlite, "NORMAL", **preload)
    _, _, synced = life.steps[-1]
    assert tokens_after(life, synced, tmp_path) == []
