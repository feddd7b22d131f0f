"""Clients killed with -9 at seven named points and at random: whole or nothing, each once."""

from __future__ import annotations

from collections import Counter

from propflow.storage.sqlalchemy import SQLStore
from tests.faults.dying import AT_RANDOM, CASES, POINTS, engine_of, opened, take
from tests.faults.invariants import Found, examine, settled
from tests.faults.processes import output_of, url_of
from tests.faults.sizes import times

KILLS = times(500)


def test_clients_that_are_killed_lose_and_double_nothing(store: SQLStore) -> None:
    told = output_of("dying", url_of(store), KILLS, 20260302)
    killed = [line.split("|") for line in told]
    assert len(killed) == KILLS
    assert set(Counter(point for _, point, _ in killed)) == {*POINTS, AT_RANDOM}

    first = {*map(opened, range(CASES)), "warm"}
    answered = first | {token for token, _, had in killed if had == "1"}
    everyone = first | {token for token, _, _ in killed}
    assert examine(store, acknowledged=answered, asked=everyone) == Found()
    # A caller who had no answer asks again with the same key, and so does one who had.
    engine = engine_of(store)
    for token, _, _ in killed:
        take(engine, token)
    given = settled(store)
    assert examine(store, acknowledged=everyone, given=given, urged=True) == Found()
