"""The room is usable where neither pytest nor Hypothesis is installed."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from propflow.testing import FakeClock, Monitor, assert_matrix, paths, play, prove
print(sorted({"hypothesis", "pytest", "sqlalchemy"} & set(sys.modules)))
"""


def test_it_loads_neither():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=True, encoding="utf-8"
    )
    assert done.stdout.strip() == "[]"
