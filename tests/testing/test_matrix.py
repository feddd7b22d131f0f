"""The matrix: what it says, and that it is held against the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from propflow.errors import MatrixChanged
from propflow.testing import assert_matrix, matrix
from propflow.workflows import Complaint, EmergencyEvent, Issue, RepairOrder
from tests.testing.shows import Faulty, Repair

MATRICES = Path(__file__).parents[1] / "workflows"
SHIPPED = [Issue, Complaint, RepairOrder, EmergencyEvent]


@pytest.mark.parametrize("workflow", SHIPPED, ids=lambda workflow: workflow.spec.name)
def test_a_shipped_workflow_is_what_its_matrix_says(workflow):
    assert_matrix(workflow, MATRICES / f"{workflow.spec.name}.matrix.md")


def test_every_way_of_a_workflow_stands_in_it():
    text = matrix(Repair)
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == 19
    assert (
        "| `sign` 签收 / Sign | `chief`, `worker` "
        "| `another` 维修人不得签收 / whoever did the work may not sign it | `signed` |"
    ) in rows
    assert text.count("\n## ") == 12


def test_it_names_what_is_closed_in_a_state():
    section = matrix(Repair).partition("## signed ")[2].partition("## ")[0]
    assert "| `close` 结 / Close | `clerk` | – | `closed` |" in section
    closed = section.partition("Closed 不可: ")[2].strip().split(", ")
    assert set(closed) == {f"`{name}`" for name in Repair.spec.events} - {"`ask`", "`close`"}


def test_ways_back_and_acts_in_place_are_spelled_out():
    text = matrix(Complaint)
    section = text.partition("## on_hold ")[2].partition("## ")[0]
    assert "came from `assigned` | `assigned` |" in section
    assert "| stays 不变 |" in section
    assert "| `take_in` 并入他案 / Take in another | `SYSTEM` | – | stays 不变 |" in section


def test_it_is_written_and_compared(tmp_path, monkeypatch):
    file = tmp_path / "repair.matrix.md"
    monkeypatch.delenv("PROPFLOW_REWRITE", raising=False)
    with pytest.raises(MatrixChanged, match="is not there") as raised:
        assert_matrix(Repair, file)
    assert (raised.value.path, raised.value.diff) == ("repair.matrix.md", "")
    assert_matrix(Repair, file, rewrite=True)
    assert_matrix(Faulty, file)  # settings are no part of it
    file.write_text(file.read_text("utf-8").replace("`clerk`", "`chief`", 1), "utf-8")
    with pytest.raises(MatrixChanged) as raised:
        assert_matrix(Repair, file)
    assert "-| `check` 核 / Check | `chief` | – | `checked` |" in raised.value.diff
    assert "+| `check` 核 / Check | `clerk` | – | `checked` |" in raised.value.diff
    monkeypatch.setenv("PROPFLOW_REWRITE", "1")
    with pytest.raises(MatrixChanged):
        assert_matrix(Repair, file, rewrite=False)
    assert_matrix(Repair, file)
    assert file.read_text("utf-8") == matrix(Repair)
