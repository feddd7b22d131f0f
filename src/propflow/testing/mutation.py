"""Plant one change at a time, and see which ones the host's tests let live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar, overload

import attrs

from propflow.definition import Workflow
from propflow.errors import UnsoundTests
from propflow.scoring import Label, RuleBook
from propflow.testing import book_mutation, workflow_mutation
from propflow.testing.book_mutation import Mutant
from propflow.testing.mutant_processes import each_in_a_process, pytest_in_processes
from propflow.testing.workflow_mutation import WorkflowMutant

D = TypeVar("D")


class _Planted(Protocol):
    @property
    def notice(self) -> Label: ...


M = TypeVar("M", bound=_Planted)


@attrs.frozen
class MutationReport(Generic[M]):
    """Which changes were noticed.

    Attributes:
        killed: The mutants on which the tests failed, as they should.
        survivors: The mutants on which the tests passed: nobody would notice these changes.
    """

    killed: tuple[M, ...]
    survivors: tuple[M, ...]

    def __str__(self) -> str:
        """A line for each survivor, to be shown when a test of the tests fails."""
        planted = len(self.killed) + len(self.survivors)
        lines = [f"{len(self.survivors)} of {planted} changes went unnoticed"]
        return "\n  ".join([*lines, *(mutant.notice.en for mutant in self.survivors)])


@overload
def mutate(
    target: RuleBook, tests: Callable[[RuleBook], object], *, seconds: float = ...
) -> MutationReport[Mutant]: ...
@overload
def mutate(
    target: type[Workflow[D]],
    tests: Callable[[type[Workflow[D]]], object] | Sequence[str],
    *,
    seconds: float = ...,
) -> MutationReport[WorkflowMutant]: ...
def mutate(
    target: RuleBook | type[Workflow[Any]],
    tests: Callable[[Any], object] | Sequence[str],
    *,
    seconds: float = 60,
) -> MutationReport[Any]:
    """Run the tests on every mutant of a rule book or a workflow.

    A book has one point, unit, cap or link changed. A workflow lacks one transition, guard, effect
    or update, is open to anyone in one event, or leads to another state in one transition; one of
    its deadlines is gone, is due after twice the time, lacks a rung or is not held. It is
    planted in the class itself, and in what its settings made of it, in a fresh process each, so
    that every test meets it wherever it took the class from; tests for pytest are collected once.

    Args:
        target: The book or the workflow that the tests are for.
        tests: A function that passes the unchanged target, and raises whatever it likes on a
            changed one; for a workflow also arguments for pytest, such as ``["tests/loans"]``.
            Where a process cannot fork, the function must be one of a module.
        seconds: After how long a mutant on which the tests do not end counts as noticed.

    Raises:
        Exception: Whatever the function raises on the unchanged target; mend the tests first.
        UnsoundTests: The same for pytest, with its output.
    """
    if isinstance(target, RuleBook):
        return _report(book_mutation.tried(target, _function(tests)))
    mutants = workflow_mutation.mutants(target)
    if callable(tests):
        tests(target)
        return _report(
            zip(mutants, each_in_a_process(target, mutants, tests, seconds), strict=True)
        )
    sound, output, noticed = pytest_in_processes(target, mutants, tests, seconds)
    if not sound:
        raise UnsoundTests(target.spec.name, output)
    return _report(zip(mutants, noticed, strict=True))


def _function(tests: Callable[[Any], object] | Sequence[str]) -> Callable[[Any], object]:
    if not callable(tests):
        raise TypeError("the tests of a rule book are a function that takes the book")
    return tests


def _report(tried: Iterable[tuple[M, bool]]) -> MutationReport[M]:
    results = tuple(tried)
    return MutationReport(
        tuple(mutant for mutant, noticed in results if noticed),
        tuple(mutant for mutant, noticed in results if not noticed),
    )
