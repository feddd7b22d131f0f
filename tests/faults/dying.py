"""Clients that are killed: forked from a process that is warm, one for each step.

``python -m tests.faults.dying URL KILLS SEED`` opens rounds, and takes a step of one in a process
of its own so often. Each is killed with -9: at one of seven named points, or whenever it happens
to be. A line says which step it was, and whether its caller had an answer.
"""

from __future__ import annotations

import math
import os
import random
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from propflow import Engine
from propflow.storage.sqlalchemy import SQLStore, connect
from tests.faults.drivers import AFTER, BEFORE, BEGIN, COMMIT, watched
from tests.faults.rounds import GUARD, MORNING, Round

CASES = 50
ANSWER = "ANSWER"
_READ = re.compile(r"^\s*SELECT\b.*propflow_(case|history)", re.DOTALL)
_LOGGED = re.compile(r"INSERT (IGNORE |OR IGNORE )?INTO propflow_history")
_MOVED = re.compile(r"UPDATE propflow_case|INSERT (IGNORE |OR IGNORE )?INTO propflow_case")

POINTS: dict[str, Callable[[str, str], object]] = {
    "before begin": lambda when, text: text == BEGIN,
    "after read": lambda when, text: when == AFTER and _READ.match(text),
    "after update": lambda when, text: when == AFTER and _MOVED.search(text),
    "after log": lambda when, text: when == AFTER and _LOGGED.search(text),
    "before commit": lambda when, text: when == BEFORE and text == COMMIT,
    "after commit": lambda when, text: when == AFTER and text == COMMIT,
    "after the answer": lambda when, text: text == ANSWER,
}
AT_RANDOM = "at random"


class Mortal:
    """Watches a driver, and kills its own process at a point."""

    dies: Callable[[str, str], object] | None = None

    def __call__(self, when: str, text: str, _connection: Any) -> None:
        if self.dies is not None and self.dies(when, text):
            os.kill(os.getpid(), signal.SIGKILL)


def take(engine: Engine, token: str) -> None:
    """Take the step that a token names: every fifth opens a round, the others stop in one."""
    number = int(token)
    if number % 5 == 0:
        engine.start(Round.set_out(token=token), by=GUARD, id=token, key=token)
    else:
        case = opened(number % CASES)
        engine.fire(case, Round.stop(token=token), by=GUARD, key=token)


def opened(place: int) -> str:
    """Return the id of a round that was opened before anybody is killed."""
    return f"round {place}"


def engine_of(store: SQLStore) -> Engine:
    """Return an engine whose rounds all begin in the morning."""
    return Engine(store, [Round], clock=lambda: MORNING)


def kill_one(engine: Engine, mortal: Mortal, token: str, point: str, patience: float) -> bool:
    """Take a step in a process that is killed, and tell whether there was an answer."""
    hear, answer = os.pipe()
    child = os.fork()
    if child == 0:
        mortal.dies = POINTS.get(point)
        try:
            take(engine, token)
            os.write(answer, b"!")
            mortal(AFTER, ANSWER, None)
            if point == AT_RANDOM:
                signal.pause()
        except Exception:  # noqa: BLE001 - the parent must not go on twice
            traceback.print_exc()
        os._exit(70)
    os.close(answer)
    if point == AT_RANDOM:
        time.sleep(patience)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(hear, "rb") as pipe:
        answered = pipe.read() == b"!"
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        raise AssertionError(f"the client lived on {point}: {token}, {status}")
    return answered


def main(url: str, kills: int, seed: int) -> None:
    """Open rounds, and kill clients that take their steps."""
    chance = random.Random(seed)
    connect._NEAR = (
        math.inf
    )  # else a busy machine decides whether a commit has a message of its own
    store, mortal = SQLStore(url), Mortal()
    watched(store._engine, mortal)
    engine = engine_of(store)
    for place in range(CASES):
        opening = Round.set_out(token=opened(place))
        engine.start(opening, by=GUARD, id=opened(place), key=opened(place))
    began = time.perf_counter()
    engine.fire(opened(0), Round.stop(token="warm"), by=GUARD, key="warm")
    store._connections.empty()  # what is warm may be inherited, a connection may not
    points = [*POINTS, AT_RANDOM, AT_RANDOM]
    once = time.perf_counter() - began
    for number in range(kills):
        point, token = points[number % len(points)], str(number)
        answered = kill_one(engine, mortal, token, point, chance.uniform(0, 2 * once))
        sys.stdout.write(f"{token}|{point}|{int(answered)}\n")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
