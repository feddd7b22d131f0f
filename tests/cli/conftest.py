"""The command as tests call it: in this process, and as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from propflow.cli.app import app

SOURCE = Path(__file__).parents[2] / "src"


@pytest.fixture
def command():
    """Run the command in this process: its exit code and everything that it said."""

    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def process(tmp_path):
    """Run the command as a process in an empty folder, its output in pipes."""

    def run(*arguments, cwd=tmp_path, **environment):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "LC_", "LANG"))}
        return subprocess.run(
            [sys.executable, "-m", "propflow.cli", *map(str, arguments)],
            capture_output=True,
            cwd=cwd,
            env={**clean, "PYTHONPATH": str(SOURCE), **environment},
            check=False,
            timeout=120,
        )

    return run
