"""The workflows that an engine runs, by name and version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import attrs

from propflow.decision.plan import Plan, plan_of
from propflow.definition import Workflow, cases
from propflow.errors import InvalidRegistration, Problem, UnknownWorkflow

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
    """

    plan: Plan[Any]
    codec: Codec
    asks_host: bool
    asks_cases: bool


class Registry:
    """Finds what runs a case or an action."""

    def __init__(self, workflows: Iterable[type[Workflow[Any]]], provided: Iterable[str]) -> None:
        """Register workflows.

        Args:
            workflows: Each version of each workflow once.
            provided: Names of the facts that the host can answer.

        Raises:
            InvalidRegistration: With everything that is wrong.
        """
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
            self._add(workflow)
        if problems:
            raise InvalidRegistration("the engine", problems)

    def _add(self, workflow: type[Workflow[Any]]) -> None:
        from propflow.storage.codec import Codec  # it brings much that only an engine needs

        spec = workflow.spec
        needed = {fact.name for fact in spec.needs}
        made = Registered(
            plan_of(workflow), Codec(spec), bool(needed - {cases.name}), cases.name in needed
        )
        self._versions[spec.name, spec.version] = made
        latest = self._latest.get(spec.name)
        if latest is None or latest.plan.spec.version < spec.version:
            self._latest[spec.name] = made

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
