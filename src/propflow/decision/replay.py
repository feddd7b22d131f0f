"""Replay: the history folded into the case again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, TypeVar

import attrs

from propflow.decision.decide import advanced, moved, new_case
from propflow.decision.plan import Plan, plan_of
from propflow.definition import (
    ADOPTED,
    MIGRATED,
    REDACTED,
    Action,
    Case,
    Context,
    Entry,
    Migration,
    Redacted,
    Redaction,
)
from propflow.definition.own_step import OWN_STEPS
from propflow.definition.workflow import Workflow
from propflow.errors import BrokenHistory, EntryRedacted

D = TypeVar("D")

_WHOLE = (MIGRATED, REDACTED)
"""Events whose entries hold the case after them whole."""


def replay(
    workflow: type[Workflow[D]], case_id: str, entries: Iterable[Entry], *, mapped: bool = False
) -> Case[D]:
    """Return the case that a history leads to; updates run again, guards and effects do not.

    Args:
        workflow: The definition that the entries were decided with. Of a case that went to another
            version, the last one: the entry with which it came there holds what it was then, and
            the steps after it are repeated. So does the entry of a redaction.
        case_id: The case's id, which entries do not repeat.
        entries: The case's whole history, oldest first.
        mapped: The case is a row of the host's, who writes it too. Then revisions may be left out,
            a step may start from another state than the one before left, and the data are those
            that the steps made: what the host wrote into them is not on record.

    Raises:
        BrokenHistory: It is empty, has a gap, or an entry does not follow from the one before.
        EntryRedacted: The payload of an entry was taken away, and the history given ends before
            the entry that says so.
        UnknownEvent: The workflow does not have the event of an entry.
        InvalidPayload: An entry's payload is not of its event's class, or the data's does not
            take it.
        FunctionRaised: An update is broken.
    """
    return replay_plan(plan_of(workflow), case_id, entries, mapped=mapped)


def replay_plan(
    plan: Plan[D], case_id: str, entries: Iterable[Entry], *, mapped: bool = False
) -> Case[D]:
    """Return the case that a history leads to, for a plan at hand; see `replay`."""
    case: Case[D] | None = None
    for case in replay_each(plan, case_id, entries, mapped=mapped):  # noqa: B007 - the last one is asked for
        pass
    if case is None:
        raise BrokenHistory(case_id, 1, "it has no entries")
    return case


def replay_each(
    plan: Plan[D], case_id: str, entries: Iterable[Entry], *, mapped: bool = False
) -> Iterator[Case[D]]:
    """Yield the case as each entry of a history left it; raises what `replay` raises."""
    case: Case[D] | None = None
    history = tuple(entries)
    whole = max((n for n, entry in enumerate(history) if entry.event in _WHOLE), default=-1)
    if whole >= 0:
        case = _held(plan, case_id, history[: whole + 1], mapped=mapped)
        yield from repeat(case, whole + 1)  # what was before is of another version, or gone
    for entry in history[whole + 1 :]:
        case = _step(plan, case_id, case, entry, mapped=mapped)
        yield case


def _held(plan: Plan[D], case_id: str, entries: Sequence[Entry], *, mapped: bool) -> Case[D]:
    """Return the case as the last of the entries, a migration or a redaction, holds it."""
    last = 0
    for entry in entries:
        if entry.revision != last + 1 and not (mapped and entry.revision > last):
            raise BrokenHistory(case_id, entry.revision, f"revision {last + 1} is missing")
        last = entry.revision
    entry = entries[-1]
    _check_there(case_id, entry)
    kept: Migration | Redaction = entry.payload
    version = kept.to_version if isinstance(kept, Migration) else kept.version
    if version != plan.spec.version:
        why = f"it leads to version {version}, this is version {plan.spec.version}"
        raise BrokenHistory(case_id, entry.revision, why)
    return Case(
        case_id,
        entry.target,
        kept.previous,
        kept.data,
        entry.revision,
        plan.spec.name,
        plan.spec.version,
        entries[0].recorded_at,
    )


def _check_there(case_id: str, entry: Entry) -> None:
    if isinstance(entry.payload, Redacted):
        raise EntryRedacted(case_id, entry.revision, entry.payload.by)


def _step(
    plan: Plan[D], case_id: str, case: Case[D] | None, entry: Entry, *, mapped: bool
) -> Case[D]:
    _check_there(case_id, entry)
    if case is None and entry.event == ADOPTED:
        return _adopted(plan, case_id, entry)
    if case is not None and entry.event in OWN_STEPS:
        return _own_step(case_id, case, entry, mapped=mapped)
    action: Action[Any, D] = Action(plan.spec.name, entry.event, entry.payload)
    event = plan.event(action)
    if case is None:
        if not event.opening:
            raise BrokenHistory(case_id, entry.revision, f"{entry.event!r} opens no case")
        case = new_case(plan, action, case_id=case_id, opened_at=entry.recorded_at)
    if mapped:
        case = _as_found(case, entry)
    if entry.revision != case.revision + 1:
        raise BrokenHistory(case_id, entry.revision, f"revision {case.revision + 1} is missing")
    if entry.source != case.state:
        raise BrokenHistory(
            case_id, entry.revision, f"it starts from {entry.source}, the case was {case.state}"
        )
    if not any(
        move.target == entry.target and move.previous in (None, case.previous)
        for move in event.moves.get(entry.source, ())
    ):
        raise BrokenHistory(
            case_id,
            entry.revision,
            f"{entry.event!r} does not lead from {entry.source} to {entry.target}",
        )
    context = Context(
        entry.actor, entry.recorded_at, entry.occurred_at, settings=plan.spec.settings
    )
    return moved(case, entry.target, advanced(plan, event, case, entry.payload, context))


def _as_found(case: Case[D], entry: Entry) -> Case[D]:
    """Return a case that is a row of the host's as its next step found it."""
    if entry.revision > case.revision:
        case = attrs.evolve(case, revision=entry.revision - 1)
    if entry.source == case.state or case.revision == 0:
        return case
    return attrs.evolve(case, state=entry.source, previous=None)  # as the row is read


def _adopted(plan: Plan[D], case_id: str, entry: Entry) -> Case[D]:
    """Return the case that a row of the host's became: its payload is what the row held."""
    spec = plan.spec
    return Case(
        case_id,
        entry.target,
        None,
        entry.payload,
        entry.revision,
        spec.name,
        spec.version,
        entry.recorded_at,
    )


def _own_step(case_id: str, case: Case[D], entry: Entry, *, mapped: bool) -> Case[D]:
    """Return the case after a step that propflow took by itself, in place."""
    if mapped:
        case = _as_found(case, entry)
    if (entry.revision, entry.source, entry.target) != (case.revision + 1, case.state, case.state):
        raise BrokenHistory(case_id, entry.revision, f"{entry.event} does not stay where it was")
    return moved(case, case.state, case.data)
