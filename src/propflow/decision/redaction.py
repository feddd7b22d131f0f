"""Redactions: what is left of a case and its history when personal data have gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import attrs

from propflow.decision.decide import Accepted, moved
from propflow.decision.plan import Plan
from propflow.definition import (
    MIGRATED,
    REDACTED,
    Actor,
    Case,
    Entry,
    Migration,
    Redacted,
    Redaction,
)
from propflow.definition.own_step import OWN_STEPS
from propflow.definition.redaction import EarlierRedaction, Renaming
from propflow.errors import CannotRedact, FunctionRaised, Problem

_COPIES = (MIGRATED, REDACTED)
"""Events whose entries hold the data of the case beside those that led there."""


def redacted_data(plan: Plan[Any], case: Case[Any], change: Callable[[Any], Any] | None) -> Any:
    """Return the data that are left.

    Raises:
        FunctionRaised: `change` raised.
        CannotRedact: It returned no data of the workflow.
    """
    if change is None:
        return case.data
    spec = plan.spec
    try:
        data = change(case.data)
    except Exception as error:
        raise FunctionRaised(spec.name, REDACTED, "data", "") from error
    if type(data) is not spec.data:
        why = f"data= returned {type(data).__name__}, not {spec.data.__name__}"
        raise CannotRedact(f"case {case.id!r}", [Problem("data", why)])
    return data


def to_take(
    case: Case[Any], entries: Sequence[Entry], wanted: Collection[int] | None
) -> list[Entry]:
    """Return the entries whose payloads are to go, with those that hold the data a second time.

    Args:
        case: The case.
        entries: Its whole history.
        wanted: Revisions that were asked for; `None` for all.

    Raises:
        CannotRedact: One is not there, or cannot go; all problems at once.
    """
    problems = [] if wanted is None else list(_problems(entries, wanted))
    if problems:
        raise CannotRedact(f"case {case.id!r}", problems)
    return [
        entry
        for entry in entries
        if not isinstance(entry.payload, Redacted)
        and entry.event not in OWN_STEPS
        and (wanted is None or entry.revision in wanted or entry.event in _COPIES)
    ]


def _problems(entries: Sequence[Entry], wanted: Iterable[int]) -> Iterator[Problem]:
    by_revision = {entry.revision: entry for entry in entries}
    for revision in sorted(wanted):
        entry = by_revision.get(revision)
        if entry is None:
            known = f"1 to {entries[-1].revision}" if entries else "none"
            yield Problem(f"entries[{revision}]", f"the history has no such entry; it has {known}")
        elif entry.event in OWN_STEPS:
            why = f"{entry.event} is a step of propflow's own, which deadlines are computed from"
            yield Problem(f"entries[{revision}]", why)


def redact(
    case: Case[Any],
    data: Any,
    taken: Sequence[Entry],
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    late: bool,
) -> Accepted[Any]:
    """Return a case without what was redacted, and the entry that says so.

    Args:
        case: The case as it was.
        data: The data that are left.
        taken: The entries whose payloads or messages were taken away.
        reason: Why.
        actor: Who does it.
        now: When, in UTC.
        late: The last step of the case is said to have happened later than that.
    """
    after = moved(case, case.state, data)
    earlier: list[EarlierRedaction] = []
    renamed: list[Renaming] = []
    for entry in taken:
        said = entry.payload
        if isinstance(said, Redaction):
            earlier += (
                *said.earlier,
                EarlierRedaction(entry.revision, said.reason, said.entries),
            )
            renamed += said.renamed
        elif isinstance(said, Migration) and said.states:
            renamed.append(Renaming(entry.revision, said.states))
    fields: tuple[Any, ...] = attrs.fields(cast("Any", type(data)))
    kept = Redaction(
        reason,
        tuple(entry.revision for entry in taken),
        tuple(
            field.name
            for field in fields
            if getattr(data, field.name) != getattr(case.data, field.name)
        ),
        case.version,
        case.previous,
        data,
        tuple(earlier),
        tuple(renamed),
    )
    entry = Entry(
        *(actor, REDACTED, kept, case.state, case.state),
        *(now, now, after.revision, None, late),
    )
    return Accepted(after, entry, ())
