"""What figures need of the histories of a workflow, in one read.

The database picks the entries by their names, and sends a payload only where a step asks for one of
its fields. What the figures are, stands in `propflow.metrics` alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, or_, select

from propflow.definition import START, Workflow
from propflow.definition.spec import WorkflowSpec
from propflow.errors import InvalidMetric, Problem
from propflow.metrics import Step, Steps, Trace
from propflow.metrics.trace import Recorded, trace_of
from propflow.storage.sqlalchemy.tables import Tables


def traces_in(
    tx: Connection,
    tables: Tables,
    *,
    tenant: str,
    workflow: str | type[Workflow[Any]],
    steps: Steps,
    opened_from: datetime | None,
) -> Iterator[Trace]:
    """Yield the traces of a workflow's cases, those without any moment left out, by id.

    Raises:
        InvalidMetric: It is given as its class, and a step names what it does not have.
    """
    if not isinstance(workflow, str):
        _check_names(workflow.spec, steps)
        workflow = workflow.spec.name
    if not steps:
        return
    rows = tx.execute(_wanted(tables, tenant, workflow, steps, opened_from))
    for case_id, entries in groupby(rows, key=itemgetter(0)):
        found = trace_of(case_id, (_recorded(row) for row in entries), steps)
        if found.moments:
            yield found


def _check_names(spec: WorkflowSpec, steps: Steps) -> None:
    """Refuse names that stand in no history of this version, and would find nothing."""
    states = tuple(spec.tree.all_leaves())
    problems = [
        Problem(f"{meaning}, {kind}", f"{spec.name} has no {each!r}; it has {', '.join(known)}")
        for meaning, step in steps.items()
        for kind, names, known in (
            ("events", step.events, tuple(spec.events)),
            ("sources", step.sources, (START.name, *states)),
            ("targets", step.targets, states),
        )
        for each in sorted(names - set(known))
    ]
    if problems:
        raise InvalidMetric(f"what is looked for in {spec.name}", problems)


def _wanted(
    tables: Tables, tenant: str, workflow: str, steps: Steps, opened_from: datetime | None
) -> Select[Any]:
    one, entry = tables.case, tables.history.c
    of_a_step = [_is_of(tables, step) for step in steps.values()]
    of_payload = [_is_of(tables, step) for step in steps.values() if step.fields]
    payload = case((or_(*of_payload), entry.payload), else_=None) if of_payload else None
    wanted = (
        select(
            entry.case_id,
            entry.revision,
            entry.event,
            entry.source,
            entry.target,
            entry.occurred_at,
            *([] if payload is None else [payload]),
        )
        .join_from(
            tables.history,
            one,
            and_(one.c.tenant == entry.tenant, one.c.id == entry.case_id),
        )
        .where(one.c.tenant == tenant, one.c.workflow == workflow, or_(*of_a_step))
        .order_by(entry.case_id, entry.revision)
    )
    return wanted if opened_from is None else wanted.where(one.c.opened_at >= opened_from)


def _is_of(tables: Tables, step: Step) -> ColumnElement[bool]:
    entry = tables.history.c
    named = ((entry.event, step.events), (entry.source, step.sources), (entry.target, step.targets))
    return and_(*(column.in_(sorted(names)) for column, names in named if names))


def _recorded(row: Any) -> Recorded:
    _, revision, event, source, target, occurred_at, *payload = row
    text = payload[0] if payload else None
    values: dict[str, Any] = {} if text is None else json.loads(text)
    return Recorded(revision, event, source, target, occurred_at, values)
