"""`propflow db`: the version of the tables, from the outside."""

from __future__ import annotations

import pytest

from propflow.storage.sqlalchemy import SQLStore
from propflow.storage.sqlalchemy.migrations import upgrade
from propflow.storage.sqlalchemy.tables import VERSION


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'property.db'}"


def test_an_empty_database_is_brought_to_the_version_of_today(command, url, tmp_path):
    (tmp_path / "property.db").touch()
    assert command("db", "current", url).stdout == "none\n"
    assert command("db", "upgrade", url).stdout == f"no tables -> {VERSION}\n"
    assert command("db", "upgrade", url).stdout == f"{VERSION}: nothing to do\n"
    assert command("db", "current", url).stdout == f"{VERSION}\n"


@pytest.mark.parametrize("call", ["current", "check", "sql"])
def test_a_file_that_is_not_there_is_not_made(command, url, tmp_path, call):
    for named in (url, str(tmp_path / "property.db")):
        absent = command("db", call, named)
        assert absent.exit_code == 2
        assert "the path of a file that is there" in absent.stderr
        assert list(tmp_path.iterdir()) == []


def test_an_upgrade_makes_the_file_of_a_url_and_a_path_names_it_from_then_on(command, tmp_path):
    path = tmp_path / "property.db"
    assert command("db", "upgrade", path).exit_code == 2
    assert command("db", "upgrade", f"sqlite:///{path}").stdout == f"no tables -> {VERSION}\n"
    assert command("db", "upgrade", path).stdout == f"{VERSION}: nothing to do\n"
    assert command("db", "current", path).stdout == f"{VERSION}\n"
    assert command("db", "current", f"sqlite:///file:{path}?uri=true").stdout == f"{VERSION}\n"


def test_a_check_says_what_is_lacking_and_changes_nothing(command, url, tmp_path):
    (tmp_path / "property.db").touch()
    absent = command("db", "check", url)
    assert absent.exit_code == 1
    assert "create them: propflow db upgrade URL" in absent.stderr
    assert "create_tables" not in absent.stderr
    store = SQLStore(url, prefix="pf_")
    upgrade(store, to="propflow_0001")
    old = command("db", "check", url, "--prefix", "pf_")
    assert old.exit_code == 1
    assert "pf_deadline" in old.stderr
    assert "propflow db upgrade" in old.stderr
    assert store.version() == "propflow_0001"
    upgrade(store)
    store.close()
    done = command("db", "check", url, "--prefix", "pf_")
    assert (done.exit_code, done.stdout) == (0, f"{VERSION}: as this propflow needs them\n")


def test_the_sql_is_printed_and_not_run(command, url, tmp_path):
    (tmp_path / "property.db").touch()
    done = command("db", "sql", url)
    assert done.exit_code == 0
    assert "CREATE TABLE propflow_case (" in done.stdout
    assert command("db", "current", url).stdout == "none\n"
    command("db", "upgrade", url)
    assert "CREATE" not in command("db", "sql", url).stdout


@pytest.mark.parametrize("call", ["upgrade", "current", "check", "sql"])
def test_a_database_that_is_not_there_is_named(command, call):
    done = command("db", call, "postgresql://nobody@127.0.0.1:1/none")
    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("url", ["property.db", "nonsense://host/name"])
def test_what_is_no_url_is_told(command, url):
    done = command("db", "current", url)
    assert done.exit_code == 2
    assert url.partition(":")[0] in done.stderr


def test_without_the_extra_it_says_how_to_install_it(command, url, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "alembic", None)
    done = command("db", "upgrade", url)
    assert done.exit_code == 1
    assert 'pip install "propflow[migrations]"' in done.stderr
