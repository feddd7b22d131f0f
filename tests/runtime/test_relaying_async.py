"""A relay that is awaited, with handlers of both kinds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from propflow import Actor, AsyncEngine, Notify
from propflow.errors import InvalidArgument
from propflow.runtime import Backoff, Delivery
from propflow.storage.sqlalchemy import AsyncSQLStore
from tests.runtime.loans import Clock
from tests.runtime.parcels import Delivered, Printed

DESK = Actor("d1")


def test_a_relay_that_is_awaited_does_the_same(tmp_path: Path) -> None:
    got: list[str] = []

    async def tell(delivery: Delivery[Notify]) -> None:
        await asyncio.sleep(0)
        got.append(delivery.effect.topic)

    def fail(delivery: Delivery[Printed]) -> None:
        raise OSError(delivery.effect.text)

    async def main() -> None:
        store = AsyncSQLStore(f"sqlite:///{tmp_path / 'cases.db'}")
        await store.create_tables()
        clock = Clock()
        engine = AsyncEngine(store, [Delivered], clock=clock)
        await engine.start(Delivered.bring(weight=1), by=DESK, id="1")
        await engine.fire("1", Delivered.shelve(shelf="A"), by=DESK)
        assert len(await engine.outbox()) == 3
        handlers: dict[Any, Any] = {Notify: tell, Printed: fail}
        relayed = await engine.relay(handlers, retry=Backoff(attempts=1))
        assert (relayed.sent, got) == (2, ["arrived", "shelved"])
        (dead,) = await engine.dead_letters()
        assert relayed.undelivered == (dead,)
        assert dead.problem == "OSError: label"
        await engine.requeue(dead.id)
        assert (await engine.relay({Printed: tell_text})).sent == 1
        assert await engine.prune_outbox(before=clock.now) == 3
        with pytest.raises(InvalidArgument):
            await engine.requeue(dead.id)
        await store.close()

    def tell_text(delivery: Delivery[Printed]) -> None:
        got.append(delivery.effect.text)

    asyncio.run(main())
    assert got == ["arrived", "shelved", "label"]
