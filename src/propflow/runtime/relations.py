"""The built-in fact `cases`: other cases, read on demand within a pure decision.

A decision cannot wait for a database. So it is made with the cases read so far; if a guard asks for
another, the decision is abandoned, the case is read, and the decision is made again. Deciding is
pure, so nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import attrs

from propflow.definition import Case, State, Workflow
from propflow.errors import NotFound, WrongWorkflow
from propflow.runtime.operations import Steps, find, load
from propflow.runtime.reading import as_case
from propflow.runtime.registry import Registry
from propflow.runtime.searching import query_of
from propflow.storage import Query, Ref, Snapshot

T = TypeVar("T")
D = TypeVar("D")


class Wanted(BaseException):
    """A guard asks for cases that have not been read; no `except Exception` may swallow it."""

    def __init__(self, what: Ref | Query) -> None:
        super().__init__(what)
        self.what = what


@attrs.frozen(eq=False, repr=False)
class CasesRead:
    """What guards may look at: cases that are known, `Wanted` for the rest."""

    registry: Registry
    tenant: str
    one: Mapping[Ref, Case[Any] | None]
    many: Mapping[Query, tuple[Case[Any], ...]]

    def get(self, case_id: str, workflow: type[Workflow[D]]) -> Case[D]:
        """Return one case.

        Raises:
            NotFound: No case has this id.
            WrongWorkflow: The case with this id belongs to another workflow.
        """
        ref = self.registry.ref(self.tenant, workflow.spec.name, case_id)
        if ref not in self.one:
            raise Wanted(ref)
        case = self.one[ref]
        if case is None:
            raise NotFound(case_id)
        if case.workflow != workflow.spec.name:
            raise WrongWorkflow(f"the case {case_id!r}", case.workflow, workflow.spec.name)
        return case

    def find(
        self,
        workflow: type[Workflow[D]],
        *,
        state: State | str | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int = 100,
    ) -> tuple[Case[D], ...]:
        """Return the oldest cases that match, at most `limit` of them."""
        name = workflow.spec.name
        query = query_of(
            self.registry, name, self.tenant, state=state, where=where, limit=limit, after=None
        )
        if query not in self.many:
            raise Wanted(query)
        return self.many[query]


def with_cases(
    registry: Registry,
    tenant: str,
    known: Mapping[Ref, Case[Any]],
    decide: Callable[[CasesRead], T],
    *,
    lock: bool,
) -> Steps[T]:
    """Make a decision, reading the cases that it asks for.

    Args:
        registry: Reads the cases.
        tenant: Whose cases may be seen.
        known: Cases as this commit has changed them already.
        decide: The decision, given what has been read.
        lock: Hold what is read until the commit, so that two racing steps cannot both rely on it.
    """
    one: dict[Ref, Case[Any] | None] = dict(known)
    many: dict[Query, tuple[Case[Any], ...]] = {}
    while True:
        try:
            return decide(CasesRead(registry, tenant, one, many))
        except Wanted as wanted:
            what = wanted.what
        if isinstance(what, Ref):
            snapshot: Snapshot | None
            (snapshot,) = yield load((what,), lock=lock)
            one[what] = None if snapshot is None else as_case(registry, snapshot)
        else:
            found: list[Snapshot] = yield find(what, lock=lock)
            stored = [as_case(registry, s) for s in found if s.ref not in known]
            changed = [case for case in known.values() if _matches(registry, what, case)]
            both = sorted([*stored, *changed], key=lambda case: (case.opened_at, case.id))
            many[what] = tuple(both[: what.limit])


def _matches(registry: Registry, query: Query, case: Case[Any]) -> bool:
    """Whether a case that this commit has changed is one that the query asks for."""
    if case.workflow != query.workflow:
        return False
    if query.states is not None and case.state not in query.states:
        return False
    indexed = registry.version(case.workflow, case.version).codec.indexed(case.data)
    return set(query.where) <= set(indexed)
