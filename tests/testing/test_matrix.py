"""The matrix: what it says, and that it is held against the file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from propflow import Deadline
from propflow.errors import MatrixChanged
from propflow.testing import assert_matrix, matrix
from propflow.workflows import Complaint
from tests.runtime.deadlines import Answered, Chore
from tests.runtime.ladders import Mends
from tests.testing.shows import Faulty, Repair
from tests.workflows.test_shipped import SHIPPED

MATRICES = Path(__file__).parents[1] / "workflows"


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


def test_deadlines_stand_where_they_run_and_where_they_are_on_hold():
    text = matrix(Mends)
    new, at_work, on_hold, done = (
        text.partition(f"\n## {state} ")[2].partition("\n## ")[0]
        for state in ("new", "at_work", "on_hold", "done")
    )
    assert (
        "| `response` 响应 / Response | 2 h of service 服务时间 | – | 100 %: `head` | – |"
    ) in new
    assert (
        "| `resolution` 催 / Remind | by the data 由数据定 `_limit` of service 服务时间 | `remind` "
        "| 80 %: `worker`, `head`<br>100 %: `head`"
        "<br>4 h of service 服务时间 after 逾期: `manager`<br>until 直到 `acknowledge` "
        "| `on_hold`, at most 最长 7 d |"
    ) in at_work
    assert "| `quiet` 催 / Remind | 5 h | `remind` | – | `on_hold` |" in at_work
    assert (
        "| `order` 督办 / Supervision | moment of the data 数据中的时刻 `λ` | `remind` "
        "| 1 h before 提前: `head` | – |"
    ) in at_work
    assert (
        "| `warranty` 催 / Remind | 3 working days 工作日 | `remind` "
        "| 1 working days 工作日 before 提前: `head` | – |"
    ) in on_hold
    assert "On hold 暂停: `resolution`, `quiet`" in on_hold
    assert "deadline" not in done


def test_what_begins_and_ends_a_deadline_stands_with_its_limit():
    assert "| 2 h from 自 `plan` until 止于 `urge` |" in matrix(Answered)


def test_a_limit_is_shown_to_the_microsecond():
    class Exact(Chore):
        urging = Deadline(
            Chore.at_work, after=timedelta(days=1, minutes=90, microseconds=2), fires=Chore.urge
        )
        closing = Deadline(Chore.given_up, after=timedelta(seconds=2), fires=Chore.close)

    text = matrix(Exact)
    assert "| `urging` 催办 / Urge | 1 d 1 h 30 min 0.000002 s | `urge` | – | – |" in text
    assert "| `closing` 关闭 / Close | 2 s | `close` | – | – |" in text
    assert text.count("| `urging` ") == len(Chore.spec.deadlines["urging"].within) == 2


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
