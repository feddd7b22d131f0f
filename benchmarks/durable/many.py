"""A thousand steps in one commit: `fire_many`, the best statement by hand, and the loop."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.contest import WORKER
from benchmarks.durable import by_hand, ours
from benchmarks.durable.contest import EVENTS
from benchmarks.durable.databases import made_on_postgresql
from benchmarks.durable.with_sqlalchemy import decided
from benchmarks.harness import Batch, Ratio, Work, interleave
from benchmarks.report import Section, against, micro, times

CASES = 1000
BAR = 2
LOOP_BAR = 15

_READ_ON_SQLITE = """
SELECT id, state, data, revision FROM hand_case
WHERE tenant = '' AND id IN (SELECT value FROM json_each(?))"""
# An upsert finds each case by its key; `UPDATE … FROM json_each` reads the text for each case.
_ON_SQLITE = (
    """
    INSERT INTO hand_case
    SELECT '', value->>0, 'order', 1, value->>1, value->>2, '', (value->>3) + 1, value->>5,
        value->>5
    FROM json_each(?) WHERE true
    ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, previous = excluded.previous,
        revision = excluded.revision, occurred_at = excluded.occurred_at
    WHERE hand_case.revision = excluded.revision - 1""",
    """
    INSERT INTO hand_history
    SELECT '', value->>0, (value->>3) + 1, 1, value->>4, NULL, value->>2, value->>1, 'w1',
        value->>6, value->>5, value->>5, NULL, 0, value->>7
    FROM json_each(?)""",
    """
    INSERT INTO hand_outbox
    SELECT '', value->>0, (value->>3) + 1, 0, 'Notify', value->>8, value->>5 FROM json_each(?)""",
)
_READ_ON_POSTGRESQL = (
    "SELECT id, state, data, revision FROM hand_case WHERE tenant = '' AND id = ANY(%s) FOR UPDATE"
)
_ON_POSTGRESQL = """
WITH given AS (
    SELECT v->>0 AS id, v->>1 AS target, v->>2 AS source, (v->>3)::int AS revision, v->>4 AS event,
        (v->>5)::timestamptz AS moment, v->>6 AS roles, v->>7 AS digest, v->>8 AS body
    FROM jsonb_array_elements(%s::jsonb) AS v
), moved AS (
    UPDATE hand_case c SET state = g.target, previous = g.source, revision = c.revision + 1,
        occurred_at = g.moment
    FROM given g WHERE c.tenant = '' AND c.id = g.id AND c.revision = g.revision
    RETURNING c.id
), entry AS (
    INSERT INTO hand_history
    SELECT '', g.id, g.revision + 1, 1, g.event, NULL, g.source, g.target, 'w1', g.roles, g.moment,
        g.moment, NULL, false, g.digest
    FROM given g JOIN moved USING (id)
), sent AS (
    INSERT INTO hand_outbox SELECT '', g.id, g.revision + 1, 0, 'Notify', g.body, g.moment
    FROM given g JOIN moved USING (id)
)
SELECT count(*) FROM moved"""


class ManyByHand:
    """Read them all, decide each, write them all."""

    def __init__(self, one: by_hand.ByHand, *, sqlite: bool) -> None:
        self.one = one
        self._sqlite = sqlite
        self._cursor = one.cursor

    def step_all(self, orders: list[str]) -> None:
        cursor = self._cursor
        if self._sqlite:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(_READ_ON_SQLITE, (json.dumps(orders),))
        else:
            cursor.execute(_READ_ON_POSTGRESQL, (orders,))
        now = datetime.now(UTC).isoformat()  # noqa: TID251 - it has no engine that hands it down
        roles = json.dumps(sorted(WORKER.roles))
        rows: list[Any] = []
        for order, state, data, revision in cursor.fetchall():
            event = EVENTS[state][0]
            target = decided(state, data, event, WORKER)
            body = json.dumps({"to": "staff", "about": event})
            digest = sha256(data.encode()).hexdigest()
            rows.append((order, target, state, revision, event, now, roles, digest, body))
        text = json.dumps(rows)
        if self._sqlite:
            for statement in _ON_SQLITE:
                cursor.execute(statement, (text,))
                assert cursor.rowcount == len(orders)
        else:
            cursor.execute(_ON_POSTGRESQL, (text,))
            assert cursor.fetchone()[0] == len(orders)
        self.one.commit()


def _works(hand: ManyByHand, mine: ours.Ours) -> list[Work]:
    orders = [f"many-{n}" for n in range(CASES)]
    for order in orders:
        hand.one.open(order)
        mine.open(order)
    events = ["hold", "resume"]

    def by_statement(_: int) -> Batch:
        return lambda: hand.step_all(orders)

    def together(_: int) -> Batch:
        action = ours.ACTIONS[events[0]]
        events.reverse()
        steps = [(order, action()) for order in orders]

        def batch() -> None:
            taken = mine.engine.fire_many(steps, by=WORKER)
            assert all(case.state == taken[0].state for case in taken)

        return batch

    def one_by_one(_: int) -> Batch:
        event = events[0]
        events.reverse()

        def batch() -> None:
            for order in orders:
                mine.step(order, event, WORKER)

        return batch

    return [
        Work("one statement by hand", by_statement, CASES),
        Work("propflow, fire_many", together, CASES),
        Work("propflow, fire in a loop", one_by_one, CASES),
    ]


def _compare(
    title: str,
    hand: ManyByHand,
    mine: ours.Ours,
    seconds: float,
    clock: Callable[[], int],
    loop_bar: float | None,
) -> Section:
    figures = interleave(_works(hand, mine), seconds=seconds, clock=clock, repeats=1)
    rows = []
    for figure in figures:
        ratio = Ratio.of(figure, figures[0])
        verdict = against(ratio.median, BAR) if figure.name == "propflow, fire_many" else ""
        rows.append((figure.name, micro(figure.median), *times(ratio), verdict))
    gain = Ratio.of(figures[2], figures[1]).median
    held = (
        "" if loop_bar is None else f", bar ≥ {loop_bar} ×: {'ok' if gain >= loop_bar else 'OVER'}"
    )
    note = f"fire_many is {gain:.1f} × as fast as the loop{held}"
    hand.one.close()
    mine.close()
    columns = ("contestant", "µs/case", "× by hand", "min–max", "")
    return Section(title, columns, tuple(rows), (note,))


def on_sqlite(seconds: float) -> Section:
    with tempfile.TemporaryDirectory() as folder:
        hand = ManyByHand(by_hand.sqlite(Path(folder, "hand.db")), sqlite=True)
        mine = ours.Ours(f"sqlite:///{folder}/ours.db")
        title = f"{CASES:,} steps in one commit on SQLite; CPU time"
        return _compare(title, hand, mine, seconds, time.process_time_ns, None)


def on_postgresql(seconds: float) -> Section:
    with made_on_postgresql() as url:
        hand = ManyByHand(by_hand.postgresql(url), sqlite=False)
        title = f"{CASES:,} steps in one commit on PostgreSQL; wall time"
        mine = ours.Ours(url)
        return _compare(title, hand, mine, seconds, time.perf_counter_ns, LOOP_BAR)
