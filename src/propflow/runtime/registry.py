"""The workflows that an engine runs, by name and version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from propflow.decision.plan import Plan, plan_of
from propflow.definition import FireCase, StartCase, Workflow, cases
from propflow.definition.spec import WorkflowSpec
from propflow.errors import InvalidRegistration, Problem, UnknownWorkflow
from propflow.storage import Ref

if TYPE_CHECKING:
    from propflow.storage.codec import Codec


@attrs.frozen(eq=False, repr=False)
class Registered:
    """One version of a workflow with what is needed to run it.

    Attributes:
        plan: What its events do.
        codec: How its values are stored.
        asks_host: Whether it needs facts from the host's provider.
        asks_cases: Whether it needs the built-in fact `cases`.
        has_deadlines: Whether its steps begin and end deadlines.
        looks_back: Whether a step needs the history of its case to know what is due.
        alone: The events that need no facts and no history, and that no other step follows from in
            their commit.
    """

    plan: Plan[Any]
    codec: Codec
    asks_host: bool
    asks_cases: bool
    has_deadlines: bool
    looks_back: bool
    alone: frozenset[str]


class Registry:
    """Finds what runs a case or an action."""

    def __init__(
        self,
        workflows: Iterable[type[Workflow[Any]]],
        provided: Iterable[str],
        mapped: Mapping[str, str] | None = None,
    ) -> None:
        """Register workflows.

        Args:
            workflows: Each version of each workflow once.
            provided: Names of the facts that the host can answer.
            mapped: Names of the tables of the host's that hold cases, by workflow.

        Raises:
            InvalidRegistration: With everything that is wrong.
        """
        self._mapped = mapped or {}
        self._versions: dict[tuple[str, int], Registered] = {}
        self._latest: dict[str, Registered] = {}
        problems: list[Problem] = []
        known = {cases.name, *provided}
        for workflow in workflows:
            spec = workflow.spec
            where = f"{spec.name} version {spec.version}"
            if (spec.name, spec.version) in self._versions:
                problems.append(
                    Problem(where, "registered twice; give one another version or name")
                )
                continue
            missing = [fact.name for fact in spec.needs if fact.name not in known]
            if missing:
                names = ", ".join(map(repr, missing))
                problems.append(Problem(where, f"needs {names}; answer it in Engine(facts=…)"))
            problems += [
                Problem(f"{where}, deadline {deadline.name!r}", deadline.lacks)
                for deadline in spec.deadlines.values()
                if deadline.lacks
            ]
            self._add(workflow)
        if problems:
            raise InvalidRegistration("the engine", problems)

    def _add(self, workflow: type[Workflow[Any]]) -> None:
        from propflow.storage.codec import Codec  # it brings much that only an engine needs

        spec = workflow.spec
        needed = {fact.name for fact in spec.needs}
        looks_back = any(deadline.looks_back for deadline in spec.deadlines.values())
        made = Registered(
            plan_of(workflow),
            Codec(spec),
            bool(needed - {cases.name}),
            cases.name in needed,
            bool(spec.deadlines),
            looks_back,
            frozenset() if needed or looks_back else _alone(spec),
        )
        self._versions[spec.name, spec.version] = made
        latest = self._latest.get(spec.name)
        if latest is None or latest.plan.spec.version < spec.version:
            self._latest[spec.name] = made

    def ref(self, tenant: str, workflow: str, case_id: str) -> Ref:
        """Return what names a case of a workflow in the store."""
        ref = Ref(tenant, case_id)
        return ref.in_table(self._mapped[workflow]) if workflow in self._mapped else ref

    @cached_property
    def data_versions(self) -> tuple[str, ...]:
        """Which data the calendars have that deadlines are counted in, in ascending order."""
        deadlines = (
            deadline
            for made in self._versions.values()
            for deadline in made.plan.spec.deadlines.values()
        )
        return tuple(sorted({d.calendar.data_version() for d in deadlines if d.calendar}))

    def refs(self, tenant: str, case_id: str) -> tuple[Ref, ...]:
        """Return what may name a case of which only the id is known."""
        ref = Ref(tenant, case_id)
        return (ref, *(ref.in_table(table) for table in self._mapped.values()))

    def is_mapped(self, workflow: str) -> bool:
        """Whether the cases of a workflow are rows of the host's."""
        return workflow in self._mapped

    def latest(self, name: str) -> Registered:
        """Return the highest version of a workflow, which new cases are opened with.

        Raises:
            UnknownWorkflow: The engine has none of this name.
        """
        found = self._latest.get(name)
        if found is None:
            raise UnknownWorkflow(name, None, tuple(self._latest))
        return found

    def versions(self, name: str) -> tuple[Registered, ...]:
        """Return every version of a workflow, in the order in which they were registered."""
        return tuple(made for (known, _), made in self._versions.items() if known == name)

    def version(self, name: str, version: int) -> Registered:
        """Return the version that a case was opened with.

        Raises:
            UnknownWorkflow: The engine has not this version.
        """
        found = self._versions.get((name, version))
        if found is None:
            known = [f"{name} version {version}" for name, version in self._versions]
            raise UnknownWorkflow(name, version, known)
        return found


def _alone(spec: WorkflowSpec) -> frozenset[str]:
    """Return the events whose effects, if any, all leave after the commit."""
    return frozenset(
        name
        for name, event in spec.events.items()
        if not callable(event.effects)
        and not any(isinstance(effect, StartCase | FireCase) for effect in event.effects)
    )
