"""Records as rows and back: what is bound to a statement, and what its columns come to.

Every read lists the columns of its table in the order of the table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from propflow.storage.records import Change, Message, Query, Ref, Snapshot, StoredEntry
from propflow.storage.sqlalchemy.columns import index_value

Values = dict[str, Any]


def id_of(ref: Ref) -> Values:
    """Return what names a case in its own table."""
    return {"tenant": ref.tenant, "id": ref.id}


def case_id_of(ref: Ref) -> Values:
    """Return what names a case in the other tables."""
    return {"tenant": ref.tenant, "case_id": ref.id}


def case_row(snapshot: Snapshot) -> Values:
    """Return the row of a new case."""
    return {
        "tenant": snapshot.ref.tenant,
        "id": snapshot.ref.id,
        "workflow": snapshot.workflow,
        "version": snapshot.version,
        "state": snapshot.state,
        "previous": snapshot.previous,
        "data": snapshot.data,
        "revision": snapshot.revision,
        "opened_at": snapshot.opened_at,
        "occurred_at": snapshot.occurred_at,
    }


def move_row(snapshot: Snapshot) -> Values:
    """Return what a step changes in the row of its case, and which case that is."""
    return {
        "of_tenant": snapshot.ref.tenant,
        "of_id": snapshot.ref.id,
        "version": snapshot.version,
        "state": snapshot.state,
        "previous": snapshot.previous,
        "data": snapshot.data,
        "revision": snapshot.revision,
        "occurred_at": snapshot.occurred_at,
    }


def snapshot_of(row: Sequence[Any]) -> Snapshot:
    """Return the case in a row."""
    tenant, case_id, *rest = row
    return Snapshot(Ref(tenant, case_id), *rest)


def entry_row(change: Change) -> Values:
    """Return the row of the entry that a step adds to the history."""
    ref, entry = change.snapshot.ref, change.entry
    return {
        "tenant": ref.tenant,
        "case_id": ref.id,
        "revision": entry.revision,
        "version": entry.version,
        "event": entry.event,
        "payload": entry.payload,
        "source": entry.source,
        "target": entry.target,
        "actor": entry.actor,
        "roles": json.dumps(entry.roles, ensure_ascii=False),
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "key": entry.key,
        "late": entry.late,
        "data_hash": entry.data_hash,
    }


def entry_of(row: Sequence[Any]) -> StoredEntry:
    """Return the history entry in a row."""
    _, _, revision, version, event, payload, source, target, actor, roles, *rest = row
    names = tuple(json.loads(roles))
    return StoredEntry(revision, version, event, payload, source, target, actor, names, *rest)


def message_row(change: Change, message: Message) -> Values:
    """Return the row of a message in the outbox."""
    return {
        "tenant": change.snapshot.ref.tenant,
        "case_id": change.snapshot.ref.id,
        "revision": change.entry.revision,
        "index": message.index,
        "kind": message.kind,
        "body": message.body,
        "recorded_at": change.entry.recorded_at,
    }


def value_rows(change: Change) -> list[Values]:
    """Return the rows of a case in the index of its fields."""
    case = change.snapshot
    return [
        {
            "tenant": case.ref.tenant,
            "case_id": case.ref.id,
            "field": field,
            "workflow": case.workflow,
            "value": index_value(text),
            "opened_at": case.opened_at,
        }
        for field, text in change.indexed
    ]


def query_row(query: Query, states: Sequence[str]) -> Values:
    """Return what a search binds, by the names that `Statements.find` gives."""
    values: Values = {
        "tenant": query.tenant,
        "workflow": query.workflow,
        "limit": query.limit,
        "states": states,
    }
    values |= {f"state{n}": state for n, state in enumerate(states)}
    for n, (field, text) in enumerate(query.where):
        values |= {f"field{n}": field, f"value{n}": index_value(text)}
    if query.after is not None:
        values["after_moment"], values["after_id"] = query.after
    return values
