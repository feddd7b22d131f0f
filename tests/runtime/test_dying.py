"""Sweepers and relays that are killed, or stopped past their lease and woken: nothing is lost.

A deadline is in the history once. A message is delivered at least once, and twice at most where a
process died or slept between its delivery and its settlement.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Event

import pytest
from sqlalchemy import text

from propflow import Actor, Engine
from propflow.definition.own_step import Climb
from propflow.storage import Caps, Ref
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.sizes import THOROUGH
from tests.runtime.deadlines import Chore
from tests.runtime.laborers import LATER, LEASE
from tests.runtime.loans import Clock
from tests.runtime.parcels import Delivered
from tests.runtime.rising import Rising
from tests.runtime.test_relaying import Inbox, expire_leases
from tests.storage.conftest import new_store

WORKER = Actor("w1")
CASES = 4_000 if THOROUGH else 60
LADDERS = 30
ROUNDS = 20 if THOROUGH else 1
_MESSAGES = ("1/0", "1/1", "2/0", "3/0")
IDS = [f"/{n}/{place}" for n in range(CASES) for place in _MESSAGES]
Laborer = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(params=["postgres", "mariadb"])
def store(request: pytest.FixtureRequest) -> Iterator[SQLStore]:
    yield from new_store(request.getfixturevalue(request.param))


@pytest.fixture
def laborer(store: SQLStore) -> Iterator[Laborer]:
    """Start a process; whatever is left of it is killed in the end."""
    url = store._engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["src", ".", *sys.path])}
    started: list[subprocess.Popen[str]] = []

    def start(work: str, *how: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.runtime.laborers", work, url, *how]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def open_chores(store: SQLStore) -> Engine:
    engine = Engine(store, [Chore], clock=Clock())
    for n in range(CASES):
        engine.start(Chore.open(), by=WORKER, id=str(n))
        engine.fire(str(n), Chore.plan(), by=WORKER)
    return Engine(store, [Chore], clock=lambda: LATER)


def open_ladders(store: SQLStore) -> Engine:
    engine = Engine(store, [Rising], clock=Clock())
    for n in range(LADDERS):
        engine.start(Rising.open(), by=WORKER, id=str(n))
    return Engine(store, [Rising], clock=lambda: LATER)


def open_parcels(store: SQLStore) -> Engine:
    engine = Engine(store, [Delivered], clock=Clock())
    for n in range(CASES):
        engine.start(Delivered.bring(weight=n), by=WORKER, id=str(n))
        engine.fire(str(n), Delivered.shelve(shelf="A"), by=WORKER)
        engine.fire(str(n), Delivered.fetch(), by=WORKER)
    return Engine(store, [Delivered], clock=lambda: LATER)


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line.strip()


def urged(engine: Engine) -> list[int]:
    return [engine.get(str(n), Chore).data.urged for n in range(CASES)]


def kill_after(process: subprocess.Popen[str], lines: int) -> list[str]:
    """Read so many lines, or all if others left it less to do, and kill it; return all."""
    said = lines_of(process)
    heard = list(islice(said, lines))
    process.send_signal(signal.SIGKILL)
    return [*heard, *said]


_IN_A_TRANSACTION = {
    "postgresql": """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND xact_start IS NOT NULL""",
    "mariadb": """
        SELECT count(*) FROM information_schema.innodb_trx t
        JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
        WHERE p.db = database() AND p.id <> connection_id()""",
}


def let_the_dead_go(store: SQLStore) -> None:
    """Wait until the server has noticed who died, and has let go of what they held.

    Until then a sweep passes over what they held, as it must.
    """
    question = text(_IN_A_TRANSACTION[store._engine.dialect.name])
    for _ in range(6000):
        with store.begin(write=False) as tx:
            if not tx.execute(question).scalar_one():
                break
        Event().wait(0.01)
    else:
        raise AssertionError("a transaction of a process that died goes on")
    expire_leases(store)


def let_the_lease_end(store: SQLStore) -> None:
    """Wait until a lease that began before this call has ended, by the database's own clock."""
    sleep = "pg_sleep" if store._engine.dialect.name == "postgresql" else "sleep"
    with store.begin(write=False) as tx:
        tx.execute(text(f"SELECT {sleep}({LEASE.total_seconds() * 1.2})"))


def attend(store: SQLStore, process: subprocess.Popen[str]) -> tuple[list[str], int]:
    """Wake a process each time its lease has ended; return what it said, and how often it slept."""
    heard: list[str] = []
    pauses = 0
    for line in lines_of(process):
        if line == "stopping":
            os.waitpid(process.pid, os.WUNTRACED)
            let_the_lease_end(store)
            process.send_signal(signal.SIGCONT)
            pauses += 1
        heard.append(line)
    assert process.wait() == 0
    return heard, pauses


