"""No workflow ships without a proof of something that is said of it, and without its matrix."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from propflow.cli.loading import shipped
from propflow.definition import Workflow
from propflow.testing import Invariant, Monitor
from tests.testing import test_patrol_proofs, test_points_proofs, test_shipped_proofs
from tests.workflows.test_shipped import SHIPPED

MODULES = (test_shipped_proofs, test_patrol_proofs, test_points_proofs)
MATRICES = Path(__file__).parents[1] / "workflows"

Said = dict[str, list[tuple[list[Invariant[Any]], list[Monitor[Any]]]]]


class Asked(Exception):
    """Raised instead of a proof, which another test waits for."""


def what_is_proved(modules: tuple[ModuleType, ...], patch: pytest.MonkeyPatch) -> Said:
    """Return what the tests of some modules claim, by the workflow, without proving it."""
    said: Said = {}

    def ask(workflow: type[Workflow[Any]], **given: Any) -> None:
        claims = [*given.get("invariants", ())], [*given.get("monitors", ())]
        said.setdefault(workflow.spec.name, []).append(claims)
        raise Asked

    for module in modules:
        patch.setattr(module, "prove", ask)
        for name, test in vars(module).items():
            if name.startswith("test_"):
                for values in given_to(test):
                    with pytest.raises((Asked, AssertionError)):
                        test(*values)
    return said


def given_to(test: Any) -> list[tuple[Any, ...]]:
    """Return the arguments of a test, one tuple for each of its runs."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    return [(value,) for mark in marks for value in mark.args[1]] or [()]


def test_every_shipped_workflow_is_proved_with_what_holds_of_its_cases(monkeypatch):
    said = what_is_proved(MODULES, monkeypatch)
    for name in shipped():
        invariants = [each for found, _ in said.get(name, []) for each in found]
        monitors = [each for _, found in said.get(name, []) for each in found]
        assert invariants, f"nothing is said of every case of {name}: prove it with invariants"
        assert monitors, f"nothing is said of every history of {name}: prove it with monitors"


def test_every_shipped_workflow_has_its_matrix_and_is_held_against_it():
    names = {file.name.removesuffix(".matrix.md") for file in MATRICES.glob("*.matrix.md")}
    assert names == {*shipped()}
    assert {workflow.spec.name for workflow in SHIPPED} == {*shipped()}


def test_a_workflow_that_nobody_proves_is_found(monkeypatch):
    others = tuple(module for module in MODULES if module is not test_patrol_proofs)
    assert {*shipped()} - {*what_is_proved(others, monkeypatch)} == {"patrol", "daily_digest"}
