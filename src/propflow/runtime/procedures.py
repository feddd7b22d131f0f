"""What an engine does for each call, as generators: read, decide, write.

Each runs in one transaction that somebody else began.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from propflow.decision import Accepted, Option
from propflow.decision.clocks import Clock, clocks
from propflow.decision.options import options
from propflow.definition import Case, Context, Entry, State
from propflow.definition import cases as cases_fact
from propflow.errors import Refused, UnknownCode, UnreadableData, WrongWorkflow
from propflow.runtime.commit import Commit, check_written, step_alone
from propflow.runtime.idempotency import first_result
from propflow.runtime.operations import Steps, apply, ask_host, by_name, find, load
from propflow.runtime.page import Page, Unfit, write_cursor
from propflow.runtime.parking import finish
from propflow.runtime.reading import as_case, case_of, data_after, existing, read_entries, the_one
from propflow.runtime.registry import Registry
from propflow.runtime.relations import CasesRead, with_cases
from propflow.runtime.requests import Request
from propflow.runtime.searching import query_of
from propflow.storage import Ref, Snapshot


def take_step(
    registry: Registry, tenant: str, request: Request, *, any_case: bool = False
) -> Steps[Case[Any]]:
    """Take one step, and those that follow from it, and write them."""
    if request.key is not None:
        first = yield from first_result(registry, tenant, request, request.key, any_case=any_case)
        if first is not None:
            return first
    if request.opening:
        commit = Commit(registry, tenant, lock=True)
    else:
        ref = registry.ref(tenant, request.action.workflow, request.case_id)
        before = existing(ref, (yield load((ref,), lock=True)))
        registered = registry.version(before.workflow, before.version)
        if request.action.event in registered.alone:
            case, change = step_alone(registered, before, request)
            (outcome,) = yield apply((change,), last=True)
            check_written(change, outcome)
            return case
        commit = Commit(registry, tenant, lock=True)
        commit.know(registered, before)
    accepted = yield from commit.take(request)
    yield from finish(commit, registry)
    if not request.named:
        return accepted.case
    return commit.latest[registry.ref(tenant, request.action.workflow, request.case_id)][1]


def take_steps(
    registry: Registry, tenant: str, requests: Sequence[Request]
) -> Steps[list[Case[Any] | Refused]]:
    """Take several steps in one commit, leaving out those that are refused."""
    commit = Commit(registry, tenant, lock=True)
    if len(requests) > 1:
        yield from commit.read_ahead(
            registry.ref(tenant, request.action.workflow, request.case_id) for request in requests
        )
    results: list[Case[Any] | Refused] = []
    for request in requests:
        step = yield from commit.take_or_leave(request)
        results.append(step if isinstance(step, Refused) else step.case)
    yield from finish(commit, registry)
    return results


def check_step(registry: Registry, tenant: str, request: Request) -> Steps[Accepted[Any] | Refused]:
    """Decide one step and those that follow from it, and write nothing."""
    return Commit(registry, tenant, lock=False).take_or_leave(request)


def list_options(
    registry: Registry, refs: Sequence[Ref], at: Callable[[Mapping[str, Any], object], Context]
) -> Steps[tuple[Option, ...]]:
    """Return what may be asked of a case."""
    snapshot = the_one(refs, (yield load(refs, lock=False)))
    ref = snapshot.ref
    case = as_case(registry, snapshot)
    registered = registry.version(case.workflow, case.version)
    plan = registered.plan
    facts: Mapping[str, Any] = {}
    if registered.asks_host:
        facts = by_name((yield ask_host(case, None)))
    if not registered.asks_cases:
        return options(plan, case, at(facts, plan.spec.settings))

    def ask(read: CasesRead) -> tuple[Option, ...]:
        return options(plan, case, at({**facts, cases_fact.name: read}, plan.spec.settings))

    return (yield from with_cases(registry, ref.tenant, {ref: case}, ask, lock=False))


def get_case(registry: Registry, tenant: str, case_id: str, workflow: str) -> Steps[Case[Any]]:
    """Return one case.

    Raises:
        NotFound: It is not there.
        WrongWorkflow: It belongs to another workflow.
    """
    ref = registry.ref(tenant, workflow, case_id)
    snapshot = existing(ref, (yield load((ref,), lock=False)))
    if snapshot.workflow != workflow:
        raise WrongWorkflow(f"the case {case_id!r}", snapshot.workflow, workflow)
    return as_case(registry, snapshot)


def get_history(registry: Registry, refs: Sequence[Ref]) -> Steps[tuple[Entry, ...]]:
    """Return a case's whole history."""
    snapshot = the_one(refs, (yield load(refs, lock=False)))
    return (yield from read_entries(registry, snapshot))


def read_clocks(registry: Registry, refs: Sequence[Ref], now: datetime) -> Steps[tuple[Clock, ...]]:
    """Return what the clocks of a case show."""
    snapshot = the_one(refs, (yield load(refs, lock=False)))
    registered = registry.version(snapshot.workflow, snapshot.version)
    if not registered.has_deadlines:
        return ()
    entries = yield from read_entries(registry, snapshot)
    data = data_after(registered, snapshot.ref, entries, case_of(registered, snapshot))
    return clocks(registered.plan.spec, entries, data, now, snapshot.state)


def find_cases(
    registry: Registry,
    tenant: str,
    workflow: str,
    *,
    state: State | str | None,
    where: Mapping[str, Any] | None,
    limit: int,
    after: str | None,
    skip_unfit: bool,
) -> Steps[Page[Any]]:
    """Return a page of cases; one more is read than shown, to know whether there is another."""
    query = query_of(registry, workflow, tenant, state=state, where=where, limit=limit, after=after)
    found: list[Snapshot] = yield find(attrs.evolve(query, limit=limit + 1), lock=False)
    shown = found[:limit]
    more = len(found) > limit
    cursor = write_cursor(shown[-1].opened_at, shown[-1].ref.id) if more else None
    cases: list[Case[Any]] = []
    unfit: list[Unfit] = []
    for snapshot in shown:
        try:
            cases.append(as_case(registry, snapshot))
        except (UnknownCode, UnreadableData) as error:
            if not skip_unfit:
                raise
            unfit.append(Unfit(snapshot.ref.case_id, str(error)))
    return Page(tuple(cases), cursor, tuple(unfit))
