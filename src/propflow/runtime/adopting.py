"""Adoption: a row that the host inserted becomes a case, and its history begins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from propflow.decision import Accepted
from propflow.decision.due import changed, looked_back
from propflow.definition import ADOPTED, START, Actor, Case, Entry
from propflow.errors import CaseExists, InvalidArgument, NotFound, StoreError, UnknownCode
from propflow.runtime.change import NOTHING, change_of
from propflow.runtime.operations import Steps, apply, list_unadopted, load, read_row
from propflow.runtime.page import Unfit
from propflow.runtime.parking import take_for
from propflow.runtime.reading import as_case, existing
from propflow.runtime.registry import Registered, Registry
from propflow.storage import Change, HostRow, Outcome, Ref, Unadopted


def adopt_row(
    registry: Registry, tenant: str, workflow: str, row_id: str, *, by: Actor, now: datetime
) -> Steps[Case[Any]]:
    """Make one row a case, and return it.

    Raises:
        InvalidArgument: The workflow has no table of the host's.
        NotFound: There is no such row.
        CaseExists: It is a case already.
        UnreadableData: A field without a column has no default, or a column holds no such value.
    """
    registered = _mapped(registry, workflow)
    ref = registry.ref(tenant, workflow, row_id)
    row: HostRow | None = yield read_row(ref)
    if row is None:
        raise NotFound(row_id)
    adoption = _adoption(registered, ref, row, by, now)
    outcomes: Sequence[Outcome] = yield apply([adoption], last=False)
    if outcomes != [Outcome.MOVED]:
        raise CaseExists(row_id)
    yield from take_for(registry, ref, now)
    return as_case(registry, existing(ref, (yield load((ref,), lock=False))))


@attrs.frozen
class Adoption:
    """How far a call of `adopt_all` has come; everything up to here is committed.

    Attributes:
        adopted: How many rows it has made cases so far.
        unfit: Rows that it came upon since the last report and left as they are.
        last: The text of the key of the row that it came to.
    """

    adopted: int
    unfit: tuple[Unfit, ...]
    last: str


def adopt_rows(
    registry: Registry,
    tenant: str,
    workflow: str,
    before: Adoption | None,
    *,
    by: Actor,
    now: datetime,
    limit: int,
) -> Steps[Adoption | None]:
    """Make the next rows cases, in the order of the key; `None` if there are none."""
    registered = _mapped(registry, workflow)
    after = None if before is None else before.last
    rows: Sequence[Unadopted] = yield list_unadopted(tenant, workflow, after=after, limit=limit)
    if not rows:
        return None
    changes: list[Change] = []
    unfit: list[Unfit] = []
    for each in rows:
        ref = registry.ref(tenant, workflow, each.id)
        try:
            if isinstance(each.row, UnknownCode):
                raise each.row
            changes.append(_adoption(registered, ref, each.row, by, now))
        except StoreError as error:
            unfit.append(Unfit(each.id, str(error)))
    outcomes: Sequence[Outcome] = []
    if changes:
        outcomes = yield apply(changes, last=True)
    adopted = sum(outcome is Outcome.MOVED for outcome in outcomes)
    so_far = 0 if before is None else before.adopted
    return Adoption(so_far + adopted, tuple(unfit), rows[-1].id)


def _mapped(registry: Registry, workflow: str) -> Registered:
    """Return the version that rows of the host's become cases of.

    Raises:
        InvalidArgument: The workflow has no table of the host's.
    """
    if not registry.is_mapped(workflow):
        why = "has no table of the host's; give the store one: SQLStore(…, tables={Workflow: …})"
        raise InvalidArgument("workflow", workflow, why)
    return registry.latest(workflow)


def _adoption(registered: Registered, ref: Ref, row: HostRow, by: Actor, now: datetime) -> Change:
    """Return the entry that the history begins with, and the case as the row has it."""
    spec = registered.plan.spec
    data = registered.codec.read_data(row.data)
    revision = row.revision or 1
    before: Case[Any] = Case(ref.case_id, START.name, None, data, 0, spec.name, spec.version, now)
    after = attrs.evolve(before, state=row.state, revision=revision)
    entry = Entry(by, ADOPTED, data, START.name, row.state, now, now, revision)
    timing = NOTHING
    if registered.has_deadlines:
        begun, _ = changed(spec, entry)
        more, _ = looked_back(spec, (entry,), (data,))
        timing = begun + more, ()
    return change_of(registered, ref, None, before, Accepted(after, entry, ()), timing)
