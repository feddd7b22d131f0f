"""The command as a whole: help, encodings, pipes, and what it says without its libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from propflow.errors import MissingExtra

WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {library!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from propflow.cli import main
main()
"""


@pytest.mark.parametrize("library", ["typer", "rich"])
def test_without_its_libraries_one_line_says_what_to_install(library):
    code = WITHOUT.format(library=library)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [f"propflow: {MissingExtra('cli', library)}"]
    assert 'pip install "propflow[cli]"' in result.stderr


def test_a_fault_of_our_own_is_not_taken_for_a_missing_library():
    code = WITHOUT.format(library="propflow.reports").replace('name.partition(".")[0]', "name")
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 1
    assert "ModuleNotFoundError" in result.stderr
    assert "pip install" not in result.stderr


def test_help_names_every_command_in_both_languages(command):
    result = command("--help")
    assert result.exit_code == 0
    for words in ("demo", "lint", "diagram", "workflows", "列出随库的流程", "Exit codes: 0 done"):
        assert words in result.output


@pytest.mark.parametrize("name", ["demo", "lint", "diagram", "workflows"])
def test_every_command_has_help(command, name):
    result = command(name, "-h")
    assert result.exit_code == 0
    assert f"propflow {name}" in result.output


def test_no_command_shows_the_help_and_is_wrong_use(process):
    result = process()
    assert result.returncode == 2
    assert "workflows" in (result.stdout + result.stderr).decode()


def test_an_unknown_command_is_wrong_use(process):
    result = process("workflow")
    assert result.returncode == 2
    assert b"workflow" in result.stderr
    assert result.stdout == b""


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX"},
    ],
)
def test_in_the_c_locale_chinese_is_written_in_utf_8(process, environment):
    result = process("workflows", **environment)
    assert (result.returncode, result.stderr) == (0, b"")
    assert "问题整改" in result.stdout.decode("utf-8")


@pytest.mark.parametrize(
    "arguments", [("workflows",), ("diagram", "issue", "--lang", "zh"), ("-h",)]
)
def test_an_encoding_without_chinese_gets_question_marks(process, arguments):
    result = process(*arguments, PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"??" in result.stdout
    assert result.stdout.isascii()


def test_an_encoding_with_chinese_is_kept(process):
    result = process("diagram", "issue", "--lang", "zh", PYTHONIOENCODING="gb18030")
    assert result.returncode == 0
    assert "问题整改" in result.stdout.decode("gb18030")
