"""Both type checkers find every planted error of this folder, with its code, and nothing else.

`run.py check` runs them over the files as they are. Here they read copies without the ignore
comments, so that no setting can make a planted error pass for a found one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("test_"))
IGNORE = re.compile(r"\s*# (type|pyright): ignore\[([\w, -]+)\]")

Found = set[tuple[str, int, str]]
"""Errors by file, line and code."""


def planted(checker: str) -> Found:
    """Return the errors that the comments for one checker announce."""
    return {
        (path.name, number, code)
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for name, codes in IGNORE.findall(line)
        if name == checker
        for code in codes.split(", ")
    }


def output_of(command: list[str]) -> str:
    environment = os.environ | {
        "MYPYPATH": str(ROOT / "src"),
        "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.stdout, done.stderr
    return done.stdout


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Return a folder with the files, their ignore comments left out."""
    folder = tmp_path / "bare"
    folder.mkdir()
    for path in FILES:
        text = IGNORE.sub("", path.read_text(encoding="utf-8"))
        assert "ignore[" not in text
        (folder / path.name).write_text(text, encoding="utf-8")
    return folder


def test_mypy_finds_what_is_planted_and_nothing_else(bare: Path, tmp_path: Path) -> None:
    cache = ["--cache-dir", str(tmp_path / "cache")]
    said = output_of(["mypy", "--output", "json", *cache, str(bare)])
    errors = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    found = {
        (Path(error["file"]).name, error["line"], error["code"])
        for error in errors
        if error["severity"] == "error"
    }
    assert found == planted("type")


def test_pyright_finds_what_is_planted_and_nothing_else(bare: Path) -> None:
    settings = {
        "include": ["."],
        "typeCheckingMode": "strict",
        "extraPaths": [str(ROOT / "src")],
    }
    (bare / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    project = ["--pythonpath", sys.executable, "-p", str(bare)]
    said = json.loads(output_of(["pyright", "--outputjson", *project]))
    found = {
        (Path(error["file"]).name, error["range"]["start"]["line"] + 1, error["rule"])
        for error in said["generalDiagnostics"]
        if error["severity"] == "error"
    }
    assert found == planted("pyright")


def test_whatever_one_checker_finds_the_other_does_too() -> None:
    """A statement over several lines counts once, whichever line a checker reports."""
    for path in FILES:
        statements: list[set[str]] = [set()]
        for line in path.read_text(encoding="utf-8").splitlines():
            if line and not line[0].isspace() and line[0] not in ")]}":
                statements.append(set())
            statements[-1] |= {name for name, _ in IGNORE.findall(line)}
        assert {frozenset(names) for names in statements} <= {
            frozenset(),
            frozenset({"type", "pyright"}),
        }
    assert len(planted("type")) > 40
