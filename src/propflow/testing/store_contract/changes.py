"""Changes as the engine would make them, with what a law does not care about filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs

from propflow.storage import Change, Message, Ref, Snapshot, StoredEntry
from propflow.storage.sealing import hash_data

NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, UTC)
WORKFLOW = "key_loan"


def opening(
    ref: Ref,
    *,
    state: str = "requested",
    data: str = '{"borrower":"u7"}',
    key: str | None = None,
    opened_at: datetime = NOON,
    indexed: tuple[tuple[str, str], ...] = (),
    messages: int = 0,
    workflow: str = WORKFLOW,
) -> Change:
    """Return the change that opens a case."""
    snapshot = Snapshot(ref, workflow, 1, state, None, data, 1, opened_at, opened_at)
    return _change(snapshot, 0, "START", "request", key, indexed, messages)


def step(
    before: Snapshot,
    *,
    state: str = "lent",
    data: str | None = None,
    key: str | None = None,
    indexed: tuple[tuple[str, str], ...] = (),
    messages: int = 0,
) -> Change:
    """Return the change that moves a case on from where it stands."""
    after = attrs.evolve(
        before,
        state=state,
        previous=before.state,
        data=before.data if data is None else data,
        revision=before.revision + 1,
        occurred_at=before.occurred_at + timedelta(microseconds=1),
    )
    return _change(after, before.revision, before.state, "lend", key, indexed, messages)


def _change(
    after: Snapshot,
    expected: int,
    source: str,
    event: str,
    key: str | None,
    indexed: tuple[tuple[str, str], ...],
    messages: int,
) -> Change:
    entry = StoredEntry(
        revision=after.revision,
        version=after.version,
        event=event,
        payload='{"note":"\\u0000"}' if after.revision % 2 else None,
        source=source,
        target=after.state,
        actor="k1",
        roles=("key_keeper", "保安"),
        occurred_at=after.occurred_at,
        recorded_at=after.occurred_at + timedelta(seconds=1),
        key=key,
        late=after.revision % 3 == 0,
        data_hash=hash_data(after.data),
    )
    sent = tuple(Message(n, "Notify", f'{{"n":{n}}}') for n in range(messages))
    return Change(after, expected, entry, sent, indexed)
