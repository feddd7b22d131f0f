"""Messages whose transactions are held and commit in any order: none is skipped by the relay."""

from __future__ import annotations

import random

from propflow import Engine
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.invariants import Found, Inbox, examine
from tests.faults.rounds import GUARD, MORNING, Round
from tests.faults.sizes import times

AT_ONCE = 10
BATCHES = times(25)  # on each of two databases: 500 held transactions


def test_what_commits_late_is_delivered_too(server_store: SQLStore) -> None:
    chance = random.Random(20260302)
    engine = Engine(server_store, [Round], clock=lambda: MORNING)
    inbox = Inbox()
    cases = [str(n) for n in range(AT_ONCE)]
    tokens = list(cases)
    for case in cases:
        engine.start(Round.set_out(token=case), by=GUARD, id=case)
    assert engine.relay(inbox.handlers).sent == AT_ONCE
    for batch in range(BATCHES):
        held = []
        for case in cases:
            connection = server_store._engine.connect()
            transaction = connection.begin()
            token = f"{batch} {case}"
            stepped = engine.joined(connection).fire(case, Round.stop(token=token), by=GUARD)
            tokens.append(token)
            held.append((f"/{case}/{stepped.revision}/0", transaction, connection))
        assert engine.relay(inbox.handlers).tried == 0
        chance.shuffle(held)
        for number, (message, transaction, connection) in enumerate(held):
            transaction.commit()
            connection.close()
            # Now and then at once, and else some that committed since.
            if chance.random() < 1 / 3 or number == AT_ONCE - 1:
                engine.relay(inbox.handlers)
                assert message in inbox.ids
    assert len(tokens) == AT_ONCE * (BATCHES + 1)
    assert examine(server_store, acknowledged=tokens, given=inbox.ids) == Found()
