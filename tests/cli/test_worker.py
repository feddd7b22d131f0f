"""`propflow worker`, `outbox` and `parked`: a process that works until it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from propflow import Actor, Engine
from propflow.runtime import Backoff
from propflow.runtime.calls import present
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.deadlines import HOUR, Chore
from tests.runtime.parcels import Delivered

ROOT = Path(__file__).parents[2]
WORKER = Actor("w1")
HOST = """
from datetime import date, datetime, timedelta
from propflow import Engine, Notify
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.deadlines import Chore
from tests.runtime.parcels import Delivered, Printed

def tell(delivery):
    with open("told.txt", "a") as told:
        told.write(delivery.id + "\\n")

def engine():
    return Engine(SQLStore("sqlite:///cases.db"), [Chore, Delivered])

handlers = {Notify: tell, Printed: tell}
misspelt = {Notify: tell, "Notfy": tell}
broken = lambda: 1 / 0
number = 3
"""


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """The host's module and an engine on its database, in the folder where commands run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "host.py").write_text(HOST, encoding="utf-8")
    store = SQLStore("sqlite:///cases.db")
    store.create_tables()
    yield Engine(store, [Chore, Delivered])
    store.close()


@pytest.fixture
def worker(tmp_path):
    """Start workers; whatever is left of them is killed in the end."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "propflow.cli", "worker", "host.py:engine", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def overdue(engine, case_id="1"):
    happened = present() - HOUR
    engine.start(Chore.open(), by=WORKER, id=case_id, occurred_at=happened)
    engine.fire(case_id, Chore.plan(), by=WORKER, occurred_at=happened)


@pytest.mark.parametrize("ends", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_works_until_it_is_stopped(engine, worker, tmp_path, ends):
    overdue(engine)
    engine.start(Delivered.bring(weight=1), by=WORKER, id="2")
    process = worker("--handlers", "host.py:handlers", "--poll", "60")
    assert process.stdout.readline().strip() == "fired 1, sent 3, took 0 parked"
    process.send_signal(ends)
    said, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, "")
    assert said.strip() == "stopped: fired 1, sent 3, took 0 parked"
    assert engine.get("1", Chore).data.urged == 1
    told = (tmp_path / "told.txt").read_text().split()
    assert sorted(told) == ["/1/3/0", "/2/1/0", "/2/1/1"]


def test_a_worker_wakes_when_the_next_deadline_is_due(engine, worker):
    happened = present() - HOUR + timedelta(seconds=8)
    engine.start(Chore.open(), by=WORKER, id="1", occurred_at=happened)
    engine.fire("1", Chore.plan(), by=WORKER, occurred_at=happened)
    due = engine.next_due()
    process = worker("--poll", "3600")
    assert process.stdout.readline().strip() == "fired 1, sent 0, took 0 parked"
    assert engine.history("1")[-1].recorded_at >= due
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_worker_ends_when_nothing_is_left(engine, command, tmp_path):
    for n in range(3):
        overdue(engine, str(n))
    done = command("worker", "host.py:engine", "--once", "--batch", "2")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "fired 2, sent 0, took 0 parked",
        "fired 1, sent 0, took 0 parked",
        "stopped: fired 3, sent 0, took 0 parked",
    ]


def test_a_worker_keeps_to_the_tenants_that_it_is_given(engine, command):
    for tenant in ("north", "south"):
        overdue(engine.scoped(tenant))
    done = command("worker", "host.py:engine", "--once", "--tenant", "north", "--tenant", "east")
    assert done.output.splitlines()[-1] == "stopped: fired 1, sent 0, took 0 parked"
    urged = [engine.scoped(each).get("1", Chore).data.urged for each in ("north", "south")]
    assert urged == [1, 0]


def test_a_worker_says_what_it_could_not_do(engine, command):
    happened = present() - HOUR
    engine.start(Chore.open(broken=True), by=WORKER, id="1", occurred_at=happened)
    engine.fire("1", Chore.plan(), by=WORKER, occurred_at=happened)
    done = command("worker", "host.py:engine", "--once")
    assert done.output.splitlines()[0] == "fired 0, sent 0, took 0 parked; could not fire 1"


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("host.py", "names no engine"),
        ("host.py:nobody", "there is no 'nobody' in "),
        ("host.py:number", "int, not an Engine"),
        ("host.py:broken", "ZeroDivisionError"),
        ("nowhere.py:engine", "no such file"),
    ],
)
def test_what_is_no_engine_is_refused(engine, command, target, says):
    done = command("worker", target, "--once")
    assert done.exit_code == 2
    assert says in done.output


def test_what_is_no_mapping_of_handlers_is_refused(engine, command):
    for target in ("host.py:number", "host.py"):
        done = command("worker", "host.py:engine", "--once", "--handlers", target)
        assert (done.exit_code, "no mapping" in done.output) == (2, True)
    done = command("worker", "host.py:engine", "--once", "--handlers", "host.py:nobody")
    assert (done.exit_code, "there is no 'nobody'" in done.output) == (2, True)


def test_a_worker_tells_once_of_messages_that_nobody_handles(engine, command, worker):
    engine.start(Delivered.bring(weight=1), by=WORKER, id="2")
    engine.start(Delivered.bring(weight=1), by=WORKER, id="3")
    warning = (
        "warning: messages of the kind Printed wait, and no handler takes them; "
        "those given take Notfy, Notify"
    )
    process = worker("--handlers", "host.py:misspelt", "--poll", "0.01")
    assert process.stderr.readline().strip() == warning
    overdue(engine)
    while "fired 1" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == ""
    silent = command("worker", "host.py:engine", "--once")
    assert "warning" not in silent.output
    handled = command("worker", "host.py:engine", "--once", "--handlers", "host.py:handlers")
    assert "warning" not in handled.output


def test_the_outbox_is_shown_and_the_dead_are_requeued(engine, command):
    store = "sqlite:///cases.db"
    assert "nothing is to be delivered" in command("outbox", "list", store).output
    assert "nothing is dead" in command("outbox", "dead", store).output
    engine.start(Delivered.bring(weight=1), by=WORKER, id="2")
    assert command("outbox", "list", store).output.count("/2/1/") == 2

    def fail(delivery):
        raise OSError("no paper")

    engine.relay({"Printed": fail}, retry=Backoff(attempts=1))
    shown = command("outbox", "dead", store).output
    assert "/2/1/0" in shown
    assert "OSError: no paper" in shown
    assert command("outbox", "requeue", store, "/2/1/0").exit_code == 0
    assert "nothing is dead" in command("outbox", "dead", store).output
    again = command("outbox", "requeue", store, "/2/1/0")
    assert (again.exit_code, "propflow outbox dead STORE" in again.output) == (1, True)


def test_what_is_parked_is_shown(engine, command):
    store = "sqlite:///cases.db"
    assert "nothing is parked" in command("parked", store).output
    engine.receive("7", Delivered.fetch(), by=WORKER, key="k7")
    shown = command("parked", store).output
    assert all(word in shown for word in ("k7", "delivered.fetch", "waits for its case"))
    assert "nothing is parked" in command("parked", store, "--tenant", "north").output


@pytest.mark.parametrize("store", ["sqlite:///nowhere.db", "nonsense"])
def test_what_is_no_store_is_refused_and_not_made(command, tmp_path, monkeypatch, store):
    monkeypatch.chdir(tmp_path)
    assert command("parked", store).exit_code == 2
    assert list(tmp_path.iterdir()) == []
