"""Idempotency keys: a request that comes back gets the answer that it got the first time."""

from __future__ import annotations

from typing import Any

from propflow.decision.replay import replay_plan
from propflow.definition import START, Case
from propflow.errors import EntryRedacted, KeyReused
from propflow.runtime.operations import Steps, find_key, load
from propflow.runtime.reading import as_case, existing, read_entries
from propflow.runtime.registry import Registry
from propflow.runtime.requests import Request
from propflow.storage import Ref, StoredEntry


def first_result(
    registry: Registry, tenant: str, request: Request, key: str, *, any_case: bool
) -> Steps[Case[Any] | None]:
    """Return the case as the first request with this key left it, or `None` if this is the first.

    Args:
        registry: The workflows.
        tenant: Whose keys.
        request: The request.
        key: Its key.
        any_case: The request names no case, because it opens one and left the id to the engine.

    Raises:
        KeyReused: The first request had other content.
        EntryRedacted: Nobody can say any more what content it had, or what came of it.
    """
    found: tuple[Ref, StoredEntry] | None = yield find_key(tenant, key)
    if found is None:
        return None
    ref, entry = found
    if entry.redacted is not None:
        raise EntryRedacted(ref.case_id, entry.revision, entry.redacted)
    snapshot = existing(ref, (yield load((ref,), lock=False)))
    if not _same(registry, request, ref, snapshot.workflow, entry, any_case=any_case):
        raise KeyReused(key, ref.case_id)
    if snapshot.revision == entry.revision:
        return as_case(registry, snapshot)
    entries = yield from read_entries(registry, snapshot)
    plan = registry.version(snapshot.workflow, entry.version).plan
    until = [each for each in entries if each.revision <= entry.revision]
    return replay_plan(plan, ref.case_id, until, mapped=registry.is_mapped(snapshot.workflow))


def _same(
    registry: Registry,
    request: Request,
    ref: Ref,
    workflow: str,
    entry: StoredEntry,
    *,
    any_case: bool,
) -> bool:
    action = request.action
    codec = registry.version(workflow, entry.version).codec
    return (
        (any_case or request.case_id == ref.case_id)
        and request.opening == (entry.source == START.name)
        and action.workflow == workflow
        and action.event == entry.event
        and request.by.id == entry.actor
        and codec.write_payload(action.event, action.payload) == entry.payload
    )
