"""Eight processes race for hot rows, sync and async together: one winner each."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from propflow.storage.sqlalchemy import SQLStore
from tests.faults.invariants import Found, examine, settled
from tests.faults.processes import running, url_of
from tests.faults.racing import WITH_KEY, kind_of
from tests.faults.sizes import times

RACERS = 8
ROUNDS = times(420)  # on each of three databases: 10,080 attempts


def test_one_wins_each_race(store: SQLStore) -> None:
    url = url_of(store)
    every = [(url, ["sync", "async"][n % 2], f"r{n}", ROUNDS) for n in range(RACERS)]
    with running("racing", every) as racers:
        for racer in racers:
            assert racer.stdout.readline() == "ready\n"
        with ThreadPoolExecutor(RACERS) as pool:
            told = list(pool.map(lambda racer: racer.communicate("go\n")[0], racers))
        assert [racer.returncode for racer in racers] == [0] * RACERS
    lines = [line.split("|") for text in told for line in text.splitlines()]
    assert len(lines) == RACERS * ROUNDS
    winners = Counter(int(token.split()[0]) for token, won in lines if won == "1")
    # A request with a key is answered to everybody who sends it, and taken once.
    wanted = {n: RACERS if kind_of(n) == WITH_KEY else 1 for n in range(ROUNDS)}
    assert winners == wanted
    given = settled(store)
    won = {token for token, had in lines if had == "1"}
    assert examine(store, acknowledged=won, given=given, urged=True) == Found()
