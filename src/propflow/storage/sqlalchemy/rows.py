"""Records as rows and back: what is bound to a statement, and what its columns come to.

Every read lists the columns of its table in the order of the table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from propflow.definition import MIGRATED
from propflow.storage.records import Change, Query, ReadText, Ref, Snapshot, StoredEntry
from propflow.storage.sealing import Sealed, Standing, is_open, roles_text
from propflow.storage.sqlalchemy.columns import index_value

Values = dict[str, Any]

MOVED = ("version", "state", "previous", "data", "revision", "occurred_at", "head", "seal")
"""The columns of a case that a step changes."""


def id_of(ref: Ref) -> Values:
    """Return what names a case in its own table."""
    return {"tenant": ref.tenant, "id": ref.id}


def case_id_of(ref: Ref) -> Values:
    """Return what names a case in the other tables."""
    return {"tenant": ref.tenant, "case_id": ref.id}


def case_row(snapshot: Snapshot, sealed: Sealed) -> Values:
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
        "head": sealed.entry,
        "seal": sealed.case,
    }


def move_row(snapshot: Snapshot, sealed: Sealed) -> Values:
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
        "head": sealed.entry,
        "seal": sealed.case,
    }


def snapshot_of(row: Sequence[Any]) -> Snapshot:
    """Return the case in a row."""
    tenant, case_id, workflow, version, state, previous, text, revision, *moments, head, _ = row
    data = ReadText(text)
    data.token = Standing(revision, head, text)
    ref = Ref(tenant, case_id)
    return Snapshot(ref, workflow, version, state, previous, data, revision, *moments)


def entry_row(change: Change, sealed: Sealed) -> Values:
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
        "roles": roles_text(entry.roles),
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "key": entry.key,
        "late": entry.late,
        "data_hash": entry.data_hash,
        "sent": sealed.sent,
        "seal": sealed.entry,
        "salt": sealed.salt,
    }


def entry_of(row: Sequence[Any]) -> StoredEntry:
    """Return the history entry in a row."""
    _, _, revision, version, event, payload, source, target, actor, roles, *rest = row
    occurred_at, recorded_at, key, late, data_hash, _, _, salt, redacted, _ = rest
    names = tuple(json.loads(roles))
    moments = (occurred_at, recorded_at)
    left = data_hash if is_open(salt) else ""
    return StoredEntry(
        *(revision, version, event, payload, source, target, actor, names),
        *(*moments, key, late, left, redacted),
    )


def message_rows(change: Change) -> list[Values] | None:
    """Return the rows of a step's messages in the outbox."""
    if not change.messages:
        return None
    ref, entry = change.snapshot.ref, change.entry
    return [
        {
            "tenant": ref.tenant,
            "case_id": ref.id,
            "revision": entry.revision,
            "index": message.index,
            "kind": message.kind,
            "body": message.body,
            "recorded_at": entry.recorded_at,
            "not_before": entry.recorded_at,
        }
        for message in change.messages
    ]


def value_rows(change: Change) -> list[Values] | None:
    """Return the rows of a case in the index of its fields."""
    if not change.indexed and change.entry.event != MIGRATED:
        return None  # as it is, for no step of a workflow without such fields has written any
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
