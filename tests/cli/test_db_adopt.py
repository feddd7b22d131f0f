"""``propflow db adopt``: rows of the host's become cases."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, insert

from propflow import Engine
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import KeyLoan
from tests.storage.mapped_host import LoanRow, fresh, loan, loans

HOST = """
from propflow import Engine
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import KeyLoan
from tests.storage.mapped_host import loans

def engine():
    return Engine(SQLStore("sqlite:///host.db", tables={KeyLoan: loans()}), [KeyLoan])
"""
ADOPT = ("db", "adopt", "host.py:engine", "tests.runtime.loans:KeyLoan", "--by", "migration")


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "host.py").write_text(HOST, encoding="utf-8")
    made = create_engine("sqlite:///host.db")
    fresh(made)
    SQLStore(made).create_tables()
    rows = [loan(n) for n in range(1, 6)] + [loan(9, tenant="p1")]
    with made.begin() as connection:
        connection.execute(insert(LoanRow), rows)
    yield made
    made.dispose()


def test_rows_become_cases_and_a_further_run_finds_none(command, database):
    done = command(*ADOPT, "--batch", "2")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "5 rows adopted, none left as they are\n"
    assert command(*ADOPT).stderr == "0 rows adopted, none left as they are\n"
    engine = Engine(SQLStore(database, tables={KeyLoan: loans()}), [KeyLoan])
    assert len(list(engine.find(KeyLoan))) == 5
    assert engine.history("1")[0].actor.id == "migration"
    assert command(*ADOPT, "--tenant", "p1").stderr.startswith("1 rows adopted")


def test_rows_that_are_no_cases_are_named_and_left(command, database):
    with database.begin() as connection:
        connection.execute(insert(LoanRow), [loan(7, "99")])
    done = command(*ADOPT)
    assert done.exit_code == 1
    assert done.stdout.startswith("row '7': the row 7 of wy_key_loan has zt = '99'")
    assert done.stderr == "5 rows adopted, 1 left as they are\n"


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("none.py:engine", "tests.runtime.loans:KeyLoan"), 2, "none.py"),
        (("host.py:engine", "tests.runtime.loans:Cupboard"), 1, "no table of the host's"),
        (("host.py", "tests.runtime.loans:KeyLoan"), 2, "names no engine"),
    ],
)
def test_what_cannot_be_adopted_is_told(command, database, arguments, code, told):
    done = command("db", "adopt", *arguments, "--by", "x")
    assert done.exit_code == code
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
