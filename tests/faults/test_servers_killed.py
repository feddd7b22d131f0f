"""Servers that are killed under their clients, and started again."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from propflow import Engine
from propflow.errors import StoreUnavailable
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.invariants import Found, examine, settled
from tests.faults.rounds import GUARD, MORNING, Round
from tests.faults.servers import OwnServer, own_mariadb, own_postgres
from tests.faults.sizes import times

CASES = 10


def walk_while_killed(
    server: OwnServer, kills: int, kill: Callable[[], None], start: Callable[[], None]
) -> None:
    """Take steps until the server is gone, start it, ask again, and go on; then look at all."""
    chance = random.Random(20260302)
    store = SQLStore(server.url)
    store.create_tables()
    engine = Engine(store, [Round], clock=lambda: MORNING)
    tokens = [str(n) for n in range(CASES)]
    for case in tokens:
        engine.start(Round.set_out(token=case), by=GUARD, id=case, key=case)

    def step(token: str) -> None:
        case = str(len(tokens) % CASES)
        engine.fire(case, Round.stop(token=token), by=GUARD, key=token)

    for _ in range(kills):
        due, enough = chance.randint(3, 15), threading.Event()

        def kill_when_due(enough: threading.Event = enough) -> None:
            enough.wait()
            kill()

        killer = threading.Thread(target=kill_when_due)
        killer.start()
        answered = 0
        while True:  # until there is no server: it is killed while steps go on
            token = f"t{len(tokens)}"
            try:
                step(token)
            except StoreUnavailable:
                break
            tokens.append(token)
            answered += 1
            if answered == due:
                enough.set()
        assert enough.is_set()
        killer.join()
        start()
        # The pool may hold more connections to the server that is gone.
        for _ in range(5):
            with suppress(StoreUnavailable):
                step(token)
                break
        else:
            raise AssertionError("the server is back, and does not answer")
        tokens.append(token)
    given = settled(store)
    assert examine(store, acknowledged=tokens, given=given, urged=True) == Found()
    store.close()


def test_postgres_stopped_at_once() -> None:
    with own_postgres() as server:
        walk_while_killed(server, times(4), lambda: server.end(signal.SIGQUIT), server.start)


def test_a_backend_that_is_terminated() -> None:
    with own_postgres() as server:
        others = create_engine(server.url, isolation_level="AUTOCOMMIT")

        def terminate() -> None:
            with others.connect() as connection:
                connection.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                    )
                )

        walk_while_killed(server, times(3), terminate, lambda: None)
        with suppress(DBAPIError):
            others.dispose()


def test_mariadb_killed() -> None:
    with own_mariadb() as server:
        walk_while_killed(server, times(3), lambda: server.end(signal.SIGKILL), server.start)
