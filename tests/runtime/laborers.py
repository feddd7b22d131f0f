"""A process that sweeps or relays, and is stopped or killed by the tests of such ends.

``python -m tests.runtime.laborers sweep|relay URL [stop] [plain]`` works until nothing is left. It
writes a line for what it did, and with ``stop`` stops itself now and then while it holds claims.
``plain`` takes SKIP LOCKED away from the database.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from propflow import Engine, Notify
from propflow.runtime import Delivery, sweeping
from propflow.runtime.work import Part
from propflow.storage import Caps
from propflow.storage.caps import BY_DIALECT
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.deadlines import Chore
from tests.runtime.parcels import Delivered, Printed
from tests.runtime.rising import Rising

LEASE = timedelta(milliseconds=250)
LATER = datetime(2026, 3, 2, 12, tzinfo=UTC)
_OFTEN = 4


class Stopping(Engine):
    """Stops at its first claim and at every fourth after it, while it holds what it claimed.

    The first is what makes the number certain: n claims, however the processes share them, are at
    least n / 4 stops. Stops at every fourth alone would be none where each process has three.
    """

    claims = 0

    def _part(self, part: Part) -> Any:
        result = super()._part(part)
        if isinstance(result, list) and result:
            if self.claims % _OFTEN == 0:
                stop()
            self.claims += 1
        return result


def stop() -> None:
    """Say so, and stop until somebody wakes this process."""
    say("stopping")
    os.kill(os.getpid(), signal.SIGSTOP)


def say(*words: object) -> None:
    """Write a line at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def deliver(delivery: Delivery[Any]) -> None:
    """Say what is delivered."""
    say("delivered", delivery.id)


def main(work: str, url: str, *how: str) -> None:
    """Work until nothing is left."""
    if "plain" in how:
        for dialect in BY_DIALECT:
            BY_DIALECT[dialect] &= ~Caps.SKIP_LOCKED
    stops = "stop" in how
    if stops:
        sweeping._LEASE = LEASE
    kind = Stopping if stops else Engine
    engine = kind(SQLStore(url), [Chore, Rising, Delivered], clock=lambda: LATER)
    handlers: dict[Any, Any] = {Notify: deliver, Printed: deliver}
    say("ready")
    while True:
        if work == "sweep":
            done = tried = engine.run_due(limit=3).fired
        else:
            lease = LEASE if stops else timedelta(minutes=1)
            relayed = engine.relay(handlers, limit=3, lease=lease)
            done, tried = relayed.sent, relayed.tried
        say("did", done)
        if not tried:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
