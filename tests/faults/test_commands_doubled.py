"""Commands and messages doubled two to five times and in any order: each takes effect once."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from propflow import Engine
from propflow.runtime import Delivery
from propflow.storage import MemoryStore
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.invariants import EVENING, Found, examine
from tests.faults.rounds import GUARD, MORNING, Round
from tests.faults.seeded_bugs import Killed
from tests.faults.sizes import times
from tests.runtime.test_relaying import expire_leases

SENT = times(1_700)  # on each of three databases: 5,100
STOPS = 4


def test_commands_take_effect_once(store: SQLStore) -> None:
    chance = random.Random(20260302)
    engine = Engine(store, [Round], clock=lambda: MORNING)
    sent: list[Callable[[], Any]] = []
    tokens: list[str] = []
    while len(sent) < SENT:
        case = f"round {len(tokens)}"
        for number in range(STOPS + 1):
            token = f"{case} {number}"
            action = Round.stop(token=token) if number else Round.set_out(token=token)
            tokens.append(token)
            sent += [_sending(engine, case, action, token)] * chance.randint(2, 5)
    chance.shuffle(sent)
    for send in sent:
        send()
    assert engine.parked() == ()
    assert examine(store, acknowledged=tokens) == Found()


def _sending(engine: Engine, case: str, action: Any, token: str) -> Callable[[], Any]:
    return lambda: engine.receive(case, action, by=GUARD, key=token)


def test_messages_take_effect_once_where_their_id_is_kept(store: SQLStore) -> None:
    """A relay dies behind every third delivery; the receiver keeps the id as its key."""
    engine = Engine(store, [Round], clock=lambda: MORNING)
    tokens = [f"{number}" for number in range(times(100))]
    for token in tokens:
        engine.start(Round.set_out(token=token), by=GUARD, id=token, key=token)
    engine.run_due()
    desk = Engine(MemoryStore(), [Round], clock=lambda: MORNING)
    desk.start(Round.set_out(token="desk"), by=GUARD, id="desk")
    ids: list[str] = []

    def receive(delivery: Delivery[Any]) -> None:
        ids.append(delivery.id)
        desk.receive("desk", Round.stop(token=delivery.id), by=GUARD, key=delivery.id)
        if len(ids) % 3 == 0:
            raise Killed

    evening = Engine(store, [Round], clock=lambda: EVENING)
    relayed = False
    while not relayed:
        with suppress(Killed):
            relayed = evening.relay({"Notify": receive}).tried == 0
        expire_leases(store)
    assert len(ids) > len(tokens)
    effects = desk.get("desk", Round).data.tokens[1:]
    assert len(effects) == len(set(effects))
    assert examine(store, acknowledged=tokens, given=effects) == Found()
