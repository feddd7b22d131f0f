"""The promises that the project makes about itself."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "propflow"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
CONTRACTS = {each["id"]: each for each in PROJECT["tool"]["importlinter"]["contracts"]}
ROOMS = sorted(
    f"propflow.{path.stem}"
    for path in SOURCE.iterdir()
    if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
)
MOST_LINES = 400


def import_in_a_new_process(module: str) -> dict:
    """Import one module in a bare interpreter; what it loaded, and the threads that then run."""
    program = (
        f"import json, sys, threading; import {module}; "
        "print(json.dumps({'modules': sorted({name.partition('.')[0] for name in sys.modules}), "
        "'threads': threading.active_count()}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, encoding="utf-8"
    )
    return json.loads(done.stdout)


def test_all_holds_every_extra_for_users():
    (everything,) = EXTRAS["all"]
    named = re.fullmatch(r"propflow\[(.+)\]", everything).group(1).split(",")
    assert sorted(named) == sorted(EXTRAS.keys() - {"all", "bench"})


def test_the_extras_are_those_of_the_design():
    assert set(EXTRAS) == {
        *(
            "cli",
            "china",
            "schedules",
            "testing",
            "postgres",
            "mariadb",
            "async",
            "migrations",
            "bulk",
        ),
        *("all", "bench"),
    }


def test_bulk_does_not_bring_spark():
    assert not any("spark" in requirement for requirement in EXTRAS["bulk"])


def test_the_changelog_has_a_place_for_the_next_release():
    assert "\n## [Unreleased]\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("room", ["propflow", *ROOMS])
def test_every_room_says_what_it_is_for(room):
    document = importlib.import_module(room).__doc__
    assert document
    assert document.splitlines()[0].strip()


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_held_by_the_import_contracts(room):
    layers = " ".join(CONTRACTS["rooms"]["layers"])
    shipped = CONTRACTS["shipped"]["forbidden_modules"]
    assert room in [*re.findall(r"propflow\.\w+", layers), *shipped]


@pytest.mark.parametrize(
    ("contract", "allowed"),
    [
        ("workflows", {"definition", "calendar", "scoring", "errors", "unspecified", "workflows"}),
        ("rulebooks", {"calendar", "scoring", "errors", "unspecified", "rulebooks"}),
        ("shipped", {"cli", "integrations", "testing", "reports"}),
    ],
)
def test_a_contract_names_every_room_that_it_does_not_allow(contract, allowed):
    named = CONTRACTS[contract]["forbidden_modules"]
    if contract == "shipped":
        named = [*named, *CONTRACTS[contract]["source_modules"]]
    assert set(ROOMS) - {f"propflow.{room}" for room in allowed} == set(named)


def test_every_pure_room_is_held_pure():
    pure = {
        *("definition", "decision", "calendar", "scoring", "metrics", "workflows"),
        *("errors", "unspecified"),
    }
    held = set(CONTRACTS["pure"]["source_modules"])
    assert held == set(ROOMS) & {f"propflow.{room}" for room in pure}


@pytest.mark.parametrize("folder", ["src", "examples", "tests/typing"])
def test_both_type_checkers_read_the_folder(folder):
    there = (ROOT / folder).exists()
    assert (folder in PROJECT["tool"]["mypy"]["files"]) is there
    assert (folder in PROJECT["tool"]["pyright"]["include"]) is there


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.relative_to(SOURCE).as_posix())
        for path in sorted(SOURCE.rglob("*.py"))
    ],
)
def test_a_source_file_is_one_room_and_not_two(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_module_is_a_drawer_for_everything():
    names = {path.stem for path in SOURCE.rglob("*")}
    assert not names & {"utils", "util", "helpers", "common", "base", "core", "misc"}


def test_importing_the_root_stays_light():
    loaded = set(import_in_a_new_process("propflow")["modules"])
    assert "propflow" in loaded
    assert not loaded & {
        *("sqlalchemy", "cattrs", "transitions", "hypothesis", "pytest", "typer", "click", "rich"),
        *("chinese_calendar", "dateutil", "icalendar", "alembic", "duckdb", "ibis"),
    }


@pytest.mark.parametrize("room", ["propflow", *ROOMS])
def test_importing_a_room_starts_no_thread(room):
    assert import_in_a_new_process(room)["threads"] == 1


def test_every_line_that_switches_a_lint_rule_off_says_why():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    section = text.partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.pydocstyle]")[0]
    rules = [line for line in section.splitlines() if re.match(r'    "', line)]
    assert rules
    assert [line for line in rules if not re.search(r"# \S", line)] == []


def test_the_set_up_script_can_be_read_by_an_old_python():
    source = (ROOT / "run.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__" not in re.sub(r"#.*", "", source)
