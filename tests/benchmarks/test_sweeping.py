"""A sweep that is timed fires what is due, each hour the same, and nothing of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import sweeping
from benchmarks.sweeping import HOUR, Reminded, Sweeping
from propflow.storage.sqlalchemy import SQLStore


def test_each_hour_the_same_are_due_among_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "DUE", 5)
    swept = Sweeping(SQLStore(f"sqlite:///{tmp_path / 'a.db'}"), "propflow_", 12)
    begun = swept.now
    swept.sweep_hourly(2)()
    swept.sweep_hourly(1)()
    assert swept.now == begun + 3 * HOUR
    cases = list(swept.engine.find(Reminded))
    assert len(cases) == 12
    assert sorted(case.revision for case in cases) == [1] * 7 + [4] * 5
    assert {case.id for case in cases if case.revision == 1} == {
        "far",
        *(f"far-{n}" for n in range(1, 7)),
    }
    swept.now = sweeping._FAR + HOUR
    assert swept.engine.run_due(limit=100).fired == 12
    swept.close()
