"""`propflow demo`: what it prints, what it leaves, and that it leaves nothing after a mistake."""

from __future__ import annotations

import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from propflow.errors import StoreUnavailable
from propflow.storage.sqlalchemy import SQLStore
from tests.cli.conftest import SOURCE
from tests.cli.days import HEAD

RECORD = "9:02,zhang,issue.record,issue-01,,place=hall,description=oil\n"


@pytest.fixture
def day(tmp_path):
    """Write a day file and return its path."""

    def write(text):
        path = tmp_path / "my_day.csv"
        path.write_text(HEAD + text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def folder(tmp_path):
    """A folder for databases, with nothing in it."""
    path = tmp_path / "databases"
    path.mkdir()
    return path


def rows(db, query):
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute(query).fetchall()


def test_the_shipped_day_leaves_its_database_and_nothing_else(command, folder):
    result = command("demo", "--db", folder / "day.db")
    assert result.exit_code == 0
    assert [path.name for path in folder.iterdir()] == ["day.db"]
    assert rows(folder / "day.db", "SELECT count(*) FROM propflow_case") == [(8,)]
    assert rows(folder / "day.db", "SELECT count(*) FROM propflow_history") == [(49,)]


def test_the_line_that_it_prints_reads_the_database(command, folder):
    output = command("demo", "--db", folder / "a day.db", "--lang", "en").output
    *_, written, where, line = output.splitlines()
    assert written.endswith(str(Path("cli", "days", "inspection_day.csv")))
    assert where == f"The database is: {folder / 'a day.db'}"
    label, _, typed = line.partition(": ")
    assert label == "Have a look"
    program, db, query = shlex.split(typed)
    assert (program, db) == ("sqlite3", str(folder / "a day.db"))
    history = rows(db, query)
    assert len(history) == 49
    assert history[0][1:] == ("issue-01", "record", "START", "found", "zhang")


def test_the_day_that_ships_can_be_copied(command, folder, tmp_path):
    first = command("demo", "--db", folder / "a.db", "--lang", "en").output.splitlines()
    (line,) = [line for line in first if line.startswith("The day is written in: ")]
    copy = tmp_path / "copy.csv"
    copy.write_bytes(Path(line.partition(": ")[2]).read_bytes())
    second = command("demo", "--day", copy, "--db", folder / "b.db", "--lang", "en")
    assert second.exit_code == 0
    assert second.output.splitlines()[:-3] == first[:-3]


def test_what_is_printed_in_english(command, folder):
    lines = command("demo", "--db", folder / "day.db", "--lang", "en").output.splitlines()
    assert lines[0] == "周一巡检 Monday patrol 2025-03-10 Asia/Shanghai"
    timeline = lines[lines.index("Timeline") + 2 : lines.index("The history of each case") - 1]
    assert (
        len(timeline) == 61
    )  # 48 steps, 3 refusals, 9 findings, 1 case opened in the commit of another
    assert [line.split()[0] for line in timeline if "refused: " in line] == [
        "09:06", "09:26", "13:11",
    ]  # fmt: skip
    (refused,) = [line for line in timeline if "not_the_fixer" in line]
    assert refused.split("  ")[-1].strip() == (
        "refused: whoever rectified the issue may not verify it [not_the_fixer]"
    )
    assert "issue-03/emergency_event  Emergency event: Reviewed" in lines
    assert [line for line in lines if line.startswith("total deducted")] == [
        "total deducted: 5",
        "total deducted: 4",
    ]
    assert "by the source alone: no total, points are missing for: ded_no_badge" in lines
    assert any("2 persons × 0.5 = 1 (points set by the host)" in line for line in lines)
    options = lines[lines.index("Who may do what next") + 2 :][:5]
    assert [line.split("  ")[0] for line in options] == ["issue-03"] * 2 + ["issue-05"] * 3
    assert not any("时间线" in line for line in lines)


def test_what_is_printed_in_chinese(command, folder):
    output = command("demo", "--db", folder / "day.db", "--lang", "zh").output
    lines = output.splitlines()
    assert "时间线" in lines
    assert "issue-03/emergency_event  突发事件: 已总结" in lines
    assert "合计扣分: 5" in lines
    assert "仅按原文: 没有合计,缺分值: ded_no_badge" in lines
    assert "整改人不得验证自己的整改 [not_the_fixer]" in output
    for english in ("Timeline", "refused", "Verified", "total deducted", "The database"):
        assert english not in output


def test_both_languages_are_printed_unless_one_is_chosen(command, folder):
    output = command("demo", "--db", folder / "day.db").output
    assert "时间线 Timeline" in output
    assert "issue-01  问题整改 Issue: 已验证 Verified" in output


def test_the_same_day_prints_the_same_in_a_pipe_every_time(process, folder):
    first, second = (process("demo", "--db", folder / name) for name in ("a.db", "b.db"))
    assert (first.returncode, first.stderr) == (0, b"")
    assert first.stdout.replace(b"a.db", b"b.db") == second.stdout
    assert b"\x1b" not in first.stdout
    assert all(line == line.rstrip() for line in first.stdout.decode().splitlines())


def test_in_the_c_locale_and_with_an_encoding_without_chinese(process, folder):
    plain = process("demo", "--db", folder / "a.db", LC_ALL="C", PYTHONUTF8="0",
                    PYTHONCOERCECLOCALE="0")  # fmt: skip
    assert (plain.returncode, plain.stderr) == (0, b"")
    assert "时间线" in plain.stdout.decode()
    marked = process("demo", "--db", folder / "b.db", PYTHONIOENCODING="ascii")
    assert (marked.returncode, marked.stderr) == (0, b"")
    assert marked.stdout.isascii()


def test_without_a_name_the_database_is_made_in_this_folder(process, day, folder):
    result = process("demo", "--day", day(RECORD), cwd=folder)
    assert result.returncode == 0
    (db,) = folder.iterdir()
    assert re.fullmatch(r"inspection-day-[0-9]{8}-[0-9]{6}\.db", db.name)
    assert rows(db, "SELECT id, state FROM propflow_case") == [("issue-01", "found")]


def test_a_day_of_the_readers_own(command, day, folder):
    result = command("demo", "--day", day(RECORD), "--db", folder / "day.db", "--lang", "en")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == "Monday 2025-03-10 Asia/Shanghai"
    assert [line for line in lines if line.startswith("total deducted")] == [
        "total deducted: 0"
    ] * 2


def test_a_bad_file_is_told_whole_and_leaves_nothing(process, day, folder):
    path = day(RECORD.replace("place", "palce") + "9:03,zhang,issue.refer,issue-02\n")
    result = process("demo", "--day", path, "--db", folder / "day.db")
    assert (result.returncode, result.stdout) == (1, b"")
    told = result.stderr.decode().splitlines()
    assert told[0] == f"propflow: {path} has 3 problems:"
    assert [line.split(": ")[0] for line in told[1:]] == [
        f"  - {path}:5:35", f"  - {path}:6:12", f"  - {path}:6:24",
    ]  # fmt: skip
    assert b"Traceback" not in result.stderr
    assert list(folder.iterdir()) == []


def test_a_refusal_that_is_not_expected_leaves_nothing(process, day, folder):
    path = day(RECORD + "9:03,zhang,issue.accept,issue-01\n")
    result = process("demo", "--day", path, "--db", folder / "day.db")
    assert (result.returncode, result.stdout) == (1, b"")
    assert f"{path}:6:12: expected issue.accept on issue-01 to be accepted" in (
        result.stderr.decode()
    )
    assert list(folder.iterdir()) == []


def test_a_database_that_fails_in_the_middle_leaves_nothing(command, folder, monkeypatch):
    calls = []
    apply = SQLStore.apply

    def failing(self, tx, changes, *, last=False):
        calls.append(changes)
        if len(calls) == 20:
            raise StoreUnavailable("the disk is full; make room")
        return apply(self, tx, changes, last=last)

    monkeypatch.setattr(SQLStore, "apply", failing)
    result = command("demo", "--db", folder / "day.db")
    assert result.exit_code == 1
    assert result.output.splitlines() == ["propflow: the disk is full; make room"]
    assert list(folder.iterdir()) == []


def test_a_database_that_is_there_stays_as_it_is(command, folder):
    (folder / "day.db").write_bytes(b"precious")
    result = command("demo", "--db", folder / "day.db")
    assert result.exit_code == 2
    assert "exists and is kept as it is" in " ".join(result.output.split())
    assert (folder / "day.db").read_bytes() == b"precious"


def test_a_database_that_comes_meanwhile_stays_as_it_is(command, folder, monkeypatch):
    close = SQLStore.close

    def slow(self):
        (folder / "day.db").write_bytes(b"precious")
        close(self)

    monkeypatch.setattr(SQLStore, "close", slow)
    result = command("demo", "--db", folder / "day.db")
    assert result.exit_code == 2
    assert (folder / "day.db").read_bytes() == b"precious"
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("arguments", [
    ["--day", "missing.csv"],
    ["--db", "missing/day.db"],
    ["--db", "day?.db"],
    ["--lang", "de"],
    ["--days", "x"],
])  # fmt: skip
def test_wrong_use(process, folder, arguments):
    result = process("demo", *arguments, cwd=folder)
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"Traceback" not in result.stderr
    assert list(folder.iterdir()) == []


def test_a_reader_that_goes_away_is_no_crash(folder):
    command = [sys.executable, "-m", "propflow.cli", "demo", "--db", str(folder / "day.db")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PYTHONPATH": str(SOURCE)}
    ) as running:
        running.stdout.close()
        told = running.stderr.read()
    assert b"Traceback" not in told
    assert (folder / "day.db").exists()
