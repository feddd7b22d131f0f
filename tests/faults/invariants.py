"""What holds after any fault: nothing lost, nothing doubled, and every table tells the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

import attrs
from sqlalchemy import Connection, Table, func, select

from propflow import START, Case, Engine
from propflow.definition import Entry
from propflow.errors import PropflowError
from propflow.runtime import Delivery
from propflow.storage.sqlalchemy import SQLStore
from propflow.testing import replay
from tests.faults.rounds import HOUR, MORNING, Round

EVENING = MORNING + 12 * HOUR


@attrs.frozen
class Found:
    """What is wrong after a fault; a test wants it to be ``Found()``.

    Attributes:
        lost: Tokens of steps that were acknowledged and are in no history, ids of messages that
            nobody was given, and deadlines that did not fire.
        doubled: The same that are there more than once.
        phantom: Tokens and ids that nobody asked for.
        broken: Cases whose tables, seals or replay do not agree, and why.
    """

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    phantom: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


@attrs.define
class Inbox:
    """A handler that notes the id of each message that it is given."""

    ids: list[str] = attrs.field(factory=list)

    def __call__(self, delivery: Delivery[Any]) -> None:
        self.ids.append(delivery.id)

    @property
    def handlers(self) -> dict[Any, Any]:
        return {"Notify": self}


def examine(
    store: SQLStore,
    *,
    acknowledged: Iterable[str],
    asked: Iterable[str] | None = None,
    given: Iterable[str] | None = None,
    urged: bool = False,
    host: Iterable[str] | None = None,
) -> Found:
    """Hold everything in a store's tables against what was asked and answered.

    Args:
        store: Where rounds are kept, and nobody writes now.
        acknowledged: Tokens of the steps whose callers had their answer.
        asked: Tokens of all steps that were asked for; those that were acknowledged if not given.
        given: Ids of messages as handlers were given them, each as often as it was.
        urged: Every round that is under way must have been urged once.
        host: Tokens that the host's own rows have, which are to be those of the histories.
    """
    acknowledged = set(acknowledged)
    wanted = acknowledged if asked is None else set(asked) | acknowledged
    histories = {case_id: _history(store, case_id) for case_id in _ids(store)}
    there = Counter(
        entry.payload.token
        for entries in histories.values()
        for entry in entries
        if entry.payload is not None
    )
    lost, doubled = sorted(acknowledged - set(there)), _twice(there)
    phantom = sorted(set(there) - wanted)
    if given is not None:
        expected = {
            f"/{case_id}/{entry.revision}/0" for case_id, of in histories.items() for entry in of
        }
        times = Counter(given)
        lost += sorted(expected - set(times))
        doubled += _twice(times)
        phantom += sorted(set(times) - expected)
    if urged:
        for case_id, entries in histories.items():
            n = sum(entry.event == "urge" for entry in entries)
            if n != 1 and entries[-1].target == "walking":
                (lost if n == 0 else doubled).append(f"urging of {case_id}")
    broken = [*_miscounted(store), *_altered(store)]
    broken += [
        why for case_id, entries in histories.items() for why in _odd(store, case_id, entries)
    ]
    if host is not None and Counter(host) != there:
        broken.append(f"the host's rows are not those of the histories: {Counter(host) - there}")
    return Found(tuple(lost), tuple(doubled), tuple(phantom), tuple(broken))


def settled(store: SQLStore) -> list[str]:
    """Sweep and relay until nothing is left to do, and return the ids that were delivered."""
    engine = Engine(store, [Round], clock=lambda: EVENING)
    while engine.run_due().fired:
        pass
    inbox = Inbox()
    while engine.relay(inbox.handlers, lease=timedelta(minutes=5)).tried:
        pass
    return inbox.ids


def _twice(times: Mapping[str, int]) -> list[str]:
    return sorted(each for each, often in times.items() if often > 1)


def _ids(store: SQLStore) -> list[str]:
    table = store._tables.case
    with store.begin(write=False) as tx:
        return list(tx.execute(select(table.c.id).order_by(table.c.id)).scalars())


def _history(store: SQLStore, case_id: str) -> tuple[Entry, ...]:
    return Engine(store, [Round]).history(case_id)


def _miscounted(store: SQLStore) -> list[str]:
    """Return what does not add up: as many entries as messages as all revisions together."""
    tables = store._tables
    with store.begin(write=False) as tx:
        entries, messages = _count(tx, tables.history), _count(tx, tables.outbox)
        revisions = tx.execute(select(func.sum(tables.case.c.revision))).scalar() or 0
    if entries == messages == revisions:
        return []
    return [f"{entries} entries, {messages} messages, revisions that add up to {revisions}"]


def _count(tx: Connection, table: Table) -> int:
    return tx.execute(select(func.count()).select_from(table)).scalar_one()


def _altered(store: SQLStore) -> list[str]:
    return [
        f"{found.ref.id}: {found.alteration.what}, {found.alteration.why}"
        for found in store.audit()
        if found.alteration is not None
    ]


def _odd(store: SQLStore, case_id: str, entries: tuple[Entry, ...]) -> list[str]:
    """Return what is no legal chain 1..n, or does not lead to the case as it stands."""
    odd: list[str] = []
    if [entry.revision for entry in entries] != list(range(1, len(entries) + 1)):
        odd.append(f"{case_id}: revisions {[entry.revision for entry in entries]}")
    if entries and entries[0].source != START.name:
        odd.append(f"{case_id}: begins in {entries[0].source}")
    odd += [
        f"{case_id}: entry {b.revision} leaves {b.source}, where {a.target} was reached"
        for a, b in pairwise(entries)
        if a.target != b.source
    ]
    try:
        case: Case[Any] = Engine(store, [Round]).get(case_id, Round)
        if replay(Round, case_id, entries) != case:
            odd.append(f"{case_id}: its history leads to another case")
    except PropflowError as error:
        odd.append(f"{case_id}: {error}")
    return odd
