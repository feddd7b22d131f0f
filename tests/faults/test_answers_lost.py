"""The answer to a COMMIT is lost, or the COMMIT is: the caller cannot know, and asks again."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator

import pytest

from propflow import AsyncEngine, Engine
from propflow.errors import StoreUnavailable
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore, connect
from tests.faults.invariants import Found, examine, settled
from tests.faults.proxy import Way, losing
from tests.faults.rounds import GUARD, MORNING, Round
from tests.faults.sizes import times

LOST = times(85)  # in each of three ways: 204 answers, and 51 COMMITs that never arrived
CASES = 20
_PORTS = {"postgresql": 5432, "mariadb": 3306}


def opened(store: SQLStore) -> set[str]:
    """Open rounds on the direct way, and return their tokens, which are their ids too."""
    engine = Engine(store, [Round], clock=lambda: MORNING)
    for case in map(str, range(CASES)):
        engine.start(Round.set_out(token=case), by=GUARD, id=case, key=case)
    return set(map(str, range(CASES)))


@pytest.fixture
def way(server_store: SQLStore) -> Iterator[Way]:
    url = server_store._engine.url
    if url.host is None or url.host.startswith("/"):
        pytest.skip("the server answers on a socket file, where no proxy can stand between")
    with losing(str(url.host), url.port or _PORTS[url.get_backend_name()]) as made:
        yield made


def url_through(way: Way, store: SQLStore) -> str:
    url = store._engine.url.set(host="127.0.0.1", port=way.port)
    if url.get_backend_name() == "mariadb":
        # pymysql would encrypt, where the server can, and nobody could read a COMMIT.
        url = url.update_query_dict({"ssl_disabled": "true"})
    else:
        url = url.update_query_dict({"sslmode": "disable"})
    return url.render_as_string(hide_password=False)


def losses(number: int) -> str:
    """Return what is lost: mostly the answer, which the table asks for, and else the COMMIT."""
    return "commit" if number % 5 == 4 else "answer"


# No other database is spoken to otherwise when it is far away.
@pytest.mark.parametrize(
    ("server_store", "near"),
    [("postgres", math.inf), ("postgres", 0.0), ("mariadb", math.inf)],
    ids=["postgres", "postgres far away", "mariadb"],
    indirect=["server_store"],
)
def test_a_step_whose_answer_is_lost_is_there_once(
    server_store: SQLStore, way: Way, near: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connect, "_NEAR", near)
    first = opened(server_store)
    store = SQLStore(url_through(way, server_store))
    engine = Engine(store, [Round], clock=lambda: MORNING)
    direct = Engine(server_store, [Round], clock=lambda: MORNING)
    tokens = [f"t{number}" for number in range(LOST)]
    for number, token in enumerate(tokens):
        case, stop = str(number % CASES), Round.stop(token=token)
        # Read by the same way, so that it is the step's COMMIT and not a new connection's.
        before = engine.get(case, Round).revision
        way.loses = losses(number)
        with pytest.raises(StoreUnavailable, match="hung up"):
            engine.fire(case, stop, by=GUARD, key=token)
        there = direct.get(case, Round).revision - before
        assert there == (losses(number) == "answer")
        again = engine.fire(case, stop, by=GUARD, key=token)
        assert (again.revision, again.data.tokens[-1]) == (before + 1, token)
    assert way.lost == LOST
    store.close()
    given = settled(server_store)
    found = examine(server_store, acknowledged={*first, *tokens}, given=given, urged=True)
    assert found == Found()


def test_an_engine_that_awaits_asks_again_too(server_store: SQLStore, way: Way) -> None:
    first = opened(server_store)
    tokens = [f"t{number}" for number in range(LOST // 10)]
    url = url_through(way, server_store).replace("mariadb+pymysql", "mariadb+asyncmy")
    url = url.replace("?ssl_disabled=true", "")

    async def walk() -> None:
        store = AsyncSQLStore(url)
        engine = AsyncEngine(store, [Round], clock=lambda: MORNING)
        for number, token in enumerate(tokens):
            case, stop = str(number % CASES), Round.stop(token=token)
            await engine.get(case, Round)
            way.loses = losses(number)
            with pytest.raises(StoreUnavailable, match="hung up"):
                await engine.fire(case, stop, by=GUARD, key=token)
            again = await engine.fire(case, stop, by=GUARD, key=token)
            assert again.data.tokens[-1] == token
        await store.close()

    asyncio.run(walk())
    assert way.lost == len(tokens)
    given = settled(server_store)
    found = examine(server_store, acknowledged={*first, *tokens}, given=given, urged=True)
    assert found == Found()
