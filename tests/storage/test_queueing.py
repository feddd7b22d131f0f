"""Turns to write into a file of SQLite."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import pairwise

import pytest

from propflow.storage import Ref
from propflow.storage.sqlalchemy import SQLStore, queueing
from propflow.storage.sqlalchemy.connect import TURN
from propflow.storage.sqlalchemy.queueing import Turn

from .changes import opening, step

pytestmark = pytest.mark.skipif(queueing.fcntl is None, reason="this system has no flock")


def test_one_has_the_turn_until_it_gives_it_up(tmp_path):
    first, second = (Turn(str(tmp_path / "property.db"), 0) for _ in range(2))
    first.take()
    assert not second._try()
    first.give_up()
    assert second._try()
    assert not first._try()
    for turn in (first, second):
        turn.close()


def test_the_turn_ends_with_its_process(tmp_path):
    path = str(tmp_path / "property.db")
    take = (
        "import os, sys; from propflow.storage.sqlalchemy.queueing import Turn;"
        f"Turn({path!r}, 0).take(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", take], check=False).returncode == -9
    turn = Turn(path, 0)
    assert turn._try()
    turn.close()


def test_who_waits_gets_the_next_turn(tmp_path):
    first, second = (Turn(str(tmp_path / "property.db"), 60) for _ in range(2))
    first.take()
    order: list[str] = []

    def wait() -> None:
        second.take()
        order.append("second")

    waiting = threading.Thread(target=wait)
    waiting.start()
    order.append("first")
    first.give_up()
    waiting.join()
    assert order == ["first", "second"]
    for turn in (first, second):
        turn.close()


def test_where_nobody_can_lock_everyone_goes_on(tmp_path):
    turn = Turn(str(tmp_path / "no such folder" / "property.db"), 60)
    turn.take()
    turn.give_up()
    turn.close()


def test_a_writer_holds_the_turn_and_a_reader_does_not(sqlite, tmp_path):
    store = SQLStore(sqlite)
    store.create_tables()
    other = Turn(str(tmp_path / "property.db"), 0)
    with store.begin(write=False) as tx:
        assert TURN in tx.info
        assert other._try()
        other.give_up()
    with store.begin(write=True):
        assert not other._try()
    assert other._try()
    other.close()
    store.close()


def test_steps_of_writers_that_take_turns_add_up(sqlite):
    stores = [SQLStore(sqlite) for _ in range(4)]
    stores[0].create_tables()
    ref = Ref("", "1")
    with stores[0].begin(write=True) as tx:
        stores[0].apply(tx, [opening(ref)])

    def write(store: SQLStore) -> None:
        for _ in range(20):
            with store.begin(write=True) as tx:
                (case,) = store.load(tx, [ref], lock=True)
                store.apply(tx, [step(case)], last=True)

    threads = [threading.Thread(target=write, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stores[0].begin(write=False) as tx:
        entries = stores[0].history(tx, ref)
    assert len(entries) == 81
    assert all(b.revision == a.revision + 1 for a, b in pairwise(entries))
    for store in stores:
        store.close()
