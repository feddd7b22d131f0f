"""What an engine does for each call, as generators: read, decide, write.

Each runs in one transaction that somebody else began.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from propflow.decision import Accepted, Option
from propflow.decision.options import options
from propflow.definition import Case, Context, Entry, State, cases
from propflow.errors import Refused, WrongWorkflow
from propflow.runtime.commit import Commit
from propflow.runtime.idempotency import first_result
from propflow.runtime.operations import Steps, ask_host, by_name, find, load
from propflow.runtime.page import Page, write_cursor
from propflow.runtime.reading import as_case, existing, read_entries
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
    commit = Commit(registry, tenant, lock=True)
    accepted = yield from commit.take(request)
    yield from commit.write()
    return accepted.case


def take_steps(
    registry: Registry, tenant: str, requests: Sequence[Request]
) -> Steps[list[Case[Any] | Refused]]:
    """Take several steps in one commit, leaving out those that are refused."""
    commit = Commit(registry, tenant, lock=True)
    results: list[Case[Any] | Refused] = []
    for request in requests:
        step = yield from commit.take_or_leave(request)
        results.append(step if isinstance(step, Refused) else step.case)
    yield from commit.write()
    return results


def check_step(registry: Registry, tenant: str, request: Request) -> Steps[Accepted[Any] | Refused]:
    """Decide one step and those that follow from it, and write nothing."""
    return Commit(registry, tenant, lock=False).take_or_leave(request)


def list_options(
    registry: Registry, ref: Ref, at: Callable[[Mapping[str, Any], object], Context]
) -> Steps[tuple[Option, ...]]:
    """Return what may be asked of a case."""
    snapshot = existing(ref, (yield load((ref,), lock=False)))
    case = as_case(registry, snapshot)
    registered = registry.version(case.workflow, case.version)
    plan = registered.plan
    facts: Mapping[str, Any] = {}
    if registered.asks_host:
        facts = by_name((yield ask_host(case, None)))
    if not registered.asks_cases:
        return options(plan, case, at(facts, plan.spec.settings))

    def ask(read: CasesRead) -> tuple[Option, ...]:
        return options(plan, case, at({**facts, cases.name: read}, plan.spec.settings))

    return (yield from with_cases(registry, ref.tenant, {ref: case}, ask, lock=False))


def get_case(registry: Registry, ref: Ref, workflow: str) -> Steps[Case[Any]]:
    """Return one case.

    Raises:
        NotFound: It is not there.
        WrongWorkflow: It belongs to another workflow.
    """
    snapshot = existing(ref, (yield load((ref,), lock=False)))
    if snapshot.workflow != workflow:
        raise WrongWorkflow(f"the case {ref.id!r}", snapshot.workflow, workflow)
    return as_case(registry, snapshot)


def get_history(registry: Registry, ref: Ref) -> Steps[tuple[Entry, ...]]:
    """Return a case's whole history."""
    snapshot = existing(ref, (yield load((ref,), lock=False)))
    return (yield from read_entries(registry, snapshot))


def find_cases(
    registry: Registry,
    tenant: str,
    workflow: str,
    *,
    state: State | str | None,
    where: Mapping[str, Any] | None,
    limit: int,
    after: str | None,
) -> Steps[Page[Any]]:
    """Return a page of cases; one more is read than shown, to know whether there is another."""
    query = query_of(registry, workflow, tenant, state=state, where=where, limit=limit, after=after)
    found: list[Snapshot] = yield find(attrs.evolve(query, limit=limit + 1), lock=False)
    shown = found[:limit]
    more = len(found) > limit
    cursor = write_cursor(shown[-1].opened_at, shown[-1].ref.id) if more else None
    return Page(tuple(as_case(registry, snapshot) for snapshot in shown), cursor)
