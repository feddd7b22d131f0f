"""The room is usable where neither pytest nor Hypothesis is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest

import propflow.testing
from propflow.errors import MissingExtra

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


@pytest.mark.parametrize("name", propflow.testing.__all__)
def test_every_name_is_there(name):
    assert getattr(propflow.testing, name).__name__


@pytest.mark.parametrize(
    ("name", "library"), [("StoreContract", "pytest"), ("scoring_laws", "hypothesis")]
)
def test_what_needs_more_says_what_is_missing(name, library):
    program = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "import propflow.testing\n"
        f"try: propflow.testing.{name}\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, encoding="utf-8"
    )
    assert done.stdout.startswith(f"{MissingExtra.__name__} ")
    assert "propflow[testing]" in done.stdout
