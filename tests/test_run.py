"""`run.py`: when it sets up, when it starts at once, and what it refuses."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(tmp_path):
    """The script in a folder of its own, with nothing installed."""
    for name in ("run.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    spec = importlib.util.spec_from_file_location("run", tmp_path / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def steps(run, monkeypatch):
    """The steps of the set-up by their titles; the interpreter appears, nothing is installed."""
    titles = []

    def step(title, command):
        titles.append(title)
        run.BIN.mkdir(exist_ok=True)
        run.PYTHON.touch()

    monkeypatch.setattr(run, "step", step)
    # Whatever this machine has: no uv, and a pip.
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "outer_pip", lambda: (23, 0))
    return titles


MAKE, INSTALL = "making .venv with venv", "installing propflow with "


def test_the_first_run_sets_up_and_the_second_starts_at_once(run, steps):
    run.prepare({"cli"})
    assert steps == [MAKE, INSTALL + "cli"]
    run.prepare({"cli"})
    assert len(steps) == 2


def test_a_command_that_needs_more_completes_what_is_there(run, steps):
    run.prepare({"cli"})
    run.prepare({"testing", "dev"})
    run.prepare({"cli"})
    assert steps[2:] == [INSTALL + "cli, dev, testing"]


def test_a_changed_project_file_is_installed_again(run, steps):
    run.prepare({"cli"})
    with (run.ROOT / "pyproject.toml").open("a") as file:
        file.write("\n")
    run.prepare({"cli"})
    assert steps[2:] == [INSTALL + "cli"]


@pytest.mark.parametrize(
    "change", [{"complete": False}, {"python": "cpython-310"}, {"root": "/elsewhere"}]
)
def test_what_cannot_be_trusted_is_made_anew(run, steps, change):
    run.prepare({"cli"})
    stamp = json.loads(run.STAMP.read_text())
    run.STAMP.write_text(json.dumps(stamp | change))
    half_done = run.VENV / "half-done"
    half_done.touch()
    run.prepare({"cli"})
    assert steps[2:] == [MAKE, INSTALL + "cli"]
    assert not half_done.exists()


def test_a_set_up_that_fails_is_not_taken_for_done(run, steps, monkeypatch):
    def fail(title, command):
        raise run.SetupError(title + " failed")

    with monkeypatch.context() as patch:
        patch.setattr(run, "step", fail)
        assert run.main(["demo"]) == 1
    run.prepare({"cli"})
    assert steps == [MAKE, INSTALL + "cli"]


def test_pip_starts_anew_where_uv_fails(run, steps, monkeypatch, capsys):
    run.prepare({"cli"})
    record = run.step

    def step(title, command):
        if command[0] == "/usr/bin/uv":
            raise run.SetupError(title + " failed")
        record(title, command)

    monkeypatch.setattr(run, "step", step)
    monkeypatch.setattr(run.shutil, "which", lambda name: "/usr/bin/uv")
    run.prepare({"testing"})
    assert steps[2:] == [MAKE, INSTALL + "cli, testing"]
    assert "installing propflow with cli, testing failed; trying pip" in capsys.readouterr().err


def test_an_environment_of_someone_else_is_left_alone(run, steps, capsys):
    run.VENV.mkdir()
    theirs = run.VENV / "pyvenv.cfg"
    theirs.touch()
    assert run.main(["demo"]) == 1
    assert theirs.exists()
    assert steps == []
    assert capsys.readouterr().err == (
        f"run.py: {run.VENV} was not made by run.py; move it away and run again\n"
    )


def test_a_python_that_can_make_no_environment_says_what_to_install(run, monkeypatch, capsys):
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    monkeypatch.setattr(run.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(run, "outer_pip", lambda: (20, 3))
    assert run.main(["demo"]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


def test_groups_are_read_for_a_pip_that_does_not_know_them(run):
    editable, project, *packages = run.requirements({"cli", "testing", "dev"})
    assert (editable, project) == ("-e", ".[cli,testing]")
    assert any(package.startswith("mypy>=") for package in packages)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ([], 2, "no command was given"),
        (["tset"], 2, "there is no command 'tset'"),
        (["check", "src"], 2, "check takes no arguments"),
    ],
)
def test_a_wrong_command_is_named_beside_the_right_ones(run, capsys, arguments, code, says):
    assert run.main(arguments) == code
    error = capsys.readouterr().err
    assert says in error
    assert "usage: python3 run.py" in error


def test_help_is_no_mistake(run, capsys):
    assert run.main(["--help"]) == 0
    assert "usage: python3 run.py" in capsys.readouterr().out