def work_with_pauses(store: SQLStore, laborer: Laborer, work: str, *how: str) -> list[str]:
    """Let four work, each of which sleeps past its lease now and then; return all that they say."""
    processes = [laborer(work, "stop", *how) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda process: attend(store, process), processes))
    # At least CASES / 3 claims of three, and at least every fourth of those is slept on.
    assert sum(pauses for _, pauses in done) >= CASES // 12
    return [line for heard, _ in done for line in heard]


def test_killed_sweepers_lose_and_double_nothing(store: SQLStore, laborer: Laborer) -> None:
    engine = open_chores(store)
    for lines in (2, 4):
        for process in [laborer("sweep") for _ in range(2)]:
            kill_after(process, lines)
    let_the_dead_go(store)
    while engine.run_due().fired:
        pass
    assert urged(engine) == [1] * CASES


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_of_ladders_each_rung_is_climbed_once_whoever_is_killed(
    store: SQLStore, laborer: Laborer, seed: int
) -> None:
    """Two sweep side by side and are killed anywhere in their work, again and again."""
    engine = open_ladders(store)
    chance = random.Random(seed)
    for _ in range(3):
        workers = [laborer("sweep") for _ in range(2)]
        for process in workers:
            list(islice(lines_of(process), chance.randint(1, 8)))
            Event().wait(chance.uniform(0, 0.03))  # so that it is anywhere in its next sweep
            process.kill()
        for process in workers:
            process.wait()
        let_the_dead_go(store)
    while engine.run_due().fired:
        pass
    for n in range(LADDERS):
        entries = engine.history(str(n))
        climbed = [e.payload.rung for e in entries if isinstance(e.payload, Climb)]
        assert sorted(climbed) == [0, 1, 2]
        assert [e.event for e in entries].count("remind") == 1
        assert engine.get(str(n), Rising).data.reminded == 1
        with store.begin(write=False) as tx:
            told = [message.kind for _, message in store.outbox(tx, Ref("", str(n)))]
            assert store.due(tx, Ref("", str(n))) == []
        assert told == ["Notify"] * 3


def test_killed_relays_lose_nothing(store: SQLStore, laborer: Laborer) -> None:
    engine = open_parcels(store)
    heard: list[str] = []
    kills = 0
    for lines in (2, 7):
        for process in [laborer("relay") for _ in range(2)]:
            heard += kill_after(process, lines)
            kills += 1
    let_the_dead_go(store)
    inbox = Inbox()
    assert engine.relay(inbox.handlers, limit=10_000).undelivered == ()
    delivered = [line.partition(" ")[2] for line in heard if line.startswith("delivered")]
    delivered += [each.id for each in inbox.got]
    times = Counter(delivered)
    assert sorted(times) == sorted(IDS)
    assert times.total() <= len(IDS) + kills
    assert engine.outbox() == ()


@pytest.mark.parametrize("how", [(), ("plain",)], ids=["skipping", "plain"])
def test_sweepers_that_sleep_past_their_lease_double_nothing(
    store: SQLStore, laborer: Laborer, how: tuple[str, ...]
) -> None:
    engine = open_chores(store)
    assert Caps.SKIP_LOCKED in store.caps
    heard = work_with_pauses(store, laborer, "sweep", *how)
    fired = sum(int(line.partition(" ")[2]) for line in heard if line.startswith("did"))
    expire_leases(store)
    fired += engine.run_due().fired
    assert fired == CASES
    assert urged(engine) == [1] * CASES


@pytest.mark.parametrize("how", [(), ("plain",)], ids=["skipping", "plain"])
def test_relays_that_sleep_past_their_lease_lose_nothing(
    store: SQLStore, laborer: Laborer, how: tuple[str, ...]
) -> None:
    """They sleep between the claim and the delivery: what they lost they do not deliver."""
    engine = open_parcels(store)
    heard = work_with_pauses(store, laborer, "relay", *how)
    expire_leases(store)
    inbox = Inbox()
    sent = engine.relay(inbox.handlers, limit=10_000).sent
    sent += sum(int(line.partition(" ")[2]) for line in heard if line.startswith("did"))
    delivered = [line.partition(" ")[2] for line in heard if line.startswith("delivered")]
    delivered += [each.id for each in inbox.got]
    assert set(delivered) == set(IDS)
    assert sent == len(IDS)
    assert (engine.outbox(), engine.dead_letters()) == ((), ())
