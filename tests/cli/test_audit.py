"""`propflow audit`: what it names, heads kept elsewhere, monitors, and honest exit codes."""

from __future__ import annotations

import json
import sqlite3
import textwrap
from contextlib import closing

import pytest

from propflow import Actor, Engine
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import KEEPER, KeyLoan

MONITORS = """
    from propflow.testing import Monitor
    from tests.runtime.loans import KeyLoan

    def hands(times, entry):
        return times + (entry.event == "lend")

    lent_once = Monitor(0, hands, lambda times: times <= 1, says="a key is lent once")
    never_lent = Monitor(0, hands, lambda times: times == 0, says="a key is never lent")
"""


@pytest.fixture
def file(tmp_path):
    """Have a database with two loans, the first of them lent."""
    path = tmp_path / "keys.db"
    filled(SQLStore(f"sqlite:///{path}"))
    return path


def filled(store: SQLStore) -> None:
    store.create_tables()
    engine = Engine(store, [KeyLoan])
    for tenant in ("", "项目"):
        of = engine.scoped(tenant) if tenant else engine
        of.start(KeyLoan.request(key="B1", borrower="u7"), by=Actor("u7"), id="1")
    engine.fire("1", KeyLoan.lend(), by=KEEPER)
    store.close()


def change(file, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(statement)
        connection.commit()


def test_an_honest_database_ends_with_0(command, file):
    for store in (file, f"sqlite:///{file}"):
        done = command("audit", store)
        assert done.exit_code == 0
        assert "2 cases, no problems; digest of all heads: " in done.output


def test_the_entry_that_was_altered_is_named_and_ends_with_1(process, file):
    change(file, "UPDATE propflow_history SET actor = 'x' WHERE event = 'lend'")
    change(file, "DELETE FROM propflow_case WHERE tenant = '项目'")
    done = process("audit", file)
    assert done.returncode == 1
    first, second = done.stdout.decode().splitlines()
    assert first.startswith("case '1': entry 2 was altered: its seal does not fit")
    assert second.startswith("case '1' of tenant '项目': the row of the case was removed: ")
    assert "2 cases, 2 problems" in done.stderr.decode()


def test_heads_that_were_kept_show_what_a_whole_new_chain_hides(process, file, tmp_path):
    printed = process("audit", file, "--head")
    assert printed.returncode == 0
    lines = [json.loads(line) for line in printed.stdout.decode().splitlines()]
    assert [line[:3] for line in lines] == [["", "1", 2], ["项目", "1", 1]]
    kept = tmp_path / "heads"
    kept.write_bytes(printed.stdout)
    assert process("audit", file, "--heads", kept).returncode == 0

    file.unlink()
    filled(SQLStore(f"sqlite:///{file}"))
    change(file, "PRAGMA foreign_keys = OFF")
    for table in ("outbox", "history", "indexed"):
        change(file, f"DELETE FROM propflow_{table} WHERE tenant = '项目'")  # noqa: S608 - ours
    change(file, "DELETE FROM propflow_case WHERE tenant = '项目'")
    assert process("audit", file).returncode == 0
    again = process("audit", file, "--heads", kept)
    assert again.returncode == 1
    assert "case '1': entry 2 was altered: it is sealed otherwise" in again.stdout.decode()
    assert "case '1' of tenant '项目': the row of the case was removed" in again.stdout.decode()


@pytest.mark.parametrize("line", ["nonsense", '["", "1"]', '["", 1, 2, "a"]', "[[], 1, 2, 3]"])
def test_a_file_of_heads_is_refused_whole(command, file, tmp_path, line):
    good = command("audit", file, "--head").stdout.splitlines()
    kept = tmp_path / "heads"
    kept.write_text("\n".join([good[0], line]), encoding="utf-8")
    done = command("audit", file, "--heads", kept)
    assert done.exit_code == 2
    assert f"{kept}:2: this is no line of `--head`" in done.output
    kept.write_text("\n".join([good[1], good[0]]), encoding="utf-8")
    done = command("audit", file, "--heads", kept)
    assert done.exit_code == 2
    assert "not in the order" in done.output


def test_the_key_comes_from_the_environment(process, tmp_path):
    path = tmp_path / "keyed.db"
    filled(SQLStore(f"sqlite:///{path}", seal_key="a secret of the host"))
    assert process("audit", path, PROPFLOW_SEAL_KEY="a secret of the host").returncode == 0
    without = process("audit", path)
    assert without.returncode == 1
    assert "entry 1 was altered" in without.stdout.decode()


def test_a_monitor_runs_over_every_history(command, file, tmp_path):
    module = tmp_path / "monitors.py"
    module.write_text(textwrap.dedent(MONITORS), encoding="utf-8")
    held = command("audit", file, f"{module}:lent_once")
    assert held.exit_code == 0
    assert "the monitor saw 2, 0 of other workflows" in held.output
    broken = command("audit", file, f"{module}:never_lent")
    assert broken.exit_code == 1
    assert "case '1': hands does not hold after entry 2: a key is never lent" in broken.output
    missing = command("audit", file, f"{module}:hands")
    assert missing.exit_code == 2
    assert f"{module}:lent_once, {module}:never_lent" in missing.output


def test_a_database_that_is_not_there_is_not_made(command, tmp_path):
    for store in (tmp_path / "none.db", f"sqlite:///{tmp_path / 'none.db'}"):
        done = command("audit", store)
        assert done.exit_code == 2
        assert "neither a database URL nor the path of a file" in done.output
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "empty.db").touch()
    empty = command("audit", tmp_path / "empty.db")
    assert empty.exit_code == 1
    assert "lacks propflow's tables" in empty.output
