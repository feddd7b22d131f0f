"""A sweep is timed only if it stepped every case exactly once."""

from __future__ import annotations

import sys
from pathlib import Path

import attrs
import pytest

from benchmarks.durable import due
from benchmarks.durable.due_contest import DUE, TAKEN, Stored, faults

BEFORE = {f"due-{n}": Stored(DUE, 3, 2, 1) for n in range(4)}
AFTER = {case: Stored(TAKEN, 4, 3, 2) for case in BEFORE}


def test_every_case_stepped_once_is_no_fault() -> None:
    assert faults(BEFORE, AFTER) == []


@pytest.mark.parametrize(
    "found",
    [
        BEFORE["due-1"],
        Stored(TAKEN, 5, 4, 3),
        attrs.evolve(AFTER["due-1"], entries=2),
        attrs.evolve(AFTER["due-1"], entries=4),
        attrs.evolve(AFTER["due-1"], messages=1),
        attrs.evolve(AFTER["due-1"], messages=3),
        attrs.evolve(AFTER["due-1"], state=DUE),
    ],
    ids=["lost", "doubled", "no entry", "two entries", "no message", "two messages", "not moved"],
)
def test_a_case_lost_or_doubled_is_found(found: Stored) -> None:
    (said,) = faults(BEFORE, AFTER | {"due-1": found})
    assert said.startswith("due-1 is Stored(")


def test_a_case_that_is_gone_or_new_is_found() -> None:
    new = dict(AFTER)
    new["due-9"] = new.pop("due-1")
    assert [said.split()[0] for said in faults(BEFORE, new)] == ["due-9", "due-1"]


def _module(folder: Path, work: str) -> str:
    lines = ["class Queue:", "    def __init__(self, *_): ...", "    def work(self, gate):"]
    text = "\n".join([*lines, *(f"        {line}" for line in work.splitlines()), "make = Queue"])
    (folder / "planted_queue.py").write_text(text, encoding="utf-8")
    return "planted_queue"


@pytest.fixture(autouse=True)
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(due.__file__).parents[2]
    paths = [str(tmp_path), str(root), *(path for path in sys.path if path)]
    monkeypatch.setenv("PYTHONPATH", ":".join(paths))


def test_workers_begin_when_all_are_warm_and_are_waited_for(tmp_path: Path) -> None:
    done = tmp_path / "done"
    work = f"import os\ngate.wait()\ngate.stay()\nopen({str(done)!r} + str(os.getpid()), 'w')"
    with due.workers(_module(tmp_path, work), "", 2) as go:
        go()
    assert len(list(tmp_path.glob("done*"))) == 2


@pytest.mark.parametrize(
    ("work", "said"),
    [("pass", "before it was warm"), ("gate.wait()\nraise SystemExit(3)", "ended with 3")],
    ids=["never warm", "ends badly"],
)
def test_a_worker_that_fails_is_not_timed(tmp_path: Path, work: str, said: str) -> None:
    with (
        pytest.raises(due.NotDone, match=said),
        due.workers(_module(tmp_path, work), "", 1) as go,
    ):
        go()
