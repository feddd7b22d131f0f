"""A racer for hot rows: ``python -m tests.faults.racing URL sync|async NAME ROUNDS``.

All racers run the same rounds, each as soon as it can. A round opens a case under one id, takes a
step at one revision, or sends one request with one key. Whoever comes to a round has been through
the one before, so its step is open or won by another: one winner each, however they share it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from propflow import AsyncEngine, Conflict, Engine
from propflow.errors import CaseExists, StoreUnavailable
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.faults.rounds import GUARD, MORNING, Round

IN_A_CASE = 20
OPENING, AT_REVISION, WITH_KEY = "opening", "at revision", "with key"
_TRIES = 1_000


def kind_of(number: int) -> str:
    """Return what a round is about."""
    if number % IN_A_CASE == 0:
        return OPENING
    return AT_REVISION if number % 2 else WITH_KEY


def attempt(engine: Any, name: str, number: int) -> tuple[str, Any]:
    """Return the token of an attempt, and the call, awaited or not."""
    place = number % IN_A_CASE
    case = f"hot {number // IN_A_CASE}"
    kind = kind_of(number)
    token = f"{number}" if kind == WITH_KEY else f"{number} {name}"
    if kind == OPENING:
        return token, lambda: engine.start(Round.set_out(token=token), by=GUARD, id=case)
    stop = Round.stop(token=token)
    if kind == WITH_KEY:
        return token, lambda: engine.fire(case, stop, by=GUARD, key=token)
    return token, lambda: engine.fire(case, stop, by=GUARD, expected_revision=place)


def say(token: str, *, won: bool) -> None:
    """Write what became of an attempt."""
    sys.stdout.write(f"{token}|{int(won)}\n")


def tried(call: Callable[[], object]) -> bool:
    """Attempt until there is an answer: a transaction that gave way is to be tried again."""
    for _ in range(_TRIES):
        try:
            call()
        except (Conflict, CaseExists):
            return False
        except StoreUnavailable:
            continue
        return True
    raise AssertionError("never had a turn")


async def tried_awaiting(call: Callable[[], Awaitable[object]]) -> bool:
    """Attempt until there is an answer, awaiting it."""
    for _ in range(_TRIES):
        try:
            await call()
        except (Conflict, CaseExists):
            return False
        except StoreUnavailable:
            continue
        return True
    raise AssertionError("never had a turn")


def race(url: str, name: str, rounds: int) -> None:
    """Run every round."""
    store = SQLStore(url)
    engine = Engine(store, [Round], clock=lambda: MORNING)
    _line_up()
    for number in range(rounds):
        token, call = attempt(engine, name, number)
        say(token, won=tried(call))
    store.close()


async def race_awaiting(url: str, name: str, rounds: int) -> None:
    """Run every round, awaiting the calls."""
    store = AsyncSQLStore(url.replace("mariadb+pymysql", "mariadb+asyncmy"))
    engine = AsyncEngine(store, [Round], clock=lambda: MORNING)
    _line_up()
    for number in range(rounds):
        token, call = attempt(engine, name, number)
        say(token, won=await tried_awaiting(call))
    await store.close()


def _line_up() -> None:
    """Wait until everybody is there."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()


if __name__ == "__main__":
    _, url, how, name, rounds = sys.argv
    if how == "async":
        asyncio.run(race_awaiting(url, name, int(rounds)))
    else:
        race(url, name, int(rounds))
